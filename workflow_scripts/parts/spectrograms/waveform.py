"""The waveform itself, for networks that have their front end inside: one band, and a frame for each sample."""

import numpy as np

from workflow_scripts.common.levels import scaled_to_peak
from workflow_scripts.common.signal.resampling import resample


def spectrogram(samples, rate, *, sample_rate=44100, peak=None):
    """Return [samples at ``sample_rate``, 1] float32.

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. ``peak``: the largest absolute value that they are scaled to
    (digital silence stays); None leaves their level.
    """
    samples = resample(samples, rate, sample_rate)
    if peak is not None:
        samples = scaled_to_peak(samples, peak)
    return np.ascontiguousarray(samples[:, None], np.float32)
