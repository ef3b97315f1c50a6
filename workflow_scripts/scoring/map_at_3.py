"""MAP@3, the measure of DCASE 2018 Task 2 (Fonseca et al. 2018).

Every clip has a single true label, so its average precision at 3 is one over the rank of that label among the three
most probable classes, and zero where it is not among them. The mean is over clips, not over classes.
"""

import numpy as np


def map_at_3(probabilities, truth):
    """Return the mean over clips of :func:`reciprocal_rank`, in 0..1; raises ValueError where there is no clip."""
    if len(truth) == 0:
        raise ValueError("MAP@3 of no clips is undefined")
    return float(reciprocal_rank(probabilities, truth).mean())


def reciprocal_rank(probabilities, truth):
    """Return per clip 1, 1/2 or 1/3 where the true class is the best, second or third best, else 0.

    ``probabilities``: [clips, classes]; ``truth``: [clips], true class indices. Raises ValueError where the shapes do
    not match, a probability is NaN or an index is no class.
    """
    probabilities, truth = np.asarray(probabilities), np.asarray(truth)
    best = top_classes(probabilities)
    if truth.shape != probabilities.shape[:1]:
        raise ValueError(f"true labels of shape {truth.shape} for probabilities of shape {probabilities.shape}")
    if ((truth < 0) | (truth >= probabilities.shape[1])).any():
        raise ValueError(f"a true label is outside 0..{probabilities.shape[1] - 1}")
    return ((best == truth[:, None]) / np.arange(1, best.shape[1] + 1)).sum(axis=1)


def top_classes(probabilities, k=3):
    """Return the indices [clips, min(k, classes)] of the most probable classes, the best first.

    Of equally probable classes the one with the lower index comes first. Raises ValueError where ``probabilities``
    is not [clips, classes] or contains NaN.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2:
        raise ValueError(f"probabilities have shape {probabilities.shape}, not [clips, classes]")
    if np.isnan(probabilities).any():
        raise ValueError("a probability is NaN")
    return np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
