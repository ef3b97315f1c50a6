"""The baseline that does not listen."""

import numpy as np


def most_frequent(labels, classes, clips):
    """Return [clips, classes]: for every clip the relative frequencies of the training ``labels`` (int)."""
    return np.tile(np.bincount(labels, minlength=classes) / len(labels), (clips, 1))
