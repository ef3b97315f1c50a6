"""Cutting a sound of any length into overlapping windows of one length while it is read."""

import numpy as np


def cut(blocks, window, hop):
    """Yield (start, samples [at most ``window`` float32]) of the windows of a sound, in samples.

    ``blocks``: iterable of [n] float32, the sound piece by piece. A sound of up to ``window`` samples is one window.
    Else one starts every ``hop`` samples, ``hop`` <= ``window``, and the last one ends with the sound. A sound without
    samples has none. At most ``window`` + ``hop`` samples and a block are in memory.
    """
    held, first = np.zeros(0, np.float32), 0  # what may still be needed of the sound, and where that begins in it
    start = 0
    for block in blocks:
        held = np.concatenate([held, block])
        while first + len(held) > start + window:
            held, first = held[start - first :], start  # the last window may begin anywhere behind this one's start
            yield start, held[:window]
            start += hop
    last = max(first + len(held) - window, 0)
    if len(held):
        yield last, held[last - first :]
