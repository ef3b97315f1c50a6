"""How well each class is told."""

import numpy as np

from workflow_scripts.scoring.confusion import confusion
from workflow_scripts.scoring.map_at_3 import reciprocal_rank
from workflow_scripts.scoring.shares import shares


def class_scores(probabilities, truth):
    """Return name -> array [classes]: clips (how many have the class), and f1, precision, recall, ap3, each in 0..1.

    ``probabilities``: [clips, classes]; ``truth``: [clips], true class indices. ``ap3`` is the mean of
    :func:`reciprocal_rank` over the clips of a class; the others are of the most probable classes. NaN where there is
    nothing to divide by: precision of a class that is never predicted, recall and ap3 of one without clips, f1 of one
    with neither. A class without clips belongs into no mean of classes, though it has an f1 and a precision, 0, where
    some clip is taken for it. Raises ValueError as :func:`reciprocal_rank` does.
    """
    ranks = reciprocal_rank(probabilities, truth)
    counts = confusion(probabilities, truth)
    right, clips, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    return {
        "clips": clips,
        "f1": shares(2 * right, clips + predicted),
        "precision": shares(right, predicted),
        "recall": shares(right, clips),
        "ap3": shares(np.bincount(truth, ranks, minlength=len(clips)), clips),
    }
