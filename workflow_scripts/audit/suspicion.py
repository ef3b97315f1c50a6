"""How doubtful a given label is, by the probabilities of models that did not train on the clip."""

import numpy as np


def normalised(probabilities):
    """Return [clips, classes] float64 whose rows sum to one; a row of zeros, which tells nothing, becomes uniform."""
    probabilities = np.array(probabilities, float, order="C")
    total = probabilities.sum(axis=1, keepdims=True)
    np.divide(probabilities, total, out=probabilities, where=total > 0)  # in place: of many classes it is large
    probabilities[total[:, 0] <= 0] = 1 / probabilities.shape[1]
    return probabilities


def suspicion(probabilities, labels):
    """Return (suspicion, suggested class index), two arrays [clips].

    ``probabilities``: [clips, classes], of at least two classes, in rows that need not sum to one; ``labels``: given
    class index per clip. Suggested is the most probable class but the given one, of equals the first; the suspicion is
    p(suggested) - p(given), from -1 to 1: above 0 the given label is not the most probable one. This is the normalised
    margin of Northcutt et al. 2021 with its sign changed.
    """
    probabilities = normalised(probabilities)
    own = np.arange(len(labels)), labels
    given = probabilities[own]
    probabilities[own] = -1
    return probabilities.max(axis=1) - given, probabilities.argmax(axis=1)
