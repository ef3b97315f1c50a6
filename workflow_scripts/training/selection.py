"""Which epochs' weights a training keeps."""

from dataclasses import dataclass


@dataclass
class Candidate:
    """The weights after ``epoch``; ``score`` is measured on the verified held-out clips, lower is better."""

    epoch: int
    score: float
    weights: dict


def keep(kept, candidate, rule, count, after=0):
    """Return the at most ``count`` candidates to keep, the preferred one first.

    ``rule``: ``best`` keeps the lowest scores (Dorfer & Widmer: validation loss, 1; Iqbal et al.: MAP@3, 4),
    an earlier epoch before a later one of the same score; ``last`` keeps the latest epochs. The first epochs, ``after``
    of them, cannot be chosen: a training that is not longer keeps its last epoch.
    """
    order = {"best": lambda c: (c.score, c.epoch), "last": lambda c: -c.epoch}[rule]
    choice = [one for one in [*kept, candidate] if one.epoch > after] or [candidate]
    return sorted(choice, key=order)[:count]
