"""Batch-wise loss masking (Jeong & Lim 2018): in each batch, unverified examples of outlying loss do not count."""

from workflow_scripts.common.parts import part_function

TASKS = ("multiclass", "multilabel", "detection")
VALUES = {"above": (0, 1)}


def losses(outputs, targets, doubt, of, above):
    """Return the losses ``of`` another part, 0 for an example that is masked, [batch].

    ``above``: the share of the batch's largest loss, 0..1, from which on an unverified example is masked; of a mixture
    the larger part decides what it is. What is masked still counts in the batch's mean, as a loss of 0.
    """
    found = part_function("parts.losses", of, "losses")(outputs, targets, doubt)
    return found * unmasked(found.detach(), doubt, above)


def unmasked(losses, doubt, share):
    """Return [batch]: 0 for an example that is masked, 1 for any other."""
    outlying = losses >= share * losses.max()
    return (~(outlying & (doubt > 0.5))).float()
