"""Log-mel spectrogram, power in dB (Iqbal et al. 2018, constants from the authors' code).

They take it relative to its own maximum, PANNs (Kong et al. 2020, arXiv 1912.10211) as it is.
"""

from functools import cache

import numpy as np

from workflow_scripts.common.signal.decibels import decibels
from workflow_scripts.common.signal.filter_bank import FilterBank
from workflow_scripts.common.signal.mel import mel_filters
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.common.signal.stft import magnitudes, mirrored, periodic

QUIETEST = 1e-10  # power


def spectrogram(
    samples, rate, *, sample_rate=32000, n_fft=1024, hop=512, bands=64, lowest=0.0, highest=None, relative=True
):
    """Return [frames, bands] float32 in dB re the segment's largest value, so at most 0; no floor but that of 1e-10.

    Not ``relative``, the values are in dB re 1, so at least -100.

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are resampled to ``sample_rate``; audio shorter than ``n_fft``
    is then filled up with zeros. Frames are centred, 1 + m // ``hop`` of the then m samples, with the audio mirrored at
    its ends. Power in Slaney mel bands, of equal area, from ``lowest`` to ``highest`` Hz (None: ``sample_rate`` / 2).
    """
    samples = resample(samples, rate, sample_rate)
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    samples = mirrored(samples, n_fft, hop)
    filters = _filter_bank(sample_rate, n_fft, bands, lowest, highest)
    mel = [filters.sums(magnitude**2) for magnitude in magnitudes(samples, periodic("hann", n_fft), hop)]
    values = decibels(np.concatenate(mel, axis=1), QUIETEST)
    if relative:
        values = values - values.max()
    return np.ascontiguousarray(values.T)


@cache
def _filter_bank(sample_rate, n_fft, bands, lowest, highest):
    return FilterBank(mel_filters(sample_rate, n_fft, bands, lowest, highest))
