"""How long the trainings of a system will take, from how many updates and windows they consist of."""

import numpy as np

from workflow_scripts.training.batches import draw_batches
from workflow_scripts.training.segments import WindowCutter

HOUR = 3600
JOB_SECONDS = 5  # to start Python, import torch and read the data


def hours(recipe, clips, speed):
    """Return one dict per stage of a system: stage, jobs, updates (of all jobs) and hours on one device.

    ``recipe``: the system's, at the size that it will run with. ``clips``: the clip table. ``speed``: what
    :func:`workflow_scripts.training.probe.measure` returns. Rather too much than too little: as if no silence were cut
    from the clips, and as if every round of self-verification accepted as many as its cap allows.
    """
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    folds, verification = recipe["folds"], recipe["self_verification"]
    verified = (train["manually_verified"] == 1).to_numpy()
    held = (train.groupby("manually_verified").cumcount() % folds == 0).to_numpy()  # as good as any fold of this size
    cut = WindowCutter(recipe["windows"])
    rng = np.random.default_rng(0)

    def crops(part):
        return cut.training(_segments(part, speed["frames_per_second"]), rng)

    def inference_seconds(part):
        windows = cut.inference(_segments(part, speed["frames_per_second"]))
        return len(windows) * speed["window_seconds"]

    def judging_seconds():
        doubtful = train[held & ~verified]
        return verification["crops"] * len(crops(doubtful)) * speed["crop_seconds"] if verification else 0.0

    def stage(name, training, learned, jobs):
        labels = np.unique(learned["label"], return_inverse=True)[1]
        windows = crops(learned)
        updates = len(draw_batches(training, labels[windows["clip"].to_numpy()], rng)[0])
        epoch = updates * speed["update_seconds"] + inference_seconds(train[held & verified])
        predicting = training["keep"]["count"] * (inference_seconds(train[held]) + judging_seconds())
        seconds = JOB_SECONDS + training["epochs"] * epoch + predicting
        return {
            "stage": name,
            "jobs": jobs,
            "updates": jobs * training["epochs"] * updates,
            "hours": jobs * seconds / HOUR,
        }

    rounds = verification["rounds"] if verification else 0
    rows = [stage("training", recipe["training"], train[~held], folds)]
    if rounds:
        accepted = _at_most(train[~verified], verification["accept"]["cap"]).index
        learned = train[~held & (verified | train.index.isin(accepted))]
        rows.append(
            stage("self-verification", recipe["training"] | verification["fine_tuning"], learned, folds * rounds)
        )
    models = folds * recipe["training"]["keep"]["count"]
    seconds = (1 + rounds) * (JOB_SECONDS + models * inference_seconds(test))
    rows.append({"stage": "test prediction", "jobs": 1 + rounds, "updates": 0, "hours": seconds / HOUR})
    return rows


def _segments(clips, frames_per_second):
    """Return an index of one segment per clip, as long as the clip."""
    frames = np.ceil(clips["seconds"].to_numpy() * frames_per_second).astype(int)
    segments = clips.assign(clip=np.arange(len(clips)), first=0, frames=frames, minimum=0.0)
    return segments[segments["frames"] > 0]


def _at_most(clips, cap):
    """Return at most ``cap`` clips of each label, all where it is None."""
    return clips if cap is None else clips.groupby("label").head(cap)
