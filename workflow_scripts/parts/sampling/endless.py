"""So many batches an epoch, whatever the number of windows (Kong et al. 2018, who count iterations)."""

from itertools import islice

import numpy as np

from workflow_scripts.common.shuffling import endlessly


def batches(classes, batch, rng, batches_per_epoch):
    """Take the windows in a random order, which is drawn anew when it is exhausted, and in each epoch.

    Each batch is mixed with itself in reversed order.
    """
    order = endlessly(np.arange(len(classes)), rng)
    for _ in range(batches_per_epoch):
        chosen = np.fromiter(islice(order, batch), int, batch)
        yield chosen, chosen[::-1]
