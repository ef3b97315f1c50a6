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
