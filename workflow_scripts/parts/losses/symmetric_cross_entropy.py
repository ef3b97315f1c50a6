"""Symmetric cross-entropy (Wang et al. 2019): of prediction by label, and of label by prediction."""

import math

from workflow_scripts.parts.losses import cross_entropy
from workflow_scripts.parts.losses._probabilities import probabilities

TASKS = ("multiclass",)
VALUES = {"alpha": (0, None), "beta": (0, None), "log_zero": (-100, 0)}


def losses(outputs, targets, doubt, alpha, beta, log_zero=-4.0):
    """Return ``alpha`` * -sum(targets * log p) + ``beta`` * -sum(p * log targets), [batch].

    ``log_zero``: what the logarithm of a target of 0 counts as, and any other's at least; A in the paper, log 1e-4 in
    the authors' code. Of a hard target the second sum is -A * (1 - p), the mean absolute error but for a factor.
    """
    reverse = -(probabilities(outputs) * targets.clamp(min=math.exp(log_zero)).log()).sum(dim=1)
    return alpha * cross_entropy.losses(outputs, targets, doubt) + beta * reverse
