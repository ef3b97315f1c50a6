"""How policies differ that were each run with several seeds, on the same clips."""

import numpy as np


def compared_policies(values, seed, resamples):
    """Return policy -> numbers of the table of policies (workflow_scripts/tables/noise_policies.py).

    ``values``: policy -> scores [seeds, clips], on the same clips in the same order; the first policy is what the
    others are compared with. A resample draws clips, the same of all policies, and, apart from that, seeds of each
    policy: seeds are not paired, since a seed means other random numbers under another policy. With so few seeds the
    intervals are rather too narrow.
    """
    rng = np.random.default_rng(seed)
    (clips,) = {of_seeds.shape[1] for of_seeds in values.values()}
    shares = rng.multinomial(clips, np.full(clips, 1 / clips), size=resamples) / clips
    resampled = {policy: _means(of_seeds @ shares.T, rng) for policy, of_seeds in values.items()}
    first = next(iter(values))
    rows = {}
    for policy, of_seeds in values.items():
        low, high = _interval(resampled[policy])
        means = of_seeds.mean(axis=1)
        rows[policy] = {"value": means.mean(), "low": low, "high": high, "lowest": means.min(), "highest": means.max()}
        if policy != first:
            low, high = _interval(resampled[policy] - resampled[first])
            difference = means.mean() - values[first].mean()
            rows[policy] |= {"difference": difference, "difference_low": low, "difference_high": high}
        rows[policy] |= {"seeds": len(of_seeds), "clips": clips}
    return rows


def _means(of_resamples, rng):
    """Return [resamples]: means over seeds drawn with replacement from [seeds, resamples]."""
    seeds, resamples = of_resamples.shape
    drawn = rng.integers(seeds, size=(seeds, resamples))
    return np.take_along_axis(of_resamples, drawn, axis=0).mean(axis=0)


def _interval(means, level=0.95):
    return tuple(float(number) for number in np.quantile(means, [(1 - level) / 2, (1 + level) / 2]))
