"""Natural logarithm of mel bands of the magnitude spectrum.

As in the DCASE 2018 baselines of Tasks 2 and 4, Harb & Pernkopf (2018), Kong et al. (2018), VGGish (Hershey et al.
2017).
"""

from functools import cache

import numpy as np

from workflow_scripts.common.levels import scaled_to_peak
from workflow_scripts.common.signal.filter_bank import FilterBank
from workflow_scripts.common.signal.mel import mel_filters
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.common.signal.stft import magnitudes, padded, periodic


def spectrogram(
    samples,
    rate,
    *,
    sample_rate=44100,
    peak=None,
    window=1764,
    taper="hamming",
    n_fft=2048,
    hop=882,
    centred=True,
    unit_energy=False,
    bands=64,
    lowest=0,
    highest=None,
    triangles="slaney",
    floor=2.2e-16,
):
    """Return [frames, bands] float32, log(mel + ``floor``); digital silence gives log(``floor``).

    ``samples``: [n] float32 at ``rate`` Hz, n > 0. They are resampled to ``sample_rate`` and scaled to the largest
    absolute value ``peak`` (None: their level stays). Periodic window (``taper``: hamming or hann) of ``window``
    samples, with zeros around it up to ``n_fft``; a frame every ``hop`` samples. Of the then m samples there are 1 + m
    // ``hop`` frames, with zeros before and after the audio, if frames are ``centred``; else as many windows as fit, at
    least one. Where ``unit_energy``, the window is divided by the root of the sum of its squares, as in scipy's
    ``spectrogram``: next to smaller magnitudes the same ``floor`` is higher. Magnitudes in mel bands from ``lowest`` to
    ``highest`` Hz (None: ``sample_rate`` / 2): ``triangles`` of ``slaney``, of equal area, or of ``htk`` or
    ``vggish``, of equal height, the latter with sides that are straight over mel.
    """
    samples = resample(samples, rate, sample_rate)
    if peak is not None:
        samples = scaled_to_peak(samples, peak)
    if not centred:  # so that the first frame's window, in the middle of its n_fft samples, begins with the audio
        around = n_fft - window
        samples = np.pad(samples, (around // 2, around - around // 2))
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    if centred:
        samples = np.pad(samples, n_fft // 2)
    filters = _filter_bank(sample_rate, n_fft, bands, lowest, highest, triangles)
    weights = periodic(taper, window)
    if unit_energy:
        weights /= np.sqrt((weights**2).sum())
    blocks = magnitudes(samples, padded(weights, n_fft), hop)
    mel = np.concatenate([filters.sums(magnitude) for magnitude in blocks], axis=1)
    return np.ascontiguousarray(np.log(mel + floor).T, np.float32)


@cache
def _filter_bank(sample_rate, n_fft, bands, lowest, highest, triangles):
    return FilterBank(mel_filters(sample_rate, n_fft, bands, lowest, highest, triangles))
