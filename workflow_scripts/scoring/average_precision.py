"""How well a class is ranked over the clips: average precision, area under the ROC curve and d-prime.

Of a class that no clip has neither is defined, nor is the area of one that all clips have: NaN, and left out of means.
"""

import numpy as np
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score


def average_precisions(probabilities, truth):
    """Return the average precision [classes], in 0..1: the sum of precision x gain in recall, without interpolation.

    ``probabilities``: [clips, classes]; ``truth``: the same, above 0 where the clip has the class. NaN of a class
    without clips.
    """
    has = np.asarray(truth) > 0
    columns = zip(has.T, np.asarray(probabilities).T, strict=True)
    return np.array([average_precision_score(own, p) if own.any() else np.nan for own, p in columns])


def areas_under_roc(probabilities, truth):
    """Return the area under the ROC curve [classes], in 0..1; NaN of a class that no clip has, or that all have."""
    has = np.asarray(truth) > 0
    columns = zip(has.T, np.asarray(probabilities).T, strict=True)
    return np.array([roc_auc_score(own, p) if own.any() and not own.all() else np.nan for own, p in columns])


def mean_of_known(values):
    """Return the mean of those of ``values`` that are not NaN, a float; NaN where all are."""
    known = np.asarray(values)[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def d_prime(area):
    """Return sqrt(2) times the inverse of the normal distribution at ``area``, a mean area under the ROC curve.

    The distance of two normal distributions of variance 1 that are told apart so well (Gemmeke et al. 2017): 0 is
    chance, infinite where the area is 1.
    """
    return float(np.sqrt(2) * norm.ppf(area))
