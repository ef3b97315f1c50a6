"""What the trainings of a system take: hours by their updates and windows, memory by their spectrograms."""

import numpy as np
import pandas as pd

from workflow_scripts.tables.clips import is_labelled, taking_part
from workflow_scripts.training.batches import draw_batches
from workflow_scripts.training.segments import WindowCutter

HOUR = 3600
JOB_SECONDS = 5  # to start Python, import torch and read the data


def hours(recipe, clips, speed):
    """Return one dict per stage of a system: stage, jobs, updates and hours on one device (of all jobs), memory_mb.

    The memory is that of one job on the host, in MB of 10^6 bytes: the probe's, and all spectrograms.
    ``recipe``: the system's, at the size that it will run with: folds, windows, training, self_verification, and
    relabelling_rounds, in which it is trained again; of one that detects events, for which :func:`detection_hours` are
    returned, detection, passes and rounds, too. ``clips``: the clip table. ``speed``: what
    :func:`workflow_scripts.training.probe.measure` returns. Rather too much than too little: as if no silence were cut
    from the clips, and as if every round of self-verification accepted as many as its cap allows.
    """
    if recipe.get("detection"):
        return detection_hours(recipe, clips, speed)
    work = _Work(recipe, speed)
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    verified = train["manually_verified"] == 1
    held = train.groupby("manually_verified").cumcount() % recipe["folds"] == 0  # a fold, as good as the others
    training, verification = recipe["training"], recipe["self_verification"]
    folds, again = recipe["folds"], recipe["relabelling_rounds"]
    rounds = verification["rounds"] if verification else 0

    def stage(name, jobs, training, learned):
        judging = work.judging(train[held & ~verified])
        return work.stage(name, jobs, training, learned, train[held & verified], train[held], judging)

    rows = [stage("training", folds, training, train[~held])]
    if again:
        rows.append(stage("relabelling", folds * again, training, train[~held]))
    if rounds:
        accepted = _at_most(train[~verified], verification["accept"]["cap"]).index
        learned = train[~held & (verified | train.index.isin(accepted))]
        rows.append(stage("self-verification", folds * rounds, training | verification["fine_tuning"], learned))
    rows.append(
        work.prediction("test prediction", 1 + rounds + again, folds * training["checkpoint_selection"]["count"], test)
    )
    memory_mb = speed["peak_memory_mb"] + work.megabytes(clips)
    return [row | {"memory_mb": memory_mb} for row in rows]


def detection_hours(recipe, clips, speed):
    """Return the same of a system that detects events: a stage for each round, and the prediction of frames.

    Rather too much: as if no training stopped early, and as if every round predicted all clips.
    """
    work, folds = _Work(recipe, speed), recipe["detection"]["trained_folds"]
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    train = taking_part(train, recipe["detection"]["pool"])
    labelled, pool = train[is_labelled(train)], train[~is_labelled(train)]
    held = np.arange(len(labelled)) % recipe["folds"] == 0  # a fold, as good as the others
    rows = []
    for number in map(int, recipe["rounds"]):
        one = recipe["passes"][number - 1] if number else {"learn_labelled": True, "training": {}}
        validating = labelled[held] if one["learn_labelled"] else labelled
        learned = [labelled[~held]] * one["learn_labelled"] + [pool] * (number > 0)
        name, training = f"round {number}" if number else "training", recipe["training"] | one["training"]
        rows.append(work.stage(name, folds, training, pd.concat(learned), validating, validating))
    predicted = pd.concat([train, test])
    rows.append(
        work.prediction(
            "frame prediction", len(rows), folds * recipe["training"]["checkpoint_selection"]["count"], predicted
        )
    )
    memory_mb = speed["peak_memory_mb"] + work.megabytes(pd.concat([train, test]))
    return [row | {"memory_mb": memory_mb} for row in rows]


class _Work:
    """Updates, seconds and memory that some clips take."""

    def __init__(self, recipe, speed):
        self.cut = WindowCutter(recipe["windows"])
        self.crops = recipe["self_verification"]["crops"] if recipe["self_verification"] else 0
        self.speed = speed
        self.rng = np.random.default_rng(0)

    def stage(self, name, jobs, training, learned, validating, held_out, judging=0.0):
        """Return the row of ``jobs`` trainings on the clips ``learned``."""
        updates = training["epochs"] * self.updates(training, learned)
        seconds = JOB_SECONDS + updates * self.speed["update_seconds"]
        seconds += training["epochs"] * self.predicting(validating)
        seconds += training["checkpoint_selection"]["count"] * (self.predicting(held_out) + judging)
        return {"stage": name, "jobs": jobs, "updates": jobs * updates, "hours": jobs * seconds / HOUR}

    def prediction(self, name, jobs, networks, clips):
        """Return the row of ``jobs`` that predict ``clips`` by so many ``networks`` each."""
        seconds = JOB_SECONDS + networks * self.predicting(clips)
        return {"stage": name, "jobs": jobs, "updates": 0, "hours": jobs * seconds / HOUR}

    def updates(self, training, clips):
        """In one epoch."""
        labels = np.unique(clips["label"], return_inverse=True)[1]
        windows = self.cut.training(self._segments(clips), self.rng)
        return len(draw_batches(training, labels[windows["clip"].to_numpy()], self.rng)[0])

    def predicting(self, clips):
        return len(self.cut.inference(self._segments(clips))) * self.speed["window_seconds"]

    def judging(self, clips):
        if not self.crops:
            return 0.0
        windows = self.cut.training(self._segments(clips), self.rng)
        return self.crops * len(windows) * self.speed["crop_seconds"]

    def megabytes(self, clips):
        """All their spectrograms, in float32."""
        return self._segments(clips)["frames"].sum() * self.speed["bands"] * 4 / 1e6

    def _segments(self, clips):
        """Return an index of one segment per clip, as long as the clip; none for an empty one."""
        frames = np.ceil(clips["seconds"].to_numpy() * self.speed["frames_per_second"]).astype(int)
        segments = clips.assign(clip=np.arange(len(clips)), first=0, frames=frames, minimum=0.0)
        return segments[segments["frames"] > 0]


def _at_most(clips, cap):
    """Return at most ``cap`` clips of each label, all where it is None."""
    return clips if cap is None else clips.groupby("label").head(cap)
