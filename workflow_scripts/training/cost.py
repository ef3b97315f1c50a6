"""What the trainings of a system take: hours by their updates and windows, memory by their spectrograms."""

import numpy as np
import pandas as pd

from workflow_scripts.tables.clips import is_labelled, selected, taking_part
from workflow_scripts.training.batches import draw_batches, part_of
from workflow_scripts.training.segments import WindowCutter

HOUR = 3600
OF_UNLABELLED = ("tags", "clip_probabilities", "frame_probabilities")  # kinds of labels that clips without any can have
JOB_SECONDS = 5  # to start Python, import torch and read the data


def hours(recipe, clips, speed):
    """Return one dict per named stage of a system: stage, jobs, updates, hours on one device (of all jobs), memory_mb.

    And a last one of predicting the test clips, or all frames where events are detected. The memory is that of one job
    on the host, in MB of 10^6 bytes: the probe's, and all spectrograms. ``recipe``: the system's, at the size that it
    will run with: stages (each with its ``repeat``), folds or held_out, trained_folds, pool, predicts, windows. A stage
    that ``pretrains`` has windows of its own and updates ``update_cost`` times as dear, and projects the verified clips
    that it learns from beside those that validate. ``clips``: the clip table. ``speed``: what
    :func:`workflow_scripts.training.probe.measure` returns. Rather too much than too little: as if no silence were cut
    from the clips, no training stopped early, every stage accepted as many labels as its cap allows, and every frame
    were predicted.
    """
    work = _Work(recipe, speed)
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    train = taking_part(train, recipe["pool"])
    labelled, pool = train[is_labelled(train)], train[~is_labelled(train)]
    verified = labelled["manually_verified"] == 1
    held = labelled.groupby("manually_verified").cumcount() % parts(recipe) == 0  # a fold, as good as the others
    folds, rows, trainings = recipe["trained_folds"], [], 0
    for stage in recipe["stages"]:
        kind = stage["labels"]
        held_out = labelled[held] if stage["learn_from"] != "unlabelled" else labelled
        validating = selected(held_out, stage["validate_on"])
        learned = labelled[~labelled.index.isin(held_out.index)]
        if stage["learn_from"] not in ("all", "unlabelled"):
            learned = selected(learned, stage["learn_from"])
        if kind["name"] == "accepted":
            accepted = _at_most(labelled[~verified], kind["cap"]).index
            learned = learned[(learned["manually_verified"] == 1) | learned.index.isin(accepted)]
        if kind["name"] in OF_UNLABELLED:
            learned = pd.concat([learned, pool])
        judging = work.judging(held_out[held_out["manually_verified"] == 0])
        jobs = folds * stage["repeat"]
        if jobs:
            if stage.get("pretrains"):
                validating = pd.concat([validating, selected(learned, "verified")])
                judging = 0.0
            rows.append(work.stage(stage["name"], jobs, stage, learned, validating, held_out, judging))
            trainings += 0 if stage.get("pretrains") else stage["repeat"]
    networks = folds * recipe["stages"][-1]["checkpoint_selection"]["count"]
    frames = recipe["predicts"] == "frames"
    name, predicted = ("frame prediction", pd.concat([train, test])) if frames else ("test prediction", test)
    rows.append(work.prediction(name, trainings, networks, predicted))
    dearest = max(stage.get("update_cost", 1) for stage in [*recipe["stages"], {}])
    memory_mb = dearest * speed["peak_memory_mb"] + work.megabytes(pd.concat([train, test]))
    return [row | {"memory_mb": memory_mb} for row in rows]


def parts(recipe):
    """Into how many parts the training clips are divided, one of which is held out."""
    held_out = recipe["held_out"]
    return recipe["folds"] if held_out is None else max(round(1 / held_out.get("share", 0.2)), 2)


class _Work:
    """Updates, seconds and memory that some clips take."""

    def __init__(self, recipe, speed):
        self.cut = WindowCutter(recipe["windows"])
        self.crops = max(stage["labels"].get("crops", 0) for stage in recipe["stages"])
        self.speed = speed
        self.rng = np.random.default_rng(0)

    def stage(self, name, jobs, training, learned, validating, held_out, judging=0.0):
        """Return the row of ``jobs`` trainings on the clips ``learned``."""
        updates = training["epochs"] * self.updates(training, learned)
        seconds = JOB_SECONDS + updates * self.speed["update_seconds"] * training.get("update_cost", 1)
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
        cut = self.cut
        if getattr(part_of(training, "sampling")[0], "OF_TARGETS", False):
            labels = np.ones((len(clips), 1))  # how many batches there are, no class decides
        if training.get("pretrains"):
            labels, cut = np.arange(len(clips)), WindowCutter(training["windows"])
        windows = cut.training(self._segments(clips), self.rng)
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
