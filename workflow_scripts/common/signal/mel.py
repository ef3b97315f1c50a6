"""The mel scale: Slaney's of his Auditory Toolbox, or HTK's."""

import numpy as np

LINEAR = 200 / 3  # Slaney: Hz per mel below 1000 Hz
BEND = 1000.0  # Hz
STEP = np.log(6.4) / 27  # above: the logarithm of the ratio of frequencies a mel apart


def hertz_of(mel, htk=False):
    if htk:
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    bend = BEND / LINEAR
    return np.where(mel >= bend, BEND * np.exp(STEP * (mel - bend)), LINEAR * mel)


def mel_of(hertz, htk=False):
    if htk:
        return 2595.0 * np.log10(1.0 + hertz / 700.0)
    above = np.log(np.maximum(hertz, BEND) / BEND) / STEP
    return np.where(hertz >= BEND, BEND / LINEAR + above, hertz / LINEAR)


def mel_filters(sample_rate, n_fft, bands, lowest=0.0, highest=None, triangles="slaney"):
    """Return the weights of the FFT's bins, [bands, n_fft / 2 + 1] float32.

    Triangles, evenly spaced in mel from ``lowest`` to ``highest`` Hz (None: ``sample_rate`` / 2), each from its
    neighbour's peak to the other's: ``slaney`` of equal area on Slaney's scale, ``slaney_heights`` of equal height on
    it, ``htk`` of equal height on HTK's. Their sides are straight over Hz; those of ``vggish``, also of equal height on
    HTK's scale, over mel.
    """
    htk, equal_area = {
        "slaney": (False, True),
        "slaney_heights": (False, False),
        "htk": (True, False),
        "vggish": (True, False),
    }[triangles]
    ends = mel_of(np.array([lowest, sample_rate / 2 if highest is None else highest], float), htk)
    corners, bins = np.linspace(*ends, bands + 2), np.fft.rfftfreq(n_fft, 1 / sample_rate)
    if triangles == "vggish":
        bins = mel_of(bins, htk)
    else:
        corners = hertz_of(corners, htk)
    slopes = np.subtract.outer(corners, bins)
    widths = np.diff(corners)[:, np.newaxis]
    weights = np.maximum(0, np.minimum(-slopes[:-2] / widths[:-1], slopes[2:] / widths[1:])).astype(np.float32)
    if equal_area:
        weights *= (2.0 / (corners[2:] - corners[:-2]))[:, np.newaxis]
    return weights
