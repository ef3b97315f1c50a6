"""Decimal logarithm of mel bands of the power spectrum (Fonseca et al. 2021, constants from the authors' code)."""

from functools import cache

import numpy as np

from workflow_scripts.common.signal.filter_bank import FilterBank
from workflow_scripts.common.signal.mel import mel_filters
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.common.signal.stft import magnitudes, mirrored, padded, periodic


def spectrogram(
    samples,
    rate,
    *,
    sample_rate=22050,
    headroom=0.005,
    least_seconds=1.0,
    window=660,
    n_fft=2048,
    hop=220,
    bands=96,
    lowest=50.0,
    highest=10500.0,
    floor=1.1e-8,
):
    """Return [frames, bands] float32, log10(mel + ``floor``); digital silence gives log10(``floor``).

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are resampled to ``sample_rate``, freed of their mean, and
    divided by the largest absolute value plus ``headroom``; audio shorter than ``least_seconds``, or than ``n_fft``
    samples, is then repeated up to there. Periodic Hamming window of ``window`` samples, with zeros around it up to
    ``n_fft``. Frames are centred, 1 + m // ``hop`` of the then m samples, with the audio mirrored at its ends. Power in
    mel bands from ``lowest`` to ``highest`` Hz: triangles of equal height on Slaney's scale.
    """
    samples = resample(samples, rate, sample_rate)
    samples = samples - samples.mean()
    samples = samples / (np.abs(samples).max() + headroom)
    samples = np.resize(samples, max(len(samples), round(least_seconds * sample_rate), n_fft))
    filters = _filter_bank(sample_rate, n_fft, bands, lowest, highest)
    blocks = magnitudes(mirrored(samples, n_fft, hop), padded(periodic("hamming", window), n_fft), hop)
    mel = np.concatenate([filters.sums(magnitude**2) for magnitude in blocks], axis=1)
    return np.ascontiguousarray(np.log10(mel + floor).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands, lowest, highest):
    return FilterBank(mel_filters(sample_rate, n_fft, bands, lowest, highest, triangles="slaney_heights"))
