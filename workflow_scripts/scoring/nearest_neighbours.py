"""What the nearest of known patches say of others: it tells how good a representation is, and learns nothing itself.

The protocol of Fonseca et al. (2021): dot products of vectors of length one, a majority vote over the neighbours, then
one over the patches of a clip. Votes are returned as shares, so that ``argmax`` is the majority; of classes with as
many votes the first one.
"""

import numpy as np
import torch
from torch.nn.functional import normalize, one_hot

AT_ONCE = 1024  # queries


@torch.inference_mode()
def predict(memory, memory_classes, queries, neighbours, own=None, classes=None):
    """Return which share of its nearest ``neighbours`` each query has in each class, float32 [n, classes].

    ``memory``: vectors [m, d] of any length, ``memory_classes``: their classes, int [m]; ``queries``: vectors [n, d].
    Tensors, on one device. ``own``: (clips of the memory, int [m], clips of the queries, int [n]), so that no patch of
    a query's own clip is its neighbour; None: any may be. ``classes``: how many there are; None: up to the largest of
    the memory. Where fewer neighbours are left, all of them vote; a query that has none gets 1 / classes for each. Of
    patches that are as near as the last neighbour, any may be taken.
    """
    votes = one_hot(memory_classes, -1 if classes is None else classes).float()
    memory, queries = normalize(memory, dim=1), normalize(queries, dim=1)
    shares = []
    for start in range(0, len(queries), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        similarities = queries[some] @ memory.T
        if own is not None:
            similarities.masked_fill_(own[1][some, None] == own[0], -torch.inf)
        nearest, which = similarities.topk(min(neighbours, len(memory)), dim=1)
        counted = (votes[which] * nearest.isfinite()[:, :, None]).sum(dim=1)
        total = counted.sum(dim=1, keepdim=True)
        shares.append(torch.where(total > 0, counted / total, 1 / votes.shape[1]))
    return torch.cat(shares)


def votes_of_patches(shares, clip, clips):
    """Return which share of each clip's patches votes for each class, float [clips, classes].

    ``shares``: [patches, classes], of which a patch votes for the largest, the first of equal ones; ``clip``: int
    [patches], 0 to ``clips`` - 1. A clip without patches gets 1 / classes for each class. Both are numpy arrays.
    """
    votes = np.zeros((clips, shares.shape[1]))
    np.add.at(votes, (clip, shares.argmax(axis=1)), 1)
    patches = votes.sum(axis=1, keepdims=True)
    return np.where(patches > 0, votes / np.maximum(patches, 1), 1 / shares.shape[1])
