"""What the rules in ``rules/scoring.smk`` read, and their parameters: scores, and the answers."""

from itertools import product

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.plan import true_labels_folder, true_labels_manifest
from workflow_scripts.detection.plan import detections, event_answer
from workflow_scripts.labels.plan import pruned_folds, pruned_tables, truth
from workflow_scripts.study.ensembles import EVENT_FUSIONS
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.label_noise import noisy_name
from workflow_scripts.study.policies import training_name, training_names
from workflow_scripts.study.recipes import pretrained, started_from, step_seconds
from workflow_scripts.study.stages import unrolled
from workflow_scripts.study.study import BASELINES
from workflow_scripts.training.plan import files_of_systems, stage_folder

PUBLISHED_STACK = {"folds": 5, "C": 1.0, "unverified_weight": 0.65}  # Iqbal et al. 2018
ORACLE = "whole-clip-oracle"  # perfect tags, each through the whole clip


def scored_oof(study, wildcards):
    return _scored(study, wildcards, "oof.parquet")


def scored_test(study, wildcards):
    return _scored(study, wildcards, "test.parquet")


def given_oof(study, wildcards):
    return _first_stages(study, wildcards, "oof.parquet")


def given_test(study, wildcards):
    return _first_stages(study, wildcards, "test.parquet")


def score_systems(study, wildcards):
    published = [
        {key: row[key] for key in ("system", "split", "metric", "value")}
        for row in published_scores(study)
        if row["dataset"] == wildcards.dataset and row["as_published"] and "round" not in row
    ]
    task = study.task(wildcards.dataset)
    return fingerprint(
        "scoring.score_systems",
        [("tasks", task), ("tasks.scores", task)],
        task=task,
        systems=_scored_systems(study),
        singles=study.systems,
        **study.partial(_scored_systems(study)),
        **{f"{key}_singles": parts for key, parts in study.partial(study.systems).items()},
        stages=_stages(study),
        classes=study.classes(wildcards.dataset),
        published=published,
        **({"pretrained": named} if (named := _pretrained(study)) else {}),
        resamples=study.config["bootstrap_resamples"],
        seed=study.seed,
    )


def _answered_split(study):
    """Which clips the answer is about: the test clips, or the training clips where there are no others."""
    splits = {table["split"] for table in study.data(study.dataset)["tables"].values()}
    return "test" if "test" in splits else "train"


def answered(study, wildcards):
    table = {"test": "test.parquet", "train": "oof.parquet"}[_answered_split(study)]
    return f"results/{study.dataset}/ensemble/{study.config['answer']}/{table}"


def write_answer(study, wildcards):
    dataset, task, classes = study.dataset, study.task(study.dataset), study.classes(study.dataset)
    parts = [("tasks.answers", task), ("tasks.words", task)]
    split = _answered_split(study)
    partial = {"partial": True} if split == "train" and study.holds_out_a_part(study.config["answer"]) else {}
    settings = {"dataset": dataset, "split": split, "task": task, "classes": classes} | partial
    return fingerprint("scoring.write_answer", parts, **settings)


# ---------------------------------------------------------------- label-noise policies


def policy_oof(study, wildcards):
    return files_of_systems(wildcards.dataset, _policy_trainings(study), "oof.parquet")


def policy_test(study, wildcards):
    return files_of_systems(wildcards.dataset, _policy_trainings(study), "test.parquet")


def policy_pruned(study, wildcards):
    return pruned_tables(study, wildcards.dataset, _policy_trainings(study))


def policy_true_labels(study, wildcards):
    """The manifest of the folder with the true labels, which judge what some policies prune."""
    return true_labels_manifest(study, wildcards) if pruned_folds(study, _policy_trainings(study)) else []


def policy_true_labels_folder(study, wildcards):
    return true_labels_folder(study, wildcards) if pruned_folds(study, _policy_trainings(study)) else []


def policy_tables(study):
    """Those that apply to some comparisons only: no policy may prune."""
    return ["noise_policies_pruning.csv"] if pruned_folds(study, _policy_trainings(study)) else []


