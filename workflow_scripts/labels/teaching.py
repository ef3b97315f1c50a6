"""What networks learn from what other networks say of frames (Koutini et al. 2018)."""

import numpy as np


def taught_frames(of_teachers, teachers):
    """Return [frames, classes]: of each class what its teacher says.

    ``of_teachers``: [frames, classes] of each, all of one shape; ``teachers``: [classes], numbers in it.
    """
    return np.stack(of_teachers)[teachers, :, np.arange(len(teachers))].T


def without_absent(frames, tags):
    """Return [frames, classes] with 0 for the classes that a clip is known not to have. ``tags``: boolean [classes]."""
    return np.where(tags, frames, 0)
