"""The baseline that does not listen."""

import numpy as np


def most_frequent(truth, clips):
    """Return [clips, classes]: for every clip the share of the training clips that have each class.

    ``truth``: [training clips, classes], above 0 where a clip has the class.
    """
    return np.tile((np.asarray(truth) > 0).mean(axis=0), (clips, 1))
