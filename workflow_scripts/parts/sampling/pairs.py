"""Both views of each clip of a batch, for contrastive learning (Fonseca et al. 2021)."""

import numpy as np

from workflow_scripts.common.errors import UserError


def batches(classes, batch, rng):
    """Draw ``batch`` / 2 clips at a time, two windows of each, one behind the other: rows 0 and 1, 2 and 3, ...

    ``classes``: here the number of each window's clip. Every clip comes at most once an epoch, in a random order; what
    is left for no whole batch waits for the next epoch, and fewer clips than a batch make one of all of them. Of a clip
    with more than two windows, two at random are taken. The partners of the two windows, which mix-back puts behind
    them, are windows of two different other clips, of the batch or not. Raises UserError where a batch cannot be
    filled with pairs, a clip has a single window, or there are fewer than three clips.
    """
    if batch % 2:
        raise UserError(f"training.batch: {batch} is odd, and pairs fill an even one; add or take one")
    order = rng.permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    _, first, counts = np.unique(classes[order], return_index=True, return_counts=True)
    clips, size = len(first), min(batch // 2, len(first))
    if clips < 3:
        raise UserError(f"training.sampling: pairs needs three clips to learn from, and there are {clips}; add some")
    if counts.min() < 2:
        raise UserError("training.sampling: pairs needs two windows of each clip; take the windows patches, draws: 2")
    windows = order[first[:, np.newaxis] + [0, 1]]  # [clips, 2]
    queue = rng.permutation(clips)
    for chosen in queue[: clips // size * size].reshape(-1, size):
        others = (chosen[:, np.newaxis] + _two_steps(clips, size, rng)) % clips
        yield windows[chosen].ravel(), windows[others, rng.integers(0, 2, others.shape)].ravel()


def _two_steps(clips, count, rng):
    """Return ``count`` pairs of two different numbers from 1 to ``clips`` - 1, all as likely, [count, 2]."""
    one, other = rng.integers(1, clips, count), rng.integers(1, clips - 1, count)
    return np.stack([one, other + (other >= one)], axis=1)
