"""What the trainings of a system take: hours by their updates and windows, memory by their spectrograms."""

import numpy as np

from workflow_scripts.training.batches import draw_batches
from workflow_scripts.training.segments import WindowCutter

HOUR = 3600
JOB_SECONDS = 5  # to start Python, import torch and read the data


def hours(recipe, clips, speed):
    """Return one dict per stage of a system: stage, jobs, updates and hours on one device (of all jobs), memory_mb.

    The memory is that of one job on the host, in MB of 10^6 bytes: the probe's, and all spectrograms.
    ``recipe``: the system's, at the size that it will run with: folds, windows, training, self_verification, and
    relabelling_rounds, in which it is trained again. ``clips``: the clip table. ``speed``: what
    :func:`workflow_scripts.training.probe.measure` returns. Rather too much than too little: as if no silence were cut
    from the clips, and as if every round of self-verification accepted as many as its cap allows.
    """
    work = _Work(recipe, speed)
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    verified = train["manually_verified"] == 1
    held = train.groupby("manually_verified").cumcount() % recipe["folds"] == 0  # a fold, as good as the others
    training, verification = recipe["training"], recipe["self_verification"]
    folds, again = recipe["folds"], recipe["relabelling_rounds"]
    rounds = verification["rounds"] if verification else 0

    def stage(name, jobs, training, learned):
        updates = training["epochs"] * work.updates(training, learned)
        seconds = JOB_SECONDS + updates * speed["update_seconds"]
        seconds += training["epochs"] * work.predicting(train[held & verified])
        held_out = work.predicting(train[held]) + work.judging(train[held & ~verified])
        seconds += training["keep"]["count"] * held_out
        return {"stage": name, "jobs": jobs, "updates": jobs * updates, "hours": jobs * seconds / HOUR}

    rows = [stage("training", folds, training, train[~held])]
    if again:
        rows.append(stage("relabelling", folds * again, training, train[~held]))
    if rounds:
        accepted = _at_most(train[~verified], verification["accept"]["cap"]).index
        learned = train[~held & (verified | train.index.isin(accepted))]
        rows.append(stage("self-verification", folds * rounds, training | verification["fine_tuning"], learned))
    seconds = JOB_SECONDS + folds * training["keep"]["count"] * work.predicting(test)
    jobs = 1 + rounds + again
    rows.append({"stage": "test prediction", "jobs": jobs, "updates": 0, "hours": jobs * seconds / HOUR})
    memory_mb = speed["peak_memory_mb"] + work.megabytes(clips)
    return [row | {"memory_mb": memory_mb} for row in rows]


class _Work:
    """Updates, seconds and memory that some clips take."""

    def __init__(self, recipe, speed):
        self.cut = WindowCutter(recipe["windows"])
        self.crops = recipe["self_verification"]["crops"] if recipe["self_verification"] else 0
        self.speed = speed
        self.rng = np.random.default_rng(0)

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
