"""Cross-entropy of a softmax, for clips of one class each."""

from workflow_scripts.parts.losses._probabilities import log_probabilities

TASKS = ("multiclass",)


def losses(outputs, targets, doubt):
    """Return -sum(targets * log softmax(outputs)), [batch]; targets may be soft, and sum to one.

    Probabilities below 1e-7 count as 1e-7, and have no gradient.
    """
    return -(targets * log_probabilities(outputs)).sum(dim=1)
