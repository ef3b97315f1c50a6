"""Log-mel spectrogram relative to its own maximum (Iqbal et al. 2018, constants from the authors' code)."""

from functools import cache

import librosa
import numpy as np
from scipy.sparse import csr_array

QUIETEST = 1e-10  # power


def spectrogram(samples, rate, *, sample_rate=32000, n_fft=1024, hop=512, bands=64):
    """Return [frames, bands] float32 in dB re the segment's largest value, so at most 0; no floor but that of 1e-10.

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are resampled to ``sample_rate``; audio shorter than ``n_fft``
    is then filled up with zeros. Frames are centred, 1 + m // ``hop`` of the then m samples, with the audio mirrored at
    its ends. Power in Slaney mel bands from 0 Hz to ``sample_rate`` / 2.
    """
    samples = librosa.resample(samples, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    power = np.abs(librosa.stft(samples, n_fft=n_fft, hop_length=hop, pad_mode="reflect")) ** 2
    mel = _filter_bank(sample_rate, n_fft, bands) @ power
    return np.ascontiguousarray(librosa.power_to_db(mel, ref=np.max, amin=QUIETEST, top_db=None).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands):
    # A dense product's rounding would depend on the number of BLAS threads.
    return csr_array(librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=bands))
