"""Rule predict_stage: what a system's models say in one stage, each of the clips it held out, all of the test clips."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import gather_folds, prediction_table, write_predictions

log = logging.getLogger("predict_stage")


@dataclass(frozen=True)
class Settings:
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    learner: dict  # name, a module in workflow_scripts/learners, and the recipe's sections that it reads


def main(
    *,
    clips: Path,
    folds: Path,
    frames: Path,
    index: Path,
    models: list[Path],
    held_out: list[Path],
    oof: Path,
    test: Path,
    settings: Settings,
    threads: int,
    device: str,
    deterministic: int,
):
    """Gather the out-of-fold predictions of the training clips; predict the test clips.

    ``models``, ``held_out``: one per fold from 0 on, the model and the predictions of the clips that it held out.
    ``oof`` receives the latter in one table, ``test`` the mean over the models. A system that holds out one part has
    one model, and no predictions of the training clips in other folds.
    """
    kind, task = load_part("learners", settings.learner["name"]), load_part("tasks", settings.task)
    device = kind.prepare(device, threads, deterministic)
    training, tested = read_clips(clips, "train"), read_clips(clips, "test")
    held = training.index[read_folds(folds, training.index) < len(models)]
    write_predictions(gather_folds(held_out, held)[settings.classes], oof)
    log.info("%d of %d training clips were held out", len(held), len(training))
    learner = kind.Learner(settings.learner, task, read_features(frames, index), device)
    log.info("%d models on %d test clips, on %s", len(models), len(tested), device)
    of_folds = [learner.predict(kind.read_model(path), tested) for path in progress(models, "predicting", "model")]
    probabilities = arithmetic_mean(np.stack(of_folds))
    write_predictions(prediction_table(tested.index, probabilities, settings.classes), test)
    return len(models) * len(tested)


if __name__ == "__main__":
    run(main)
