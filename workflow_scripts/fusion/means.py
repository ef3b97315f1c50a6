"""Means of probabilities: over systems, fold models or epochs, and over the windows of each clip."""

import numpy as np

FLOOR = 1e-8  # added to every probability before its logarithm is taken (Iqbal et al. 2018)


def arithmetic_mean(probabilities, axis=0, weights=None):
    """Return the mean over ``axis`` (not the last one) of an array whose last axis is the classes.

    ``weights``: one number above 0 along ``axis`` each; None: all the same.
    """
    if weights is None:
        return np.mean(probabilities, axis=axis, dtype=float)
    return np.average(np.asarray(probabilities, float), axis=axis, weights=weights)


def geometric_mean(probabilities, axis=0, floor=FLOOR, weights=None, renormalise=False):
    """Return the geometric mean over ``axis`` (not the last one) of an array whose last axis is the classes.

    ``weights``: see :func:`arithmetic_mean`. ``floor`` is added to every probability, so that a single 0 does not
    decide alone. The classes then sum to less than 1 wherever the inputs disagree, and Iqbal et al. 2018 leave it at
    that; ``renormalise`` makes them sum to 1.
    """
    mean = np.exp(arithmetic_mean(np.log(np.asarray(probabilities, float) + floor), axis, weights))
    return _normalised(mean) if renormalise else mean


def mean_by_clip(probabilities, clip, clips, mean="arithmetic", renormalise=False):
    """Return [clips, classes]: the mean of the windows of each clip.

    ``probabilities``: [windows, classes]; ``clip``: int [windows], the clip of each window, 0 to ``clips`` - 1, in any
    order; ``mean``: ``arithmetic`` or ``geometric`` (see :func:`geometric_mean`); ``renormalise``: make the classes of
    each clip sum to 1 again. A clip without windows gets 1 / classes for each class.
    """
    transform, inverse = {"arithmetic": (np.positive, np.positive), "geometric": (_floored_log, np.exp)}[mean]
    columns = transform(np.asarray(probabilities, float)).T
    windows = np.bincount(clip, minlength=clips)[:, None]
    sums = np.stack([np.bincount(clip, weights=column, minlength=clips) for column in columns], axis=1)
    means = np.where(windows > 0, inverse(sums / np.maximum(windows, 1)), 1 / len(columns))
    return _normalised(means) if renormalise else means


def _floored_log(values):
    return np.log(values + FLOOR)


def _normalised(values):
    return values / values.sum(axis=-1, keepdims=True)
