"""Classes in proportion to how many clips they have, within limits (Kong et al. 2018, from the authors' code)."""

from itertools import islice

import numpy as np

from workflow_scripts.common.shuffling import endlessly

OF_TARGETS = True


def batches(targets, batch, rng, batches_per_epoch, step=1000, most=5):
    """Draw ``batches_per_epoch`` batches: a class for each place, and the next window that has this class.

    ``targets``: [windows, classes], above 0 where a window has the class; it may have several. A class of n windows
    comes 1 + n // ``step`` times, ``most`` at most, before all others have come. Both the classes' order and that of a
    class's windows are shuffled, and start anew when they are exhausted, and in each epoch. Each batch is mixed with
    itself in reversed order.
    """
    members = [np.flatnonzero(of_class > 0) for of_class in np.asarray(targets).T]
    turns = [c for c, windows in enumerate(members) if len(windows) for _ in range(min(1 + len(windows) // step, most))]
    queues, order = {c: endlessly(members[c], rng) for c in set(turns)}, endlessly(np.array(turns), rng)
    for _ in range(batches_per_epoch):
        chosen = np.array([next(queues[c]) for c in islice(order, batch)])
        yield chosen, chosen[::-1]
