"""The examples of the largest losses of a batch do not count (Fonseca et al., WASPAA 2019)."""

from workflow_scripts.common.parts import part_function
from workflow_scripts.parts.losses._rejection import surviving

TASKS = ("multiclass", "multilabel", "detection")
VALUES = {"above": (0, 100), "mean_over": ("batch", "survivors")}


def losses(outputs, targets, doubt, of, above, mean_over="batch"):
    """Return the losses ``of`` another part, 0 for those larger than the batch's percentile ``above``, [batch].

    Between two losses the percentile is the lower one: of 64, 93 rejects five. ``mean_over``: ``batch``, or
    ``survivors``, whose losses then grow so that the batch's mean is theirs.
    """
    found = part_function("parts.losses", of, "losses")(outputs, targets, doubt)
    return surviving(found, found.detach().quantile(above / 100, interpolation="lower"), mean_over)
