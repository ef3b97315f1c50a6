"""One window of each class in every batch (Jeong & Lim 2018)."""

import numpy as np

from workflow_scripts.common.shuffling import endlessly


def batches(classes, batch, rng, batches_per_epoch):
    """Draw ``batches_per_epoch`` batches, in which no class comes again before all others have come.

    So with as many windows in a batch as there are classes, each has one. A partner's class is drawn uniformly. A
    class's windows come in a shuffled order that starts anew when it is exhausted, and in each epoch.
    """
    queues = {c: endlessly(np.flatnonzero(classes == c), rng) for c in np.unique(classes)}
    present = np.array(list(queues))
    for _ in range(batches_per_epoch):
        rounds = [rng.permutation(present) for _ in range(-(-batch // len(present)))]
        own, others = np.concatenate(rounds)[:batch], rng.choice(present, size=batch)
        yield tuple(np.array([next(queues[c]) for c in drawn]) for drawn in (own, others))
