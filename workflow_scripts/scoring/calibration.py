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
    confidence = _confidence(np.asarray(probabilities, float))
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
