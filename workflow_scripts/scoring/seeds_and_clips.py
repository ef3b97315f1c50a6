"""Confidence intervals of a mean over seeds and clips: few of the one, many of the other.

Scores [seeds, clips] are of trainings that differ in their seed only, all on the same clips, each in 0..1. The value
that an interval encloses in 95 of 100 comparisons is their expectation over both populations: over all seeds that
could have been given, and over all clips from where these come. What the trainings have in common, as the clips that
they learn from, those clips' labels and the folds, is no sample here.

The model has crossed random effects: a score is the expectation, plus an effect of the seed, of the clip, and of both.
With S seeds and C clips the variance of the mean is

    var(seed) / S  +  var(clip) / C  +  var(both) / (S C)

S times the first and the last are what the seeds' means vary by, C times the second and the last what the clips' means
do, and the mean square of what neither explains tells the last, which is taken away from the clips' part. The more of
the variance is the seeds', the fewer degrees of freedom has Student's t, down to those of the seeds: S - 1 of one
policy, of two what Welch (1938) says. These weigh with the seeds' share of the variance to the power of 9/8. By
Satterthwaite (1946) it is the square, which is too sure of a share that three seeds have to tell: where seeds matter
more than clips only 92 of 100 intervals enclose the value. The power was chosen by simulation.

The bounds are symmetric in the logit of the value, so that they stay within 0..1 and heed how scores crowd below 1.
Those of a difference come from the bounds of the two values (Zou & Donner 2008), which share their clips and not their
seeds: a seed means other random numbers under another policy.

Of 3 to 10 seeds they enclose the value in 93 to 97 of 100 comparisons (simulated in
tests/scoring/test_seeds_and_clips.py) where seeds scatter normally, of two seeds in 89 to 97. Where seeds matter more
than clips and now and then one fails badly, three tell too little: in 90 of 100 the value of a policy is enclosed. One
seed does not tell how far seeds scatter: an interval is over clips then, and the value is the expectation over clips of
this very training.
"""

import numpy as np
from scipy.special import expit, logit, stdtrit

LEAST_VARIANCE = 1e-16  # rounding makes less; a single clip of thousands that differs makes more
POWER = 9 / 8  # of the seeds' share of the variance


def interval(scores, level=0.95):
    """Return (low, high), [...] each, of the mean of ``scores`` [..., seeds, clips] over its last two axes.

    NaN where there is one clip, or all scores are 0, or all are 1: then nothing tells how far they scatter.
    """
    variance, quantile = _spread(level, scores)
    return _bounds(_mean(scores), variance, quantile)


def paired_interval(scores, others, level=0.95):
    """Return (low, high), [...] each, of the mean of ``scores`` minus that of ``others``.

    Both are [..., seeds, clips], of the same clips in the same order; seeds are not paired. NaN where the interval of
    one of them is. Raises ValueError where the two are not of the same clips, as far as their shapes tell.
    """
    if scores.shape[-1] != others.shape[-1]:
        raise ValueError(f"scores of shape {scores.shape} cannot be paired with scores of {others.shape}")
    variance, quantile = _spread(level, scores, others)
    value, other = _mean(scores), _mean(others)
    of_value, of_other = (_spread(level, each)[0] for each in (scores, others))
    low, high = _bounds(value, of_value, quantile)
    low_other, high_other = _bounds(other, of_other, quantile)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.clip((of_value + of_other - variance) / (2 * np.sqrt(of_value * of_other)), -1, 1)
    below = _distance(value - low, high_other - other, correlation)
    above = _distance(high - value, other - low_other, correlation)
    return value - other - below, value - other + above


def _mean(scores):
    return scores.mean(axis=(-2, -1))


def _spread(level, scores, *others):
    """Return the variance [...] of the mean of ``scores`` (minus that of ``others``) and the quantile of its t."""
    clips = scores.shape[-1]
    if clips == 1:
        return np.full((2, *scores.shape[:-2]), np.nan)
    of_clips = scores.mean(axis=-2) - sum(other.mean(axis=-2) for other in others)
    by_seeds, by_both, doubt = map(sum, zip(*map(_by_seeds, (scores, *others)), strict=True))
    variance = by_seeds + _without_rounding(of_clips.var(axis=-1, ddof=1) / clips - by_both)
    variance = np.where(variance > 0, variance, by_both)  # 0 where seeds tie by chance
    share, of_seeds = _ratio(by_seeds, variance), _ratio(doubt, by_seeds**2)
    freedom = 1 / (share**POWER * of_seeds + (1 - share) / (clips - 1))
    return variance, stdtrit(freedom, (1 + level) / 2)


def _by_seeds(scores):
    """Return three numbers [...], zeros of one seed.

    What the mean of ``scores`` varies by from seed to seed; the part of it that is not of seeds but of seeds on single
    clips; and the square of the first over its degrees of freedom.
    """
    seeds, clips = scores.shape[-2:]
    if seeds == 1:
        return np.zeros((3, *scores.shape[:-2]))
    of_seeds, of_clips = scores.mean(axis=-1, keepdims=True), scores.mean(axis=-2, keepdims=True)
    rest = scores - of_seeds - of_clips + of_seeds.mean(axis=-2, keepdims=True)
    by_seeds = _without_rounding(of_seeds[..., 0].var(axis=-1, ddof=1) / seeds)
    by_both = _without_rounding((rest**2).mean(axis=(-2, -1)) / ((seeds - 1) * (clips - 1)))
    return by_seeds, by_both, by_seeds**2 / (seeds - 1)


def _without_rounding(variance):
    """Return ``variance``, or 0 where it is below 0 or so small that only rounding can have made it."""
    return np.where(variance > LEAST_VARIANCE, variance, 0)


def _ratio(part, whole):
    """Return part / whole, 0 where the whole is."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _bounds(value, variance, quantile):
    """Return (low, high) in 0..1; the logit of ``value`` has the variance that the delta method says."""
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = quantile * np.sqrt(variance) / (value * (1 - value))
        return expit(logit(value) - reach), expit(logit(value) + reach)


def _distance(of_value, of_other, correlation):
    """Return how far a bound of a difference is from it, given how far bounds of the two are from these."""
    return np.sqrt((of_value - of_other) ** 2 + 2 * (1 - correlation) * of_value * of_other)
