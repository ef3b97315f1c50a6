"""Several opinions on the same labels made one: those of an ensemble, of its systems, of cleanlab."""

import numpy as np
from scipy.stats import rankdata


def shares(scores):
    """Return [clips], 0..1: of the clips with a score the share that is less doubtful; equal ones count half.

    ``scores``: [clips], the larger the more doubtful, NaN where there is none; so are the shares then.
    """
    scores = np.asarray(scores, float)
    shares, said = np.full(len(scores), np.nan), ~np.isnan(scores)
    shares[said] = (rankdata(scores[said]) - 0.5) / max(said.sum(), 1)
    return shares


def combined(opinions):
    """Return the mean share of each clip, [clips], over the opinions that there are on it; NaN where there is none.

    ``opinions``: a list of scores as in :func:`shares`. It is Borda's count: only the order of an opinion's scores has
    a say, so that opinions on any scale, calibrated or not, can be put together, and none needs to be trusted more.
    """
    told = np.stack([shares(scores) for scores in opinions])
    number = (~np.isnan(told)).sum(axis=0)
    mean = np.divide(np.nansum(told, axis=0), number, out=np.full(len(number), np.nan), where=number > 0)
    return mean.round(12)  # so that equal clips are equal in whatever order their shares are added
