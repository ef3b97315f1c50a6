"""Chunks of a fixed number of frames (Iqbal et al. 2018, constants from the authors' code)."""

import numpy as np


def chunk_offsets(frames, length, least_remainder):
    """Return where the chunks of a segment of ``frames`` frames start.

    - Up to ``length`` frames: one chunk, to be padded at its end with the segment's minimum.
    - Otherwise as many whole chunks as fit. A remainder of ``least_remainder`` frames or more adds a chunk aligned to
      the segment's end, overlapping the one before; a smaller remainder is cut off, half of it on either side.
    """
    if frames <= length:
        return [0]
    whole, remainder = divmod(frames, length)
    if remainder >= least_remainder:
        return [*range(0, whole * length, length), frames - length]
    return [remainder // 2 + i * length for i in range(whole)]


def inference_windows(segments, length, least_remainder):
    """All chunks of all segments, segment by segment."""
    offsets = [chunk_offsets(frames, length, least_remainder) for frames in segments["frames"]]
    rows = np.repeat(np.arange(len(segments)), [len(o) for o in offsets])
    return segments.iloc[rows].assign(offset=[o for chunk in offsets for o in chunk], length=length, repeat=False)


def training_windows(segments, rng, length, least_remainder):
    """The same chunks in every epoch."""
    return inference_windows(segments, length, least_remainder)
