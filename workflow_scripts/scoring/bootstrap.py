"""Confidence intervals by the percentile bootstrap (Efron 1979), over clips.

They are of the very models whose scores are given: what other seeds of a training would give is not in them.
"""

import numpy as np


def interval(values, seed, resamples=2000, level=0.95):
    """Return (low, high), which encloses the mean of ``values`` [clips] in a share ``level`` of the resamples.

    Drawing clips with replacement draws a multinomial count of every distinct value; a score per clip has few of
    those, so this costs next to nothing. It also makes the interval independent of the clips' order.
    """
    distinct, counts = np.unique(values, return_counts=True)
    clips = counts.sum()
    drawn = np.random.default_rng(seed).multinomial(clips, counts / clips, size=resamples)
    low, high = np.quantile(drawn @ distinct / clips, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_interval(values, others, seed, resamples=2000, level=0.95):
    """Return (low, high) of the mean of ``values`` minus that of ``others``, [clips] both, on the same clips.

    A resample takes the same clips of both, so its difference of means is the mean of the clips' differences: these
    are what is resampled. Raises ValueError where the two are not of the same clips, as far as their shapes tell.
    """
    if np.shape(values) != np.shape(others):
        raise ValueError(f"scores of shape {np.shape(values)} cannot be paired with scores of {np.shape(others)}")
    return interval(np.subtract(values, others), seed, resamples, level)


def interval_of_sums(counts, statistic, seed, resamples=2000, level=0.95):
    """Return (low, high) of a statistic of sums over clips, such as an F1: NaN where it is undefined in all resamples.

    ``counts``: numbers [clips, ...]; ``statistic``: maps sums over clips, [resamples, ...], to [resamples], NaN where
    it is undefined.
    """
    clips, flat = len(counts), np.reshape(counts, (len(counts), -1))
    drawn = np.random.default_rng(seed).multinomial(clips, np.full(clips, 1 / clips), size=resamples)
    values = statistic((drawn @ flat).reshape(resamples, *np.shape(counts)[1:]))
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_interval_of_sums(counts, others, statistic, seed, resamples=2000, level=0.95):
    """Return (low, high) of the statistic of ``counts`` minus that of ``others``, on the same resamples of clips.

    The arguments are those of :func:`interval_of_sums`. Raises ValueError as :func:`paired_interval` does.
    """
    if np.shape(counts) != np.shape(others):
        raise ValueError(f"sums of shape {np.shape(counts)} cannot be paired with sums of {np.shape(others)}")
    both = np.stack([counts, others], axis=1)
    return interval_of_sums(both, lambda sums: statistic(sums[:, 0]) - statistic(sums[:, 1]), seed, resamples, level)
