"""Examples of an outlying loss do not count: CCE_outlier of Fonseca et al., ICASSP 2019."""

from workflow_scripts.common.parts import part_function
from workflow_scripts.parts.losses._rejection import surviving

TASKS = ("multiclass", "multilabel", "detection")
VALUES = {"above": (0, None), "mean_over": ("batch", "survivors")}


def losses(outputs, targets, doubt, of, above, mean_over="batch"):
    """Return the losses ``of`` another part, 0 for those more than ``above`` deviations over the median, [batch].

    The standard deviation is that of the batch as a population; the median of an even number is the mean of the two in
    the middle. ``mean_over``: ``batch``, or ``survivors``, whose losses then grow so that the batch's mean is theirs.
    """
    found = part_function("parts.losses", of, "losses")(outputs, targets, doubt)
    given = found.detach()
    return surviving(found, given.quantile(0.5) + above * given.std(correction=0), mean_over)
