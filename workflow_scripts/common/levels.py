"""The level of audio."""

import numpy as np


def scaled_to_peak(samples, peak):
    """Return float32 ``samples`` with the largest absolute value ``peak``; digital silence stays."""
    loudest = np.abs(samples).max()
    return samples * np.float32(peak / loudest) if loudest > 0 else samples
