"""Mixup (Zhang et al. 2018): convex combinations of examples, with their targets and weights."""


def draw(count, rng, alpha):
    """Return lambda for each example, drawn from Beta(alpha, alpha)."""
    return rng.beta(alpha, alpha, (count, 1))


def mix(own, partner, drawn):
    return [weighted_sum(a, b, drawn[:, 0]) for a, b in zip(own, partner, strict=True)]


def weighted_sum(examples, partners, share):
    """Return ``share * examples + (1 - share) * partners``: tensors [batch, ...], and [batch]."""
    share = share.reshape(-1, *[1] * (examples.dim() - 1))
    return share * examples + (1 - share) * partners
