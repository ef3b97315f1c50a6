"""Every window once per epoch, in random order (Dorfer & Widmer 2018, details from the authors' code)."""

import numpy as np


def batches(classes, batch, rng):
    """Mix each batch with itself in reversed order; top up the last one from the front of the shuffled order."""
    order = rng.permutation(len(classes))
    order = np.resize(order, -(-len(order) // batch) * batch)
    for chosen in order.reshape(-1, batch):
        yield chosen, chosen[::-1]
