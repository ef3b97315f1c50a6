"""Batch-wise loss masking (Jeong & Lim 2018): in each batch, unverified examples of outlying loss do not count."""


def unmasked(losses, doubt, share):
    """Return [batch]: 0 for an example that is masked, 1 for any other.

    ``losses``: [batch], of all examples; ``doubt``: [batch], which share of an example nobody has verified: of a
    mixture the larger part decides; ``share``: of the batch's largest loss, from which on an unverified one is masked.
    """
    outlying = losses >= share * losses.max()
    return (~(outlying & (doubt > 0.5))).float()
