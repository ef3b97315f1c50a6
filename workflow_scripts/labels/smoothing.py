"""Smoothing what a network says of frames over time, before another one learns from it (Koutini et al. 2018)."""

from scipy.ndimage import gaussian_filter1d, median_filter


def smoothed(probabilities, median_steps=1, gaussian_steps=None):
    """Return [steps, classes] ``probabilities`` smoothed along time.

    By a median filter of ``median_steps``, and a Gaussian one whose sigma is ``gaussian_steps`` where that is not None.
    The first and the last step go on beyond the clip, so that an event that is cut off there does not fade.
    """
    smooth = median_filter(probabilities, (median_steps, 1), mode="nearest")
    return smooth if gaussian_steps is None else gaussian_filter1d(smooth, gaussian_steps, axis=0, mode="nearest")
