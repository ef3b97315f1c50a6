"""Natural logarithm of mel bands of the magnitude spectrum (DCASE 2018 Task 4 baseline, Harb & Pernkopf 2018)."""

from functools import cache

import librosa
import numpy as np
from scipy.signal import get_window
from scipy.sparse import csr_array


def spectrogram(
    samples, rate, *, sample_rate=44100, window=1764, n_fft=2048, hop=882, bands=64, centred=True, floor=2.2e-16
):
    """Return [frames, bands] float32, log(mel + ``floor``); digital silence gives log(``floor``).

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are resampled to ``sample_rate``; their level stays. Audio that
    is then shorter than ``n_fft`` is filled up with zeros. Periodic Hamming window of ``window`` samples, with zeros
    around it up to ``n_fft``; a frame every ``hop`` samples. Of the then m samples there are 1 + m // ``hop`` frames,
    with zeros before and after the audio, if frames are ``centred``; else as many as fit, at least one. Magnitudes in
    Slaney mel bands of equal area from 0 Hz to ``sample_rate`` / 2.
    """
    samples = librosa.resample(samples, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    hamming = get_window("hamming", window)
    spectrum = librosa.stft(
        samples, n_fft=n_fft, hop_length=hop, win_length=window, window=hamming, center=centred, pad_mode="constant"
    )
    mel = _filter_bank(sample_rate, n_fft, bands) @ np.abs(spectrum)
    return np.ascontiguousarray(np.log(mel + floor).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands):
    # A dense product's rounding would depend on the number of BLAS threads.
    return csr_array(librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=bands))
