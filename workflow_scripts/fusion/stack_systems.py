"""Rules stack_systems and stack_stage: fuse systems by a logistic regression on their out-of-fold probabilities."""

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.log_linear_pool import fit_pool
from workflow_scripts.fusion.stack import cross_fit, fit_stack, fit_stack_of_sets
from workflow_scripts.fusion.stack_file import write_stack
from workflow_scripts.fusion.stack_weights import weights_by_class
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import with_corrected_labels
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, read_oof, read_predictions, write_predictions
from workflow_scripts.tables.stack_weights import write_stack_weights

log = logging.getLogger("stack_systems")


@dataclass(frozen=True)
class Settings:
    systems: list[str]  # names in the order of the tables
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    C: float  # inverse of the strength of the L2 penalty, > 0
    unverified_weight: float  # in a stack of a clip that is neither verified nor promoted; one that is has the weight 1
    fusion: str = "stack"  # or `log-linear-pool`
    partial: list[bool] | None = None  # of the tables in `oof`, see workflow_scripts.tables.predictions.read_oof


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
    settings: Settings,
):
    """Fit a stack to the labels of the training clips that all systems predict out of fold, and predict with it.

    Or a log-linear pool, which only the verified clips have a say in, or all where there are none.

    ``oof``, ``test``: one table per system, in the same order. ``labels``: nothing, or the table of corrected labels
    that the systems have learned from and the stack is fitted to; promoted clips then count as verified.
    ``stack_oof``: each of these clips predicted by a stack of those in other folds; ``stack_test``: by a stack of all
    of them; ``weights``: what that one has learned, see :mod:`workflow_scripts.tables.stack_weights`; ``stack``:
    that one itself, see :mod:`workflow_scripts.fusion.stack_file`.
    """
    systems, classes = settings.systems, settings.classes
    training, tested = read_clips(clips, "train"), read_clips(clips, "test")
    predictions = read_oof(oof, training.index, settings.partial)
    features, listed = _side_by_side(predictions, classes), len(training)
    training = training.loc[predictions[0].index]
    trusted = training["manually_verified"] == 1
    if labels:
        training = with_corrected_labels(training, labels[0])
        trusted |= training["promoted"]
    task = load_part("tasks", settings.task)
    truth = task.targets(training["label"], classes)
    if settings.fusion == "log-linear-pool":
        fit, label = partial(fit_pool, exclusive=task.EXCLUSIVE), truth
        cost = np.where(trusted | ~trusted.any(), 1.0, 0.0)
    else:
        fit, label = (fit_stack, truth.argmax(axis=1)) if task.EXCLUSIVE else (fit_stack_of_sets, truth)
        cost = np.where(trusted, 1.0, settings.unverified_weight)
    log.info(
        "%d systems x %d classes = %d features of %d of %d training clips, %d of them verified or promoted",
        *(len(systems), len(classes), features.shape[1], len(label), listed, trusted.sum()),
    )

    fold = read_folds(folds, training.index, subset=settings.partial is not None)
    if len(np.unique(fold)) < 2:
        raise UserError(
            f"{folds}: the {len(fold)} clips that all systems predict out of fold are in one fold, and the stack "
            "predicts each by those of others; hold out more clips"
        )
    predictions = cross_fit(features, label, cost, fold, len(classes), settings.C, fit)
    write_predictions(prediction_table(training.index, predictions, classes), stack_oof)

    fitted = fit(features, label, cost, len(classes), settings.C)
    write_stack(fitted, systems, classes, stack)
    predictions = fitted.predict(_side_by_side([read_predictions(path, tested.index) for path in test], classes))
    write_predictions(prediction_table(tested.index, predictions, classes), stack_test)
    table = weights_by_class(*fitted.linear(features), systems, classes)
    log.info("mean share over the classes:\n%s", table.groupby("system", sort=False)["share"].mean().to_string())
    write_stack_weights(table, weights)


def _side_by_side(predictions, classes):
    """Return the systems' probabilities as [clips, systems * classes]."""
    return np.hstack([of_system[classes].to_numpy(float) for of_system in predictions])


if __name__ == "__main__":
    run(main)
