"""Excerpts of one length from waveforms, or from spectrograms, whatever the length of the clip (Jeong & Lim 2018)."""

import numpy as np


def training_windows(segments, rng, length, draws=1):
    """``draws`` random excerpts of ``length`` frames from every segment.

    A shorter segment lies at a random place among zeros.
    """
    segments = segments.iloc[np.tile(np.arange(len(segments)), draws)]
    spare = segments["frames"].to_numpy() - length
    offsets = np.sign(spare) * rng.integers(0, np.abs(spare) + 1)
    return segments.assign(offset=offsets, length=length, minimum=0.0, repeat=False)


def inference_windows(segments, length, draws=1):
    """Every segment as a whole; a shorter one than ``length`` lies in the middle of so many frames of zeros."""
    frames = segments["frames"].to_numpy()
    lengths = np.maximum(frames, length)
    return segments.assign(offset=(frames - lengths) // 2, length=lengths, minimum=0.0, repeat=False)
