"""The spectrogram that figures show."""

import numpy as np

from workflow_scripts.common.signal.stft import magnitudes, periodic


def power_spectrogram(samples, window, hop):
    """Return [1 + ``window`` / 2, frames] of ``samples`` [n] float32, n >= ``window``, by a periodic Hann window.

    Frames are centred, 1 + n // ``hop`` of them, with silence beyond the ends, as librosa's are.
    """
    blocks = magnitudes(np.pad(samples, window // 2), periodic("hann", window), hop)
    return np.hstack(list(blocks)) ** 2
