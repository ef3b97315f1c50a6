"""The short-time Fourier transform's magnitudes, block by block."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

FRAMES = 1024  # of a block
AT_ONCE = 32  # frames transformed at a time: what they need stays in a core's cache
MEANS = {"hann": 0.5, "hamming": 0.54}  # of the tapers; the rest to 1 is the amplitude of their cosine


def periodic(taper, length):
    """Return the ``taper``, hann or hamming, of ``length`` samples, one period of it: [length] float64."""
    mean = MEANS[taper]
    return (mean + (1 - mean) * np.cos(np.linspace(-np.pi, np.pi, length + 1)))[:-1]


def padded(window, n_fft):
    """Return ``window`` with zeros around it up to ``n_fft`` samples, the odd one behind it."""
    around = n_fft - len(window)
    return np.pad(window, (around // 2, around - around // 2))


def mirrored(samples, n_fft, hop):
    """Return ``samples``, [at least ``n_fft``], with ``n_fft`` / 2 more before and behind, mirrored at their ends.

    So frames are centred. Where ``hop`` is ``n_fft`` / 2, the last sample of all is another one, as in librosa, which
    mirrors the end of the audio without what is before it.
    """
    half = n_fft // 2
    longer = np.pad(samples, half, mode="reflect")
    if hop == half:
        longer[-1] = samples[1 - half]
    return longer


def magnitudes(samples, window, hop):
    """Yield the magnitudes of ``samples``' frames as float32 blocks [bins, up to ``FRAMES``], the bins 0 .. n / 2.

    ``samples``: [at least n] float32; frame k is the n samples from k * ``hop`` times ``window``, [n] float64, and
    there are as many as fit. The transform is in float64, as the bins of a quiet band beside a loud one need it.
    """
    frames = sliding_window_view(samples, len(window))[::hop]
    windowed = np.empty((AT_ONCE, len(window)))
    spectrum = np.empty((AT_ONCE, len(window) // 2 + 1), np.complex128)
    for first in range(0, len(frames), FRAMES):
        block = frames[first : first + FRAMES]
        result = np.empty((spectrum.shape[1], len(block)), np.float32)
        for start in range(0, len(block), AT_ONCE):
            some = block[start : start + AT_ONCE]
            np.multiply(some, window, out=windowed[: len(some)])
            np.fft.rfft(windowed[: len(some)], out=spectrum[: len(some)])
            result[:, start : start + AT_ONCE] = np.abs(spectrum[: len(some)].astype(np.complex64)).T
        yield result
