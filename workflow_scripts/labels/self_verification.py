"""Which unverified clips a self-verification round accepts (Dorfer & Widmer 2018)."""

import numpy as np


def accept(probabilities, labels, verified, threshold=0.95, cap=40, agreement=True):
    """Return a boolean array [clips]: the unverified clips whose given label the models confirm.

    ``probabilities``: [clips, classes], each clip judged by a model that did not train on it; ``labels``: given class
    index per clip; ``verified``: boolean per clip, never accepted again. Three conditions, each can be switched off:

    - ``agreement``: the most probable class is the given label;
    - ``threshold``: the given label's probability is above it (None: any; the authors' released code applies none);
    - ``cap``: of each class at most so many, the most probable first, over all folds together (None: all);
      of equal probabilities the earlier clip comes first.

    Every round selects from scratch; nothing is carried over from the round before.
    """
    own = probabilities[np.arange(len(labels)), labels]
    candidates = ~np.asarray(verified, bool)
    if agreement:
        candidates &= probabilities.argmax(axis=1) == labels
    if threshold is not None:
        candidates &= own > threshold
    if cap is not None:
        candidates &= _rank_within_class(own, labels, candidates) < cap
    return candidates


def _rank_within_class(scores, labels, candidates):
    """Return for each candidate how many candidates of its class come before it (others: 0)."""
    rank = np.zeros(len(labels), int)
    for label in np.unique(labels):
        members = np.flatnonzero(candidates & (labels == label))
        rank[members[np.argsort(-scores[members], kind="stable")]] = np.arange(len(members))
    return rank
