"""Windows one after the other, the last one filled up with the mean (DCASE 2018 Task 4 baseline)."""

import numpy as np


def window_offsets(frames, length, least_share):
    """Return where the windows of a segment of ``frames`` frames start; the first one is always there.

    A rest of less than ``least_share`` of a window is dropped: the 501st frame of a clip of ten seconds, say.
    """
    whole, rest = divmod(frames, length)
    return [i * length for i in range(max(whole + (rest >= least_share * length and rest > 0), 1))]


def inference_windows(segments, length, least_share):
    """All windows of all segments. What a segment lacks is NaN, which the network takes for the mean."""
    offsets = [window_offsets(frames, length, least_share) for frames in segments["frames"]]
    rows = np.repeat(np.arange(len(segments)), [len(o) for o in offsets])
    windows = segments.iloc[rows].assign(offset=[o for window in offsets for o in window], minimum=np.nan)
    return windows.assign(length=length, repeat=False)


def training_windows(segments, rng, length, least_share):
    """The same windows in every epoch."""
    return inference_windows(segments, length, least_share)
