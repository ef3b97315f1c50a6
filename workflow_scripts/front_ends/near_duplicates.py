"""Pairs of vectors that point nearly the same way, without all cosines in memory."""

import numpy as np

BLOCK = 500  # vectors that are compared with all others at a time
NEAREST = 20  # so many pairs of one vector with later ones at most: of a thousand silent clips all pairs are alike


def alike(vectors, least):
    """Yield (first, second, cosine) of the pairs of ``vectors`` [n, values] whose cosine is at least ``least``.

    ``first`` < ``second`` are numbers of rows. Of more than NEAREST later vectors that are as near, the nearest are
    told of, the first ones of equals. A vector of zeros is like no other.
    """
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(float).tiny)
    for start in range(0, len(directions), BLOCK):
        block = directions[start : start + BLOCK]
        for number, cosines in enumerate(block @ directions[start:].T):
            later = number + 1 + np.flatnonzero(cosines[number + 1 :] >= least)
            for other in later[np.argsort(-cosines[later], kind="stable")[:NEAREST]]:
                yield start + number, int(start + other), min(float(cosines[other]), 1.0)
