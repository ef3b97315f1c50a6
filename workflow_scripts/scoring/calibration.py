"""Calibration: whether a system is right as often as its probabilities say (Guo et al. 2017)."""

import numpy as np
import pandas as pd

from workflow_scripts.scoring.map_at_3 import reciprocal_rank

# As many as float32 holds: a random forest's probabilities, shares of its trees, often lie on a border.
DECIMALS = 6


def reliability(probabilities, truth, bins=10):
    """Return the table behind a reliability diagram: one row per bin of confidence, of equal width over 0..1.

    ``probabilities``: [clips, classes], not negative; ``truth``: [clips], true class indices. A clip's confidence is
    its largest probability as a share of the row's sum (of a row of zeros: 1 / classes). Columns: low and high, the
    bin's bounds, of which high belongs to it; clips, their number; confidence, their mean confidence; accuracy, the
    share of them whose most probable class, the first of equals, is the true one. The two are NaN in an empty bin. All
    is over clips: a class that none has counts where a clip is taken for it, which is wrong, and nowhere else.
    Raises ValueError as :func:`reciprocal_rank` does.
    """
    right = reciprocal_rank(probabilities, truth) == 1
    return _binned(_confidence(np.asarray(probabilities, float)), right, bins)


def reliability_of_decisions(probabilities, truth, bins=10):
    """Return the same table where a clip may have any number of classes: of all decisions, a clip and a class each.

    ``probabilities``: [clips, classes], in 0..1; ``truth``: the same, above 0 where the clip has the class. Columns:
    clips, the number of decisions, not of clips; confidence, their mean probability; accuracy, the share of them in
    which the clip has the class. Where few classes are present most decisions are sure noes, which are easy: the
    calibration error is then much smaller than one of the most probable classes.
    """
    return _binned(np.asarray(probabilities, float).ravel(), (np.asarray(truth) > 0).ravel(), bins)


def _binned(confidence, right, bins):
    bounds = np.arange(bins + 1) / bins
    number = np.searchsorted(bounds[1:].round(DECIMALS), confidence.round(DECIMALS))
    means = pd.DataFrame({"confidence": confidence, "accuracy": right}).groupby(number).mean()
    clips = np.bincount(number, minlength=bins)
    return pd.DataFrame({"low": bounds[:-1], "high": bounds[1:], "clips": clips}).join(means)


def expected_calibration_error(table):
    """Return the mean distance of accuracy and confidence over the clips of a :func:`reliability` table, in 0..1.

    Naeini et al. 2015. Raises ValueError where there is no clip.
    """
    if table["clips"].sum() == 0:
        raise ValueError("the calibration error of no clips is undefined")
    distance = (table["accuracy"] - table["confidence"]).abs().fillna(0)
    return float(np.average(distance, weights=table["clips"]))


def _confidence(probabilities):
    total = probabilities.sum(axis=1)
    uniform = np.full_like(total, 1 / probabilities.shape[1])
    return np.divide(probabilities.max(axis=1), total, out=uniform, where=total > 0)
