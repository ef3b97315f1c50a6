"""Mel bands of an A-weighted decibel spectrogram (Dorfer & Widmer 2018, version 1; constants from the authors' code).

The filter bank averages decibels: "mel of dB", not the usual "dB of mel".
"""

from functools import cache

import numpy as np

from workflow_scripts.common.signal.decibels import a_weighting, decibels
from workflow_scripts.common.signal.filter_bank import FilterBank
from workflow_scripts.common.signal.mel import mel_filters
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.common.signal.stft import magnitudes, mirrored, periodic

QUIETEST = 1e-10  # power, i.e. -100 dB


def spectrogram(samples, rate, *, sample_rate=32000, n_fft=1024, hop=192, bands=128, top_db=99.0, peak_db=-0.1):
    """Return [frames, bands] float32: decibels times Slaney filters, roughly -3..2 at 32 kHz.

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are normalised to a peak of ``peak_db`` dB re full scale
    (digital silence stays as it is) and resampled to ``sample_rate``; audio shorter than ``n_fft`` is then filled up
    with zeros. Frames are centred, 1 + m // ``hop`` of the then m samples, with the audio mirrored at its ends.
    Decibels lie at most ``top_db`` below their maximum before the A-weighting.
    """
    largest = np.abs(samples).max()
    if largest > 0:
        samples = samples / largest * np.float32(10 ** (peak_db / 20))
    samples = resample(samples, rate, sample_rate)
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    samples = mirrored(samples, n_fft, hop)
    blocks = magnitudes(samples, periodic("hann", n_fft), hop)
    loudness = [decibels(magnitude**2, QUIETEST) for magnitude in blocks]
    lowest = max(block.max() for block in loudness) - np.float32(top_db)
    weighting, filters = _filter_bank(sample_rate, n_fft, bands)
    mel = [filters.sums(np.maximum(block, lowest) + weighting) for block in loudness]
    return np.ascontiguousarray(np.concatenate(mel, axis=1).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands):
    weighting = a_weighting(np.fft.rfftfreq(n_fft, 1 / sample_rate))
    return weighting[:, np.newaxis], FilterBank(mel_filters(sample_rate, n_fft, bands))
