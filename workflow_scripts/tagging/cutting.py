"""Cutting a sound of any length into overlapping windows of one length while it is read."""

import numpy as np


def cut(blocks, window, hop):
    """Yield (start, samples [at most ``window`` float32]) of the windows of a sound, in samples.

    ``blocks``: iterable of [n] float32, the sound piece by piece. A sound of up to ``window`` samples is one window.
    Else one starts every ``hop`` samples, ``hop`` <= ``window``, and the last one ends with the sound. A sound without
    samples has none. At most ``window`` + ``hop`` samples and a block are in memory.
    """
    held, first, end = [], 0, 0  # the pieces that may still be needed, where they begin, and end, in the sound
    start = 0
    for block in blocks:
        held.append(block)
        end += len(block)
        while end > start + window:
            # the last window may begin anywhere behind this one's start
            held, first = [np.concatenate(held)[start - first :]], start
            yield start, held[0][:window]
            start += hop
    if end:
        last = max(end - window, 0)
        yield last, np.concatenate(held)[last - first :]