def compare_noise_policies(study, wildcards):
    compared = study.config["noise_policies"]
    _check_one_label(study, wildcards.dataset)
    pruned = pruned_folds(study, _policy_trainings(study))
    return fingerprint(
        "scoring.compare_noise_policies",
        dataset=wildcards.dataset,
        classes=study.classes(wildcards.dataset),
        **{key: compared[key] for key in ("system", "policies", "seeds")},
        **study.partial(_policy_trainings(study)),
        **(pruned | truth(study, wildcards) if pruned else {}),
    )


def robustness_test(study, wildcards):
    """Of every kind of noise, rate, policy and seed, which is that of the noise, too."""
    grid = _robustness(study)
    return [
        f"results/{noisy_name(wildcards.dataset, kind, rate, seed)}/systems/"
        f"{training_name('noise_robustness', policy, seed)}/test.parquet"
        for kind, rate, policy, seed in product(*(grid[key] for key in ("kinds", "rates", "policies", "seeds")))
    ]


def compare_noise_robustness(study, wildcards):
    dataset, grid = wildcards.dataset, _robustness(study)
    _check_one_label(study, dataset)
    if "test" not in {table["split"] for table in study.data(dataset)["tables"].values()}:
        raise UserError(f"dataset {dataset}: it has no test clips, whose labels are right, to see noise by; name some")
    return fingerprint(
        "scoring.compare_noise_robustness",
        dataset=dataset,
        classes=study.classes(dataset),
        **grid,
    )


# ---------------------------------------------------------------- sound events


def scored_detections(study, wildcards):
    return outputs_of(detections(study), wildcards.dataset)


def score_events(study, wildcards):
    scored = [{"name": d.name, "step_seconds": seconds_of_a_step(study, d)} for d in detections(study)]
    return fingerprint(
        "scoring.score_events",
        oracle=ORACLE,
        detections=scored,
        classes=study.event_classes(wildcards.dataset),
        usages=_usages_with_events(study, wildcards.dataset),
        published=[
            {key: row[key] for key in ("system", "split", "metric", "value", "by_class")}
            for row in published_events(study)
            if row["dataset"] == wildcards.dataset and row["as_published"]
        ],
        resamples=study.config["bootstrap_resamples"],
        seed=study.seed,
    )


def answered_events(study, wildcards):
    return f"{event_answer(study).folder(study.task4_dataset)}/events.csv"


def write_events(study, wildcards):
    return fingerprint("scoring.write_events", dataset=study.task4_dataset, answer=event_answer(study).name)


# ---------------------------------------------------------------- helpers


def _policy_trainings(study):
    return training_names("noise_policies", study.config["noise_policies"])


def _robustness(study):
    """The section of the configuration."""
    if "noise_robustness" not in study.config:
        raise UserError("config.yaml: there is no section noise_robustness: system, policies, kinds, rates, seeds")
    return study.config["noise_robustness"]


def _check_one_label(study, dataset):
    if study.task(dataset) != "multiclass":
        raise UserError(
            f"dataset {dataset}: policies are compared by MAP@3, of one label a clip, and its task is "
            f"{study.task(dataset)}; name another data set"
        )


def _scored_systems(study):
    return [*BASELINES, *study.systems, *study.fused]


def _scored(study, wildcards, name):
    folder = f"results/{wildcards.dataset}"
    baselines = [f"{folder}/baselines/{baseline}/{name}" for baseline in BASELINES]
    fusions = [f"{folder}/ensemble/{fusion}/{name}" for fusion in study.fused]
    return baselines + files_of_systems(wildcards.dataset, study.systems, name) + fusions


def _pretrained(study):
    """system or ensemble -> names of the weights that embeddings are of; the forest hears what its front end does."""
    parts = {BASELINES[1]: [study.config["baseline"]["front_end_of"]], **{system: [system] for system in study.systems}}
    parts |= {name: ensemble["systems"] for name, ensemble in study.fused.items()}
    found = {name: pretrained(study.recipe(system) for system in systems) for name, systems in parts.items()}
    return {name: ", ".join(weights) for name, weights in found.items() if weights}


def _first_stages(study, wildcards, name):
    numbers = {system: study.answering_stages(system)[0].number for system in study.systems}
    return [f"{stage_folder(wildcards.dataset, system, number)}/{name}" for system, number in numbers.items()]


