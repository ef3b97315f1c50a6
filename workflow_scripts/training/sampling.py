"""Which windows make up the batches of an epoch, and which window each is mixed with."""

import numpy as np


def shuffled(classes, batch, rng):
    """Yield (windows, partners): every window once per epoch, each batch mixed with itself in reversed order.

    ``classes``: class index of each window. The last batch is topped up with windows from the front of the shuffled
    order (Dorfer & Widmer's code).
    """
    order = rng.permutation(len(classes))
    order = np.resize(order, -(-len(order) // batch) * batch)
    for chosen in order.reshape(-1, batch):
        yield chosen, chosen[::-1]


def class_balanced(classes, batch, rng):
    """Yield (windows, partners), each drawn by picking a class uniformly, then that class's next window.

    A class's windows come in a shuffled order that starts anew when it is exhausted. One epoch has as many batches
    as the windows fill (Iqbal et al.'s code, where the orders go on over the epochs; here each epoch starts anew, so
    that an interrupted training continues with the same batches).
    """
    queues = {c: _endless(np.flatnonzero(classes == c), rng) for c in np.unique(classes)}
    present = np.array(list(queues))
    for _ in range(max(len(classes) // batch, 1)):
        chosen = np.array([next(queues[c]) for c in rng.choice(present, size=2 * batch)])
        yield chosen[:batch], chosen[batch:]


def _endless(items, rng):
    while True:
        yield from rng.permutation(items)


SAMPLINGS = {"shuffled": shuffled, "class_balanced": class_balanced}
