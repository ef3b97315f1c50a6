"""Rules stack_systems and stack_round: fuse systems by a logistic regression on their out-of-fold probabilities."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.common.stage import run
from workflow_scripts.fusion.stack import cross_fit, fit_stack
from workflow_scripts.fusion.stack_weights import weights_by_class
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import with_corrected_labels
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.tables.stack_weights import write_stack_weights
from workflow_scripts.tables.stacks import write_stack

log = logging.getLogger("stack_systems")


def main(
    *,
    clips: Path,
    folds: Path,
    oof: list[Path],
    test: list[Path],
    labels: list[Path],
    stack_oof: Path,
    stack_test: Path,
    weights: Path,
    stack: Path,
    settings: dict,
):
    """Fit a stack to the labels of the training clips and predict with it.

    ``oof``, ``test``: one table per system, in the same order. ``labels``: nothing, or the table of corrected labels
    that the systems have learned from and the stack is fitted to; promoted clips then count as verified. ``settings``:
    ``systems`` (their names), ``classes``, ``C`` and ``unverified_weight``, see
    :func:`workflow_scripts.fusion.stack.fit_stack`. ``stack_oof``: each training clip predicted by a stack of the other
    folds; ``stack_test``: by a stack of all training clips; ``weights``: what that one has learned, see
    :mod:`workflow_scripts.tables.stack_weights`; ``stack``: that one itself.
    """
    systems, classes = settings["systems"], settings["classes"]
    training, tested = read_clips(clips, "train"), read_clips(clips, "test")
    features = _side_by_side(oof, training.index, classes)
    trusted = training["manually_verified"] == 1
    if labels:
        training = with_corrected_labels(training, labels[0])
        trusted |= training["promoted"]
    label = training["label"].map(classes.index).to_numpy(int)
    cost = np.where(trusted, 1.0, settings["unverified_weight"])
    log.info(
        "%d systems x %d classes = %d features of %d training clips, %d of them verified or promoted",
        *(len(systems), len(classes), features.shape[1], len(label), trusted.sum()),
    )

    fold = read_folds(folds, training.index)
    predictions = cross_fit(features, label, cost, fold, len(classes), settings["C"])
    write_predictions(prediction_table(training.index, predictions, classes), stack_oof)

    fitted = fit_stack(features, label, cost, len(classes), settings["C"])
    write_stack(fitted, systems, classes, stack)
    predictions = fitted.predict(_side_by_side(test, tested.index, classes))
    write_predictions(prediction_table(tested.index, predictions, classes), stack_test)
    table = weights_by_class(fitted.coefficients, features, systems, classes)
    log.info("mean share over the classes:\n%s", table.groupby("system", sort=False)["share"].mean().to_string())
    write_stack_weights(table, weights)


def _side_by_side(paths, fnames, classes):
    """Return the systems' probabilities as [clips, systems * classes]."""
    return np.hstack([read_predictions(path, fnames)[classes].to_numpy(float) for path in paths])


if __name__ == "__main__":
    run(main)
