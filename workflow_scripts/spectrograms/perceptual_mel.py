"""Mel bands of an A-weighted decibel spectrogram (Dorfer & Widmer 2018, version 1; constants from the authors' code).

The filter bank averages decibels: "mel of dB", not the usual "dB of mel".
"""

from functools import cache

import librosa
import numpy as np
from scipy.sparse import csr_array

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
    samples = librosa.resample(samples, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    power = np.abs(librosa.stft(samples, n_fft=n_fft, hop_length=hop, pad_mode="reflect")) ** 2
    weighting, filters = _filter_bank(sample_rate, n_fft, bands)
    decibels = librosa.power_to_db(power, ref=1.0, amin=QUIETEST, top_db=top_db) + weighting[:, np.newaxis]
    return np.ascontiguousarray((filters @ decibels).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands):
    with np.errstate(divide="ignore"):  # 0 Hz: minus infinity, which librosa replaces by -80 dB
        weighting = librosa.A_weighting(librosa.fft_frequencies(sr=sample_rate, n_fft=n_fft))
    # A dense product's rounding would depend on the number of BLAS threads.
    return weighting, csr_array(librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=bands))
