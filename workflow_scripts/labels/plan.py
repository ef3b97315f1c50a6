"""What the rules in ``rules/labels.smk`` read, and their parameters: labels that networks accept, correct or teach."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.plan import true_labels, true_labels_content
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.parts import named_parts
from workflow_scripts.study.stages import TAUGHT
from workflow_scripts.training.plan import (
    check_clips,
    corrected_labels,
    files_of_folds,
    files_of_systems,
    learner,
    learner_parts,
    split_name,
    split_table,
    stage_folder,
)


def check(study):
    """Raise UserError where teachers and students do not hear the same frames, or other clips validate them."""
    for system, stage in study.stages_that_learn(TAUGHT, study.detectors):
        names = teachers(study, system, stage.number)
        for teacher in names:
            where = f"systems/{system}.yaml: stages.{stage.name}: teacher {teacher!r}"
            if teacher not in study.recipes or study.recipes[teacher]["task"] != "detection":
                raise UserError(f"{where} is no system that detects events; correct the name")
            if stage.before not in [before.number for before in study.stages(teacher)]:
                raise UserError(f"{where} has no stage {int(stage.before)}; give it one, or leave it out")
            if _frames_of(study, teacher) != _frames_of(study, system):
                raise UserError(f"{where} has other spectrograms, windows or folds; a teacher's must be the same")
            if _learns_labelled(study, teacher, stage.before) != _learns_labelled(study, names[0], stage.before):
                raise UserError(f"{where}: learn_from is not the same in the stages of all teachers")


def accept_labels(study, wildcards):
    accept = _made_by(study, wildcards, "accepted")
    _check_folds(study, [wildcards.system], "accepts")
    conditions = {key: accept[key] for key in ("agreement", "threshold", "cap")}
    stages = len(_judging_stages(study, wildcards))
    return fingerprint(
        "labels.accept_labels", accept=conditions, stages=stages, classes=study.classes(wildcards.dataset)
    )


def verdicts(study, wildcards):
    """What the models of the stage before, or of all before, say of the unverified clips that they held out."""
    dataset, system = wildcards.dataset, wildcards.system
    numbers = _judging_stages(study, wildcards)
    return [path for number in numbers for path in files_of_folds(study, dataset, system, number, "judged.parquet")]


def prune_clips(study, wildcards):
    pruned = _made_by(study, wildcards, "pruned")
    check_clips(study, wildcards.system, wildcards.stage, wildcards.dataset)
    recipe, stage = study.recipe(wildcards.system), study.stage(wildcards.system, wildcards.stage)
    parts = named_parts("parts.losses", pruned["loss"]) + named_parts("parts.selections", pruned["by"])
    return fingerprint(
        "labels.prune_clips",
        [*learner_parts(recipe), *parts],
        system=wildcards.system,
        stage=wildcards.stage,
        fold=int(wildcards.fold),
        seed=recipe.get("seed", study.seed),
        task=recipe["task"],
        classes=study.classes(wildcards.dataset),
        learner=learner(recipe),
        learn_from=stage.settings["learn_from"],
        among=pruned.get("among", "unverified"),
        **{key: pruned[key] for key in ("loss", "by")},
    )


def model_of_stage_before(study, wildcards):
    """That of the fold, which has learned from the clips that it judges."""
    before = study.stage(wildcards.system, wildcards.stage).before
    return f"{stage_folder(wildcards.dataset, wildcards.system, before)}/fold{wildcards.fold}/model.safetensors"


def correct_labels(study, wildcards):
    systems = study.ensemble(wildcards.ensemble)["systems"]
    _check_folds(study, systems, "corrects")
    corrected = study.stage(systems[0], wildcards.stage).settings["labels"]
    thresholds = {key: corrected[key] for key in ("relabel_above", "promote_above")}
    return fingerprint("labels.correct_labels", classes=study.classes(wildcards.dataset), **thresholds)


def oof_of_stage_before(study, wildcards):
    folder = f"results/{wildcards.dataset}/ensemble/{wildcards.ensemble}"
    return f"{folder}/stage{int(wildcards.stage) - 1:02d}/oof.parquet"


def estimate_transition(study, wildcards):
    _made_by(study, wildcards, "transition")
    classes, partial = study.classes(wildcards.dataset), study.partial([wildcards.system])
    return fingerprint("labels.estimate_transition", classes=classes, **partial)


def oof_of_noisy_stage(study, wildcards):
    """What the stage before, which has learned noisy labels alone, says of all clips."""
    before = study.stage(wildcards.system, wildcards.stage).before
    return f"{stage_folder(wildcards.dataset, wildcards.system, before)}/oof.parquet"


def make_tags(study, wildcards):
    decide = study.stage(wildcards.system, wildcards.stage).labels == "tags"
    _made_by(study, wildcards, "tags", "clip_probabilities")
    return fingerprint("labels.make_tags", decide=decide, **_judged(study, wildcards), **_taught(study, wildcards))


def make_frame_targets(study, wildcards):
    made = _made_by(study, wildcards, "frame_probabilities")
    smoothing = {"median_frames": made.get("median_frames", 1), "gaussian_frames": made.get("gaussian_frames")}
    return fingerprint("labels.make_frame_targets", **smoothing, **_taught(study, wildcards))


def data_of_teaching(study, wildcards):
    """What the teachers have found in the stage before; of a single one no matter how well it did."""
    before = study.stage(wildcards.system, wildcards.stage).before
    names = teachers(study, wildcards.system, wildcards.stage)
    folders = [stage_folder(wildcards.dataset, teacher, before) for teacher in names]
    return {
        "folds": split_table(study, wildcards),
        "post_processing": [f"{folder}/post_processing.csv" for folder in folders if len(folders) > 1],
        "probabilities": [f"{folder}/probabilities.npy" for folder in folders],
        "probabilities_index": [f"{folder}/probabilities.csv" for folder in folders],
    }


def teachers(study, system, number):
    """The systems whose stage before teaches ``system`` in its stage ``number``: itself, if no others are named."""
    return study.stage(system, number).settings["labels"].get("teachers") or [system]


def teaches(study, system, number):
    """Whether any system learns from what this one says in its stage ``number``."""
    taught = study.stages_that_learn(TAUGHT, study.detectors)
    return any(system in teachers(study, s, stage.number) for s, stage in taught if stage.before == number)


# ---------------------------------------------------------------- what was done to labels, for those who judge it


def accepting_stages(study):
    """(system, stage) of this run that learn labels which networks have accepted."""
    return study.stages_that_learn(("accepted",), study.systems)


def correcting_stages(study):
    """(ensemble, stage) of this run in which an ensemble corrects labels."""
    correctors = {name: e["systems"][0] for name, e in study.ensembles.items() if e["stages"]}
    return [
        (name, stage) for name, s in correctors.items() for _, stage in study.stages_that_learn(("corrected",), [s])
    ]


def accepted_tables(study, wildcards):
    stages = accepting_stages(study)
    return [f"{stage_folder(wildcards.dataset, s, stage.number)}/accepted.csv" for s, stage in stages]


def pruned_tables(study, dataset, systems):
    """What became of the clips that folds of ``systems`` could be pruned of."""
    pruning = study.stages_that_learn(("pruned",), systems)
    return [path for s, stage in pruning for path in files_of_folds(study, dataset, s, stage.number, "pruned.csv")]


def pruned_folds(study, systems):
    """The setting ``pruned`` of what reads :func:`pruned_tables`, (system, round, fold); none where there are none."""
    pruning = study.stages_that_learn(("pruned",), systems)
    folds = [[s, int(stage.number), fold] for s, stage in pruning for fold in study.folds_of(s)]
    return {"pruned": folds} if folds else {}


def truth(study, wildcards):
    """The settings ``true_labels``, where these are, and ``content``.

    Only rules that judge what was done to labels learn of these, none that trains.
    """
    return {"true_labels": true_labels(study, wildcards), "content": true_labels_content(study, wildcards)}


def corrected_tables(study, wildcards):
    return [corrected_labels(wildcards.dataset, name, stage.number) for name, stage in correcting_stages(study)]


def accepting_systems(study):
    return list(dict.fromkeys(system for system, _ in accepting_stages(study)))


def rounds_tables(study, wildcards):
    """Which stage is the answer of each system that accepts labels."""
    return files_of_systems(wildcards.dataset, accepting_systems(study), "rounds.csv")


def judged_labels(study, wildcards):
    """What :func:`accepted_tables` and :func:`corrected_tables` are of, and where the true labels are."""
    return {
        "accepted": [[system, int(stage.number)] for system, stage in accepting_stages(study)],
        "corrected": [[name, int(stage.number)] for name, stage in correcting_stages(study)],
    } | truth(study, wildcards)


# ---------------------------------------------------------------- helpers


def _made_by(study, wildcards, *kinds):
    """The section ``labels`` of a stage, which must be of one of these kinds."""
    stage = study.stage(wildcards.system, wildcards.stage)
    if stage.labels not in kinds:
        raise UserError(
            f"{wildcards.system}: stage {stage.number} ({stage.name}) learns labels of the kind {stage.labels}"
        )
    return stage.settings["labels"]


def _check_folds(study, systems, what):
    """Models judge the clips that they hold out; without folds no model learns from these afterwards."""
    for system in filter(study.holds_out_a_part, systems):
        raise UserError(
            f"systems/{system}.yaml: held_out: a stage {what} labels of clips that were held out, and no model would "
            "learn from these; say `folds`, or leave the stage out"
        )


def _judging_stages(study, wildcards):
    """The stages whose verdicts decide what the one in ``wildcards`` accepts."""
    stages = study.answering_stages(wildcards.system)
    numbers = [stage.number for stage in stages if stage.number < wildcards.stage]
    return numbers if _made_by(study, wildcards, "accepted").get("accumulate") else numbers[-1:]


def _taught(study, wildcards):
    return {
        "teachers": teachers(study, wildcards.system, wildcards.stage),
        "classes": study.event_classes(wildcards.dataset),
        "pool": study.recipe(wildcards.system)["detection"]["pool"],
    }


def _judged(study, wildcards):
    """Which clips judge the teachers: in this all of them are alike (:func:`check`)."""
    before = study.stage(wildcards.system, wildcards.stage).before
    teacher = teachers(study, wildcards.system, wildcards.stage)[0]
    return {
        "trained_folds": study.recipe(teacher)["detection"]["trained_folds"],
        "learn_labelled": _learns_labelled(study, teacher, before),
    }


def _learns_labelled(study, system, number):
    return study.stage(system, number).settings["learn_from"] != "unlabelled"


def _frames_of(study, system):
    recipe = study.recipe(system)
    detection = {key: recipe["detection"][key] for key in ("trained_folds", "pool")}
    return [recipe["front_end"], recipe["windows"], split_name(study, system), detection]
