"""What the rules in ``rules/detection.smk`` read, and their parameters: from probabilities of frames to events."""

import functools
from typing import NamedTuple

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.recipes import step_seconds
from workflow_scripts.training.plan import pattern

DETECTION = ["post_processing.csv", "filtered.npy", "filtered.csv", "events.csv"]  # outputs of rule detect_events


class Detection(NamedTuple):
    """Something that detects events: one stage of a system, or an ensemble."""

    name: str  # its row in the score table
    system: str  # or ensemble
    stage: str | None  # its number; None of an ensemble

    def folder(self, dataset):
        if self.stage is None:
            return f"results/{dataset}/ensemble/{self.system}"
        return f"results/{dataset}/systems/{self.system}/stage{self.stage}"


@functools.cache
def detections(study):
    """All of a run: every stage of its systems, and the ensembles."""
    stages = [(s, stage.number) for s in study.detectors for stage in study.stages(s)]
    of_systems = [Detection(f"{system} round {int(number)}", system, number) for system, number in stages]
    return of_systems + [Detection(name, name, None) for name in study.event_ensembles]


def check(study):
    """Raise UserError where the answer is none of them."""
    event_answer(study)


def event_answer(study):
    """What becomes results/task4_events.csv; of a system its last stage."""
    answers = {d.system: d for d in detections(study)}
    chosen = study.config["task4"]["answer"]
    if chosen not in answers:
        known = ", ".join(answers)
        raise UserError(
            f"config.yaml: task4.answer: {chosen!r} is none of the systems and ensembles of task4; there are {known}"
        )
    return answers[chosen]


def detectors_pattern(study):
    """Return a regular expression for the systems that detect events."""
    return pattern(system for system, recipe in study.recipes.items() if recipe["task"] == "detection")


def event_ensembles_pattern(study):
    return pattern(study.event_ensembles)


def detect_events(study, wildcards):
    recipe = study.recipe(wildcards.system)
    settings = {key: recipe["detection"][key] for key in ("thresholds", "median_seconds", "pool", "trained_folds")}
    return fingerprint(
        "detection.detect_events",
        classes=study.event_classes(wildcards.dataset),
        step_seconds=step_seconds(recipe),
        learn_labelled=study.stage(wildcards.system, wildcards.stage).settings["learn_from"] != "unlabelled",
        **settings,
    )


def merged_detections(study, wildcards):
    """The outputs of all stages of all systems of an ensemble, and the reference where that has a say."""
    folders = [d.folder(wildcards.dataset) for d in _members(study, wildcards.ensemble)]
    keys = ("post_processing", "filtered", "filtered_index", "events")
    files = {key: [f"{folder}/{name}" for folder in folders] for key, name in zip(keys, DETECTION, strict=True)}
    by_halves = study.event_ensembles[wildcards.ensemble]["fusion"] == "best-per-class-by-halves"
    return files | {"reference": [f"results/{wildcards.dataset}/events.csv"] if by_halves else []}


def merge_events(study, wildcards):
    members = [[d.system, int(d.stage)] for d in _members(study, wildcards.ensemble)]
    return fingerprint("detection.merge_events", detections=members, classes=study.event_classes(wildcards.dataset))


def _members(study, ensemble):
    """All stages of its systems, the last ones first: of equals that is taken."""
    systems = study.event_ensembles[ensemble]["systems"]
    members = [d for d in detections(study) if d.system in systems and d.stage is not None]
    return sorted(members, key=lambda d: d.stage, reverse=True)
