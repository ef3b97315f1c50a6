"""Label-weighted label-ranking average precision, the measure of DCASE 2019 Task 2 (Fonseca et al. 2019).

Of each label of each clip: the share of the clip's labels among the classes that are at least as probable as it. The
mean is over all labels of all clips, each with the same weight; so a class weighs as much as it has clips. Classes of
equal probability all have the last of their ranks, as in scikit-learn's label_ranking_average_precision_score: the
order of the classes decides nothing.
"""

import numpy as np
from scipy.stats import rankdata


def label_precisions(probabilities, truth):
    """Return [clips, classes]: the precision at the rank of each true label, 0 of the other classes.

    ``probabilities``: [clips, classes]; ``truth``: the same, above 0 where the clip has the class. Raises ValueError
    where the shapes differ or a probability is NaN.
    """
    probabilities, has = np.asarray(probabilities), np.asarray(truth) > 0
    if probabilities.shape != has.shape or probabilities.ndim != 2:
        raise ValueError(f"true labels of shape {has.shape} for probabilities of shape {probabilities.shape}")
    if np.isnan(probabilities).any():
        raise ValueError("a probability is NaN")
    if not has.any():
        return np.zeros(has.shape)
    rank = rankdata(-probabilities, "max", axis=1)
    among_true = rankdata(np.where(has, -probabilities, np.inf), "max", axis=1)
    return np.where(has, among_true / rank, 0.0)


def lwlrap(probabilities, truth):
    """Return the mean of :func:`label_precisions` over all true labels, in 0..1; NaN where there is none."""
    labels = np.count_nonzero(np.asarray(truth) > 0)
    return float(label_precisions(probabilities, truth).sum() / labels) if labels else float("nan")
