"""The generalised Jensen-Shannon divergence between label and prediction (Englesson & Azizpour 2021)."""

import math

from torch.special import entr

from workflow_scripts.parts.losses._probabilities import LEAST_PROBABILITY, log_probabilities, probabilities

TASKS = ("multiclass",)
VALUES = {"pi": (0.001, 0.999)}


def losses(outputs, targets, doubt, pi):
    """Return (H(m) - pi H(targets) - (1 - pi) H(p)) / Z, m = pi * targets + (1 - pi) * p, [batch], H the entropy.

    ``pi``: the label's weight. Z = -(1 - pi) log(1 - pi), so that the loss tends to cross-entropy as ``pi`` goes to 0,
    and to the mean absolute error, 1 - p, as it goes to 1. It is bounded.
    """
    p = probabilities(outputs)
    mean = pi * targets + (1 - pi) * p
    of_mean = -(mean * mean.clamp(min=LEAST_PROBABILITY).log()).sum(dim=1)
    of_prediction = -(p * log_probabilities(outputs)).sum(dim=1)
    divergence = of_mean - pi * entr(targets).sum(dim=1) - (1 - pi) * of_prediction
    return divergence / (-(1 - pi) * math.log1p(-pi))
