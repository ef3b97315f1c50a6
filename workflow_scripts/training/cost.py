"""How long the trainings of a system will take, from how many updates and windows they consist of."""

import numpy as np

from workflow_scripts.training.fit import draw_batches
from workflow_scripts.training.segments import WindowCutter

HOUR = 3600


def hours(recipe, clips, speed):
    """Return one dict per stage of a system: stage, jobs, updates (of all jobs) and hours on one device.

    ``recipe``: the system's, at the size that it will run with. ``clips``: the clip table. ``speed``: what
    :func:`workflow_scripts.training.probe.measure` returns. An upper bound: no silence is cut from the
    clips, and every round of self-verification accepts as many as its cap allows.
    """
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    folds, kept = recipe["folds"], recipe["training"]["keep"]["count"]
    verified = (train["manually_verified"] == 1).to_numpy()
    held = (train.groupby("manually_verified").cumcount() % folds == 0).to_numpy()  # as good as any fold of this size
    cut = WindowCutter(recipe["windows"])
    rng = np.random.default_rng(0)

    def crops(part):
        return cut.training(_segments(part, speed["frames_per_second"]), rng)

    def inference_seconds(part):
        windows = cut.inference(_segments(part, speed["frames_per_second"]))
        return len(windows) * speed["window_seconds"]

    def stage(name, training, learned, jobs, judging=0.0):
        labels = np.unique(learned["label"], return_inverse=True)[1]
        windows = crops(learned)
        updates = len(draw_batches(training, labels[windows["clip"].to_numpy()], rng)[0])
        epoch = updates * speed["update_seconds"] + inference_seconds(train[held & verified])
        seconds = training["epochs"] * epoch + kept * inference_seconds(train[held]) + judging
        return {
            "stage": name,
            "jobs": jobs,
            "updates": jobs * training["epochs"] * updates,
            "hours": jobs * seconds / HOUR,
        }

    rounds, judging = 0, 0.0
    if recipe["self_verification"]:
        rounds = recipe["self_verification"]["rounds"]
        draws = recipe["self_verification"]["crops"]
        judging = draws * len(crops(train[held & ~verified])) * speed["crop_seconds"]
    rows = [stage("training", recipe["training"], train[~held], folds, judging)]
    if rounds:
        accepted = _at_most(train[~verified], recipe["self_verification"]["accept"]["cap"]).index
        learned = train[~held & (verified | train.index.isin(accepted))]
        tuning = recipe["training"] | recipe["self_verification"]["fine_tuning"]
        rows.append(stage("self-verification", tuning, learned, folds * rounds, judging))
    predictions = (1 + rounds) * folds * kept * inference_seconds(test)
    rows.append({"stage": "test prediction", "jobs": 1 + rounds, "updates": 0, "hours": predictions / HOUR})
    return rows


def _segments(clips, frames_per_second):
    """Return an index of one segment per clip, as long as the clip."""
    frames = np.ceil(clips["seconds"].to_numpy() * frames_per_second).astype(int)
    segments = clips.assign(clip=np.arange(len(clips)), first=0, frames=frames, minimum=0.0)
    return segments[segments["frames"] > 0]


def _at_most(clips, cap):
    """Return at most ``cap`` clips of each label, all where it is None."""
    return clips if cap is None else clips.groupby("label").head(cap)
