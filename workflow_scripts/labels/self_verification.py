"""Which unverified clips a self-verification round accepts (Dorfer & Widmer 2018)."""

import numpy as np


def accept(probabilities, labels, threshold=0.95, cap=40, agreement=True, before=None):
    """Return a boolean array [clips]: of unverified clips those whose given label the models confirm.

    ``probabilities``: [clips, classes], each clip judged by a model that did not train on it; ``labels``: given class
    index per clip. Three conditions, each can be switched off:

    - ``agreement``: the most probable class is the given label;
    - ``threshold``: the given label's probability is above it (None: any; the authors' released code applies none);
    - ``cap``: of each class at most so many, the most probable first, over all folds together (None: all);
      of equal probabilities the earlier clip comes first.

    ``before``: boolean per clip, accepted in earlier rounds and to stay so; they count towards the cap. By default
    (None, as published) a round selects from scratch and nothing is carried over.
    """
    own = probabilities[np.arange(len(labels)), labels]
    before = np.zeros(len(labels), bool) if before is None else before
    candidates = ~before
    if agreement:
        candidates &= probabilities.argmax(axis=1) == labels
    if threshold is not None:
        candidates &= own > threshold
    if cap is not None:
        taken = np.bincount(labels[before], minlength=probabilities.shape[1])[labels]
        candidates &= taken + _rank_within_class(own, labels, candidates) < cap
    return before | candidates


def accept_over_rounds(rounds, labels, **conditions):
    """Return what :func:`accept` accepts in all ``rounds`` together: an array of probabilities each, in their order."""
    accepted = None
    for probabilities in rounds:
        accepted = accept(probabilities, labels, before=accepted, **conditions)
    return accepted


def _rank_within_class(scores, labels, candidates):
    """Return for each candidate how many candidates of its class come before it (others: 0)."""
    rank = np.zeros(len(labels), int)
    for label in np.unique(labels):
        members = np.flatnonzero(candidates & (labels == label))
        rank[members[np.argsort(-scores[members], kind="stable")]] = np.arange(len(members))
    return rank
