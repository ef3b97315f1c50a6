"""The clips of small losses, by a mixture of two Gaussians (Li et al. 2020, DivideMix)."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

VALUES = {"clean_above": (0, 1)}


def select(losses, seed, clean_above=0.5):
    """Keep the clips whose probability of belonging to the component of the smaller mean is above ``clean_above``.

    The mixture is of the losses scaled to 0..1. Its parameters are those of DivideMix's code: the floor of variances
    (``reg_covar``) is 500 times scikit-learn's, with which many losses of 0 have a component to themselves, and a loss
    just above them belongs to the other one. Losses that are all the same tell nothing: their clips are all kept.
    """
    spread = np.ptp(losses)
    if spread == 0:
        return np.ones(len(losses), bool), np.ones(len(losses))
    scaled = (losses[:, np.newaxis] - losses.min()) / spread
    mixture = GaussianMixture(2, max_iter=10, tol=1e-2, reg_covar=5e-4, random_state=seed % 2**32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # ten steps are enough
        mixture.fit(scaled)
    clean = mixture.predict_proba(scaled)[:, mixture.means_.argmin()]
    return clean > clean_above, clean
