"""Mixup (Zhang et al. 2018): convex combinations of examples, their labels and their weights."""


def mixup(examples, partners, share):
    """Return ``share * examples + (1 - share) * partners`` for a batch.

    ``examples`` and ``partners``: equally shaped tensors [batch, ...] (inputs, one-hot labels or weights);
    ``share``: [batch], lambda drawn per example from Beta(alpha, alpha).
    """
    share = share.reshape(-1, *[1] * (examples.dim() - 1))
    return share * examples + (1 - share) * partners
