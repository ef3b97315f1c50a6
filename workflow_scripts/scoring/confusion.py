"""Which classes are taken for which."""

import numpy as np

from workflow_scripts.scoring.map_at_3 import top_classes


def confusion(probabilities, truth):
    """Return the numbers of clips [true class, most probable class], the first of equally probable ones.

    ``probabilities``: [clips, classes]; ``truth``: [clips], true class indices. Raises ValueError as
    :func:`top_classes` does.
    """
    classes = np.shape(probabilities)[1]
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (truth, top_classes(probabilities, k=1)[:, 0]), 1)
    return counts


def confusion_of_sets(probabilities, truth):
    """Return the same where a clip may have any number n of classes: each of its n labels counts once.

    A label that is among the n most probable classes of its clip counts as predicted; else what is predicted in its
    place is the most probable class that the clip does not have. With one label a clip it is :func:`confusion`; a row's
    sum is the number of clips that have the class.

    ``probabilities``: [clips, classes]; ``truth``: the same, above 0 where the clip has the class. Raises ValueError as
    :func:`top_classes` does.
    """
    has, classes = np.asarray(truth) > 0, np.shape(probabilities)[1]
    rank = np.argsort(top_classes(probabilities, classes), axis=1)
    found = has & (rank < has.sum(axis=1, keepdims=True))
    instead = np.where(has, classes, rank).argmin(axis=1)
    clip, label = np.nonzero(has)
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (label, np.where(found[clip, label], label, instead[clip])), 1)
    return counts
