"""Windows at a fixed hop, of which only whole ones count (Fonseca et al. 2018, Kong et al. 2018)."""

import numpy as np


def inference_windows(segments, length, hop, drop_exact_end=False):
    """Windows of ``length`` frames, one every ``hop`` frames, as many as fit.

    A segment that is shorter than one is repeated until it fills it. ``drop_exact_end``: a last window that ends just
    where a longer segment does is left out, as in Kong et al.'s code.
    """
    beyond = np.maximum(segments["frames"].to_numpy() - length, 0)  # the frames that follow the first window
    counts = np.maximum(-(-beyond // hop), 1) if drop_exact_end else 1 + beyond // hop
    windows = segments.iloc[np.repeat(np.arange(len(segments)), counts)]
    offsets = np.concatenate([hop * np.arange(count) for count in counts]) if len(counts) else []
    return windows.assign(offset=offsets, length=length, repeat=True)


def training_windows(segments, rng, length, hop, drop_exact_end=False):
    """The same windows in every epoch."""
    return inference_windows(segments, length, hop, drop_exact_end)
