"""Windows at a fixed hop, of which only whole ones count (Fonseca et al. 2018, Kong et al. 2018)."""

import numpy as np


def inference_windows(segments, length, hop):
    """Windows of ``length`` frames, one every ``hop`` frames, as many as fit.

    A segment that is shorter than one is repeated until it fills it. In Kong et al.'s code the last window is left out
    where it ends with the segment.
    """
    counts = 1 + np.maximum(segments["frames"].to_numpy() - length, 0) // hop
    windows = segments.iloc[np.repeat(np.arange(len(segments)), counts)]
    offsets = np.concatenate([hop * np.arange(count) for count in counts]) if len(counts) else []
    return windows.assign(offset=offsets, length=length, repeat=True)


def training_windows(segments, rng, length, hop):
    """The same windows in every epoch."""
    return inference_windows(segments, length, hop)
