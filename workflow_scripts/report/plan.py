"""What the rules in ``rules/report.smk`` read, and their parameters."""

from workflow_scripts.audit.plan import audit_results
from workflow_scripts.detection.plan import detections, event_answer
from workflow_scripts.labels.plan import (
    accepting_stages,
    accepting_systems,
    correcting_stages,
    judged_labels,
    pruned_folds,
    pruned_tables,
)
from workflow_scripts.scoring.plan import ORACLE, outputs_of, published_events, published_scores, seconds_of_a_step
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.label_noise import base_of
from workflow_scripts.training.plan import files_of_systems, stage_folder


def left_behind(study, wildcards):
    """What a run of a main job leaves behind for people to look at, but for its costs."""
    dataset = wildcards.get("dataset", study.dataset)
    if study.task(dataset) == "detection":
        return event_results(study, wildcards)
    tables = ["reliability.csv", "self_verification.csv", "relabelling.csv", *tables_of_labels(study)]
    files = [f"results/{dataset}/{name}" for name in ("scores.html", *tables)]
    files += [f"results/{base_of(dataset)}/{name}" for name in ("data_problems.csv", "counts.csv")]
    return files + figures(study, dataset) + audit_results(study, dataset)


def figures(study, dataset):
    """All figures of results that apply to this run."""
    names = ["class_f1", "confusion", "learning_curves", "stage_effects", "stack_weights", "reliability"]
    names += [*figures_of_labels(study), "durations", "trimmed_clip"]
    folder = f"results/{dataset}"
    return [f"{folder}/scores.png", *(f"{folder}/figures/{name}.png" for name in names)]


def figures_of_labels(study):
    """Those that apply to some runs only: self-verification, or relabelling, may have no part in this one."""
    accepted = ["accepted_labels"] if accepting_stages(study) else []
    return accepted + (["relabelled_labels"] if correcting_stages(study) else [])


def tables_of_labels(study):
    """Those that apply to some runs only: nothing may be pruned in this one."""
    return ["pruning.csv"] if pruned_folds(study, study.systems) else []


def pruned_of_systems(study, wildcards):
    return pruned_tables(study, wildcards.dataset, study.systems)


def histories(study, wildcards):
    trainings = _trainings(study, wildcards.dataset)
    return [f"{stage_folder(wildcards.dataset, s, number)}/fold{fold}/history.csv" for s, number, fold in trainings]


def rounds_tables(study, wildcards):
    """Which stage is the answer of each system; of those that detect events it is the last one."""
    taggers = [s for s in study.systems_on(wildcards.dataset) if study.recipe(s)["task"] != "detection"]
    return files_of_systems(wildcards.dataset, taggers, "rounds.csv")


def plot_learning(study, wildcards):
    trainings = [[system, int(number), fold] for system, number, fold in _trainings(study, wildcards.dataset)]
    settings = {"dataset": wildcards.dataset, "histories": trainings, "systems": study.systems_on(wildcards.dataset)}
    task = study.task(wildcards.dataset)
    return fingerprint("report.plot_learning", [("tasks.words", task)], task=task, **settings)


def shown_weights(study, wildcards):
    return f"results/{wildcards.dataset}/ensemble/{_shown_stack(study)}/weights.csv"


def segment_tables(study, wildcards):
    folder = f"results/{base_of(wildcards.dataset)}/features"
    return [f"{folder}/{store}/segments.csv" for store in _silence_rules(study)]


def report_results(study, wildcards):
    task = study.task(wildcards.dataset)
    return fingerprint(
        "report.report_results",
        [("tasks", task), ("tasks.words", task)],
        dataset=wildcards.dataset,
        task=task,
        classes=study.classes(wildcards.dataset),
        answer=study.config["answer"],
        stack=_shown_stack(study),
        published=published_scores(study),
        verifying=accepting_systems(study),
        **judged_labels(study, wildcards),
        **pruned_folds(study, study.systems),
        **_trimming(study),
    )


def report_costs(study, wildcards):
    return fingerprint("report.report_costs", dataset=wildcards.dataset)


# ---------------------------------------------------------------- sound events


def answered_detection(study, wildcards):
    """The outputs of the answer."""
    return {key: files[0] for key, files in outputs_of([event_answer(study)], wildcards.dataset).items()}


def report_events(study, wildcards):
    published = published_events(study)
    last = {d.system: d.name for d in detections(study)}  # of a system its last round
    return fingerprint(
        "report.report_events",
        dataset=wildcards.dataset,
        classes=study.event_classes(wildcards.dataset),
        published=[{key: value for key, value in row.items() if key != "by_class"} for row in published],
        answer=event_answer(study).name,
        oracle=ORACLE,
        detections=[[d.name, d.system] for d in detections(study)],
        last=[ORACLE, *last.values()],
        step_seconds=seconds_of_a_step(study, event_answer(study)),
    )


def event_results(study, wildcards):
    """What a run of Task 4 leaves behind for people to look at, but for its costs."""
    folder = f"results/{wildcards.get('dataset', study.task4_dataset)}"
    names = ["event_timelines", "event_class_f1", "passes", "learning_curves"]
    tables = [f"{folder}/{name}.csv" for name in ("event_class_scores", "published_events", "data_problems", "counts")]
    return tables + [f"{folder}/figures/{name}.png" for name in names]


# ---------------------------------------------------------------- helpers


def _trainings(study, dataset):
    """Those that learn labels: pre-training has another loss, and another measure."""
    return [
        (system, stage.number, fold)
        for system in study.systems_on(dataset)
        for stage in study.answering_stages(system)
        for fold in study.folds_of(system)
    ]


def _shown_stack(study):
    answer = study.config["answer"]
    return answer if study.fused[answer]["fusion"] == "stack" else "stack"


def _trimming(study):
    """How each front end cuts silence, and of which there is an example: those that cut alike share one."""
    ways = {}
    for store, silence in _silence_rules(study).items():
        ways.setdefault(str(silence), []).append(store)
    stores = [[store, silence["name"]] for store, silence in _silence_rules(study).items()]
    silence_of = dict(stores)
    examples = [[f"{silence_of[same[0]]} ({', '.join(same)})", same[0]] for same in ways.values()]
    return {"stores": stores, "examples": examples}


def _silence_rules(study):
    """Store -> how its front end cuts silence, of the systems of this run."""
    front_ends = [study.recipe(system)["front_end"] for system in study.systems]
    return {front_end["store"]: front_end["silence"] for front_end in front_ends if "silence" in front_end}
