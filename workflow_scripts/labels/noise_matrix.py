"""How labels come about that nobody verifies, by what a network that has learned from them says of verified clips."""

import numpy as np


def gold_matrix(probabilities, labels, classes):
    """Return [classes, classes]: row i, the mean of the probabilities of the clips of class i.

    Hendrycks et al. 2018, the estimate of gold loss correction: a network that has learned noisy labels says which
    label a clip would be given, p(given | x), and the mean over clips that are known to be of class i is p(given | i).
    The network has learned none of these. What it takes for another class by itself counts as noise of the labels, too:
    a network that is often wrong makes them look noisier than they are.

    ``probabilities``: [clips, classes], of verified clips; ``labels``: int [clips], their classes; ``classes``: their
    number. A class without a clip is taken to be labelled rightly.
    """
    matrix = np.eye(classes)
    for label in np.unique(labels):
        total = probabilities[labels == label].sum(axis=0, dtype=float)
        matrix[label] = total / total.sum()
    return matrix
