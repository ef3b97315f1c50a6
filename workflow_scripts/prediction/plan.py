"""What the rules in ``rules/prediction.smk`` read, and their parameters."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.labels.plan import teaches
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.training.plan import (
    data_of_system,
    files_of_folds,
    files_of_stages,
    learner,
    learner_parts,
    parts_of,
    split_table,
    store_folder,
)


def predict_stage(study, wildcards):
    recipe, stage = study.recipe(wildcards.system), study.stage(wildcards.system, wildcards.stage)
    if stage.pretrains:
        raise UserError(
            f"{wildcards.system}: stage {stage.number} ({stage.name}) learns no labels, so predicts none; ask for a "
            "later one"
        )
    settings = {"task": recipe["task"], "classes": study.classes(wildcards.dataset), "learner": learner(recipe)}
    return fingerprint("prediction.predict_stage", learner_parts(recipe), **settings)


def fold_models(study, wildcards):
    return files_of_folds(study, wildcards.dataset, wildcards.system, wildcards.stage, "model.safetensors")


def held_out(study, wildcards):
    return files_of_folds(study, wildcards.dataset, wildcards.system, wildcards.stage, "held_out.parquet")


def choose_stage(study, wildcards):
    """A system that an ensemble corrects is judged by nothing but its place: the last stage."""
    recipe = study.recipe(wildcards.system)
    choose = "last" if wildcards.system in study.corrector_of else recipe["choose_stage"]
    stages = study.answering_stages(wildcards.system)
    return fingerprint(
        "prediction.choose_stage",
        [("tasks", recipe["task"])],
        task=recipe["task"],
        classes=study.classes(wildcards.dataset),
        choose=choose,
        validate_on=stages[0].settings["validate_on"],
        **study.partial([wildcards.system] * len(stages)),
    )


def oof_of_all_stages(study, wildcards):
    return files_of_stages(study, wildcards.dataset, wildcards.system, "oof.parquet")


def test_of_all_stages(study, wildcards):
    return files_of_stages(study, wildcards.dataset, wildcards.system, "test.parquet")


def predict_frames(study, wildcards):
    recipe = study.recipe(wildcards.system)
    return fingerprint(
        "prediction.predict_frames",
        parts_of(recipe),
        classes=study.event_classes(wildcards.dataset),
        task=recipe["task"],
        windows=recipe["windows"],
        pool=recipe["detection"]["pool"],
        learn_labelled=study.stage(wildcards.system, wildcards.stage).settings["learn_from"] != "unlabelled",
        teaches=teaches(study, wildcards.system, wildcards.stage),
    )


def data_and_folds(study, wildcards):
    return data_of_system(study, wildcards) | {"folds": split_table(study, wildcards)}


def predict_baselines(study, wildcards):
    trees, classes = study.config["baseline"]["trees"], study.classes(wildcards.dataset)
    settings = {"task": study.task(wildcards.dataset), "classes": classes, "trees": trees, "seed": study.seed}
    return fingerprint("prediction.predict_baselines", [("tasks", settings["task"])], **settings)


def baseline_data(study, wildcards):
    store = store_folder(study, wildcards.dataset, study.config["baseline"]["front_end_of"])
    folds = f"results/{wildcards.dataset}/folds/{study.config['stack']['folds']}.csv"
    return {"frames": f"{store}/frames.npy", "index": f"{store}/index.csv", "folds": folds}
