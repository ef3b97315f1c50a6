"""Every class as often as any other (Iqbal et al. 2018, from the authors' code)."""

import numpy as np

from workflow_scripts.common.shuffling import endlessly


def batches(classes, batch, rng):
    """Draw windows and partners by picking a class uniformly, then that class's next window.

    A class's windows come in a shuffled order that starts anew when it is exhausted. An epoch has as many batches as
    the windows fill. In the authors' code the orders go on over the epochs; here each epoch starts anew, so that an
    interrupted training continues with the same batches.
    """
    queues = {c: endlessly(np.flatnonzero(classes == c), rng) for c in np.unique(classes)}
    present = np.array(list(queues))
    for _ in range(max(len(classes) // batch, 1)):
        chosen = np.array([next(queues[c]) for c in rng.choice(present, size=2 * batch)])
        yield chosen[:batch], chosen[batch:]
