"""Rule stack_systems: fuses systems by a logistic regression on their out-of-fold probabilities."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.folds import read_folds
from workflow_scripts.artefacts.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.stack import cross_fit, fit_stack

log = logging.getLogger("stack_systems")


def main(
    *,
    clips: Path,
    folds: Path,
    oof: list[Path],
    test: list[Path],
    stack_oof: Path,
    stack_test: Path,
    settings: dict,
):
    """Fit a stack to the given labels of the training clips and predict with it.

    ``oof``, ``test``: one table per system, in the same order. ``settings``: ``classes``, ``C`` and
    ``unverified_weight``, see :func:`workflow_scripts.fusion.stack.fit_stack`. ``stack_oof``: each training clip
    predicted by a stack of the other folds; ``stack_test``: by a stack of all training clips.
    """
    classes = settings["classes"]
    training, tested = read_clips(clips, "train"), read_clips(clips, "test")
    features = _side_by_side(oof, training.index, classes)
    labels = training["label"].map(classes.index).to_numpy(int)
    weights = np.where(training["manually_verified"] == 1, 1.0, settings["unverified_weight"])
    log.info(
        "%d systems x %d classes = %d features of %d training clips, %d of them verified",
        *(len(oof), len(classes), features.shape[1], len(labels), training["manually_verified"].sum()),
    )

    fold = read_folds(folds, training.index)
    predictions = cross_fit(features, labels, weights, fold, len(classes), settings["C"])
    write_predictions(prediction_table(training.index, predictions, classes), stack_oof)

    stack = fit_stack(features, labels, weights, len(classes), settings["C"])
    predictions = stack.predict(_side_by_side(test, tested.index, classes))
    write_predictions(prediction_table(tested.index, predictions, classes), stack_test)


def _side_by_side(paths, fnames, classes):
    """Return the systems' probabilities as [clips, systems * classes]."""
    return np.hstack([read_predictions(path, fnames)[classes].to_numpy(float) for path in paths])


if __name__ == "__main__":
    run(main)
