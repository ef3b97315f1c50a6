"""F1 of the tags of clips, whenever what they name is heard (the monitor of the DCASE 2018 Task 4 baseline)."""

import numpy as np


def tag_f1(tagged, true):
    """Return the F1 of each class, [..., classes], 0 where neither any clip has it nor any is tagged with it.

    ``tagged``, ``true``: boolean [..., clips, classes].
    """
    found, both = (tagged & true).sum(axis=-2), tagged.sum(axis=-2) + true.sum(axis=-2)
    return np.divide(2 * found, both, out=np.zeros(both.shape), where=both > 0)


def macro_tag_f1(tagged, true):
    """Return the mean of :func:`tag_f1` over all classes, a float in 0..1."""
    return float(tag_f1(tagged, true).mean())
