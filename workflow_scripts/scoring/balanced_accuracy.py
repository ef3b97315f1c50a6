"""How often a class is recognised, on the mean over classes: a frequent class counts no more than a rare one."""

import numpy as np


def balanced_accuracy(predicted, labels):
    """Return the mean over the classes that occur of the share of their clips that are right, a float 0..1.

    ``predicted``, ``labels``: class index per clip, int [clips], of at least one clip.
    """
    clips = np.bincount(labels)
    right = np.bincount(labels[predicted == labels], minlength=len(clips))
    return float((right[clips > 0] / clips[clips > 0]).mean())
