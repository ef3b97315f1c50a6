"""The L_q loss, generalised cross-entropy (Zhang & Sabuncu 2018): improbable labels pull less than by cross-entropy."""

import torch

from workflow_scripts.parts.losses._probabilities import probabilities

TASKS = ("multiclass",)
VALUES = {"q": (1e-6, 1)}
LEAST_PROBABILITY = 1e-8  # added to each, as in Fonseca et al.'s code


def losses(outputs, targets, doubt, q=0.7):
    """Return the sum over classes of target * (1 - p^q) / q, [batch].

    ``q``: above 0, where it tends to cross-entropy, up to 1, the mean absolute error but for a factor. By a hard target
    only the labelled class counts; a soft one weighs the classes' losses.
    """
    log_p = (probabilities(outputs) + LEAST_PROBABILITY).log()
    return -(targets * torch.expm1(q * log_p)).sum(dim=1) / q
