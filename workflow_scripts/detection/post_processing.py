"""From the probabilities of a clip's frames to events: median filter, threshold, runs (Serizel et al. 2018)."""

import numpy as np
from scipy.ndimage import median_filter


def median_filtered(probabilities, lengths):
    """Return [steps, classes] ``probabilities`` filtered along time, each class with its own length in steps.

    Outside the clip they are 0. Lengths are odd, so that filtering before or after a threshold is the same.
    """
    columns = zip(np.asarray(probabilities).T, lengths, strict=True)
    return np.stack([median_filter(column, length, mode="constant") for column, length in columns], axis=1)


def odd_steps(seconds, step_seconds):
    """Return the odd number of steps that comes closest to ``seconds``, at least 1."""
    return 2 * round((seconds / step_seconds - 1) / 2) + 1 if seconds > step_seconds else 1


def events_of(probabilities, thresholds, step_seconds, seconds=np.inf):
    """Return [(onset, offset, class index)], in seconds, class by class: the runs of steps at or above the threshold.

    ``probabilities``: [steps, classes], filtered; ``thresholds``: [classes]. Step k lasts from k to k + 1 times
    ``step_seconds``. Nothing lasts beyond ``seconds``, the end of the clip.
    """
    active = np.pad(np.asarray(probabilities) >= thresholds, ((1, 1), (0, 0)))
    classes, edges = np.nonzero(np.diff(active.astype(np.int8), axis=0).T)
    events = [
        (float(start * step_seconds), float(min(end * step_seconds, seconds)), int(label))
        for label, start, end in zip(classes[::2], edges[::2], edges[1::2], strict=True)
    ]
    return [event for event in events if event[0] < event[1]]
