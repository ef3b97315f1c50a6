"""Windows at a fixed hop, of which only whole ones count (Fonseca et al. 2018, Kong et al. 2018)."""

import numpy as np


def inference_windows(segments, length, hop, drop_exact_end=False, wrap=False):
    """Windows of ``length`` frames, one every ``hop`` frames, as many as fit.

    A segment that is shorter than one is repeated until it fills it. ``drop_exact_end``: a last window that ends just
    where a longer segment does is left out, as in Kong et al.'s code. ``wrap``: the rest of a segment is a window, too,
    which goes on at the segment's beginning.
    """
    frames = segments["frames"].to_numpy()
    beyond = np.maximum(frames - length, 0)  # the frames that follow the first window
    counts = 1 + beyond // hop
    if wrap:
        counts = 1 + -(-beyond // hop)
    elif drop_exact_end:
        counts = np.maximum(-(-beyond // hop), 1)
    windows = segments.iloc[np.repeat(np.arange(len(segments)), counts)]
    offsets = np.concatenate([hop * np.arange(count) for count in counts]) if len(counts) else []
    return windows.assign(offset=offsets, length=length, repeat=True)


def training_windows(segments, rng, length, hop, drop_exact_end=False, wrap=False):
    """The same windows in every epoch."""
    return inference_windows(segments, length, hop, drop_exact_end, wrap)
