"""Excerpts of one length; a shorter segment lies among zeros (Lederle & Wilhelm 2018).

In the paper's training a segment that fits n times is placed k times, k uniform on 1 .. n, with zeros between its
copies. A window reads its segment once, or again and again without a gap (see :mod:`workflow_scripts.parts.windows`),
so here k is 1.
"""

import numpy as np

from workflow_scripts.parts.windows import fixed_segment


def training_windows(segments, rng, length, hop=5120):
    """One excerpt of ``length`` frames per segment: a random crop, or the segment at a random place among zeros.

    ``hop`` is that of the inference and not used here.
    """
    return fixed_segment.training_windows(segments, rng, length)


def inference_windows(segments, length, hop=5120):
    """Crops of ``length`` frames, one every ``hop`` frames, as many as fit.

    A shorter segment lies at every place among zeros: at their beginning, ``hop`` frames later, and so on.
    """
    spare = segments["frames"].to_numpy() - length
    counts = 1 + np.abs(spare) // hop
    windows = segments.iloc[np.repeat(np.arange(len(segments)), counts)]
    steps = np.concatenate([np.arange(count) for count in counts]) if len(counts) else np.array([], int)
    offsets = np.repeat(np.sign(spare) * hop, counts) * steps
    return windows.assign(offset=offsets, length=length, minimum=0.0, repeat=False)
