"""Every window at most once per epoch, in random order; what is left for no whole batch waits for the next epoch.

As in the DCASE 2018 Task 4 baseline.
"""

import numpy as np


def batches(classes, batch, rng):
    """Mix each batch with itself in reversed order. Fewer windows than a batch make one of all of them."""
    order = rng.permutation(len(classes))
    whole = len(order) // batch
    for chosen in np.split(order[: whole * batch], whole) if whole else [order]:
        yield chosen, chosen[::-1]
