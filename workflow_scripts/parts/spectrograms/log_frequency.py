"""Magnitudes in logarithmically spaced bands (Dorfer & Widmer 2018, version 2; constants from the authors' code).

They used madmom's logarithmic filter bank. The paper takes the logarithm before the filter bank, the code after it;
here as in the code.
"""

from functools import cache

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.signal.filter_bank import FilterBank
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.common.signal.stft import magnitudes

TUNING = 440.0  # Hz; one filter is centred near it


def spectrogram(
    samples, rate, *, sample_rate=32000, n_fft=1024, hop=128, bands_per_octave=26, lowest=20.0, highest=14000.0
):
    """Return [frames, bands] float32, log10(1 + magnitude): from 0 (silence) to log10(1 + ``n_fft`` / 2).

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are resampled to ``sample_rate`` and normalised to a peak of 1
    (digital silence stays as it is). Of the then m samples frame k starts at k * ``hop``, ceil(m / ``hop``) frames in
    all; zeros follow the last sample. Hann window, symmetric. Overlapping triangular filters from ``lowest`` to
    ``highest`` Hz: with the defaults 128 of them.
    """
    samples = resample(samples, rate, sample_rate)
    largest = np.abs(samples).max()
    if largest > 0:
        samples = samples / largest
    frames = -(-len(samples) // hop)
    samples = np.pad(samples, (0, (frames - 1) * hop + n_fft - len(samples)))
    filters = _filter_bank(sample_rate, n_fft, bands_per_octave, lowest, highest)
    bands = [filters.sums(magnitude) for magnitude in magnitudes(samples, np.hanning(n_fft), hop)]
    return np.ascontiguousarray(np.log10(1 + np.concatenate(bands, axis=1)).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands_per_octave, lowest, highest):
    """Return the filters [bands, n_fft / 2 + 1]; each sums to 1.

    The FFT bins nearest to the frequencies 440 Hz * 2^(k / ``bands_per_octave``), without duplicates, are the corners:
    each filter rises from one bin to the next and falls to the one after.
    """
    if highest > sample_rate / 2:
        raise UserError(
            f"log_frequency: {highest} Hz is above half the sample rate of {sample_rate} Hz; lower `highest`"
        )
    first = np.ceil(bands_per_octave * np.log2(lowest / TUNING))
    last = np.floor(bands_per_octave * np.log2(highest / TUNING))
    frequencies = TUNING * 2 ** (np.arange(first, last + 1) / bands_per_octave)
    corners = np.unique(np.round(frequencies * n_fft / sample_rate).astype(int))
    low, centre, high = (corners[i : len(corners) - 2 + i, np.newaxis] for i in range(3))
    bins = np.arange(n_fft // 2 + 1)
    triangles = np.clip(np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)), 0, None)
    return FilterBank(triangles / triangles.sum(axis=1, keepdims=True))
