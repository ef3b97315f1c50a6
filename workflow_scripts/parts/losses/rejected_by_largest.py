"""Examples of a loss near the largest one of the batch do not count: CCE_max of Fonseca et al., ICASSP 2019."""

from workflow_scripts.common.parts import part_function
from workflow_scripts.parts.losses._rejection import surviving

TASKS = ("multiclass", "multilabel", "detection")
VALUES = {"above": (0, 1), "mean_over": ("batch", "survivors")}


def losses(outputs, targets, doubt, of, above, mean_over="batch"):
    """Return the losses ``of`` another part, 0 for those larger than ``above`` times the batch's largest, [batch].

    ``mean_over``: ``batch``, or ``survivors``, whose losses then grow so that the batch's mean is theirs. Beside this,
    ``masked_in_batch`` (Jeong & Lim 2018) looks at who has verified an example, and masks a loss at the threshold, too.
    """
    found = part_function("parts.losses", of, "losses")(outputs, targets, doubt)
    return surviving(found, above * found.detach().max(), mean_over)