def _stages(study):
    """[stage, system], from single networks to the ensembles."""
    of_systems = {system: study.answering_stages(system) for system in study.systems}
    last = {system: stages[-1].name for system, stages in of_systems.items() if len(stages) > 1}
    stages = [["given labels", system] for system in study.systems]
    for name in dict.fromkeys(last.values()):
        stages += [[name.replace("_", "-"), system] for system in last if last[system] == name]
    for fusion in dict.fromkeys(ensemble["fusion"] for ensemble in study.fused.values()):
        names = [name for name, ensemble in study.fused.items() if ensemble["fusion"] == fusion]
        stages += [[fusion.replace("-", " "), name] for name in names]
    return stages


def published_scores(study):
    """All published scores of taggers; ``as_published``: the run's sizes and stack change nothing of them."""
    recipes, ensembles = study.published_recipes, study.published_ensembles
    tagging = {name: recipe for name, recipe in recipes.items() if recipe["task"] != "detection"}
    tagging |= {name: e for name, e in ensembles.items() if e["fusion"] not in EVENT_FUSIONS}
    given = recipes | ensembles
    changed = {name for name, content in (study.recipes | study.ensembles).items() if content != given[name]}
    if study.config["stack"] != PUBLISHED_STACK:
        changed |= {name for name, ensemble in ensembles.items() if ensemble["fusion"] == "stack"}
    return [
        {
            "system": name,
            "dataset": content["published"]["dataset"],
            **score,
            "source": content["source"],
            "as_published": changed.isdisjoint(_made_from(study, name, ensembles)),
        }
        for name, content in tagging.items()
        for score in content["published"]["scores"]
    ]


def _made_from(study, name, ensembles):
    """``name``, what it is fused from or starts from, what corrects the labels of any, and the systems of that."""
    parts = {name, *ensembles.get(name, {"systems": ()})["systems"]}
    for part in [part for part in parts if part in study.published_recipes]:
        parts |= started_from(study.published_recipes[part])
    correctors = {study.corrector_of[part] for part in parts if part in study.corrector_of}
    return parts.union(correctors, *(ensembles[corrector]["systems"] for corrector in correctors))


def outputs_of(some, dataset):
    """The outputs of some detections, by kind."""
    folders = [d.folder(dataset) for d in some]
    names = {"events": "events.csv", "filtered": "filtered.npy", "filtered_index": "filtered.csv"}
    return {key: [f"{folder}/{name}" for folder in folders] for key, name in names.items()}


def seconds_of_a_step(study, detection):
    systems = [detection.system] if detection.stage is not None else study.event_ensembles[detection.system]["systems"]
    return step_seconds(study.recipe(systems[0]))


def _usages_with_events(study, dataset):
    tables = study.data(dataset)["tables"].values()
    return list(dict.fromkeys(t["usage"] for t in tables if t["format"] == "events" and t["split"] == "test"))


def published_events(study):
    """All published scores of Task 4; ``as_published``: the run's sizes change nothing that they are made from."""
    given = study.published_recipes | study.published_ensembles
    now = study.recipes | study.event_ensembles
    detecting = {name: content for name, content in given.items() if _detects(content)}
    return [
        {
            "system": name if "systems" in content else f"{name} round {score.get('round', _last_stage(content))}",
            "dataset": content["published"]["dataset"],
            **{key: score.get(key) for key in ("split", "metric", "value", "by_class")},
            "source": content["source"],
            "as_published": all(now.get(part) == given[part] for part in _taught_from(name, given)),
        }
        for name, content in detecting.items()
        for score in content["published"]["scores"]
    ]


def _detects(content):
    """Whether a recipe or an ensemble is of Task 4."""
    return content["fusion"] in EVENT_FUSIONS if "systems" in content else content["task"] == "detection"


def _last_stage(recipe):
    return int(unrolled(recipe["training"], recipe["stages"])[-1].number)


def _taught_from(name, given):
    """Return ``name`` and all that it is made from: the systems of an ensemble, and the teachers of each."""
    systems = given[name].get("systems", [name])
    labels = [stage.get("labels", {}) for s in systems for stage in given[s]["stages"].values() if stage is not None]
    return {name, *systems, *(teacher for kind in labels for teacher in kind.get("teachers") or ())}
