"""Changing the sample rate."""

import math

import numpy as np
import soxr


def resample(samples, rate, new_rate, quality="HQ"):
    """Return ``samples``, [n] float32 at ``rate`` Hz, at ``new_rate`` Hz: [ceil(n * ``new_rate`` / ``rate``)] float32.

    ``quality``: soxr's, from QQ to VHQ. What is at the right rate already is returned itself.
    """
    if rate == new_rate:
        return samples
    count = math.ceil(len(samples) * (new_rate / rate))
    resampled = soxr.resample(samples, rate, new_rate, quality)[:count]
    return np.pad(resampled, (0, count - len(resampled))) if len(resampled) < count else resampled
