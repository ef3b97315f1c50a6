"""The focal loss (Lin et al. 2017): examples that the network is sure of count less than by cross-entropy."""

import torch

from workflow_scripts.parts.losses._probabilities import log_probabilities

TASKS = ("multiclass",)
VALUES = {"gamma": (0, None)}
LEAST_DOUBT = 1e-7  # of a certain prediction: below a power of 1 the slope at 0 is infinite


def losses(outputs, targets, doubt, gamma=2.0):
    """Return the sum over classes of -target * (1 - p)^gamma * log p, [batch]; with ``gamma`` 0 cross-entropy.

    The paper's factor alpha, which balances classes, is a matter of the clips' weights.
    """
    log_p = log_probabilities(outputs)
    return -(targets * (-torch.expm1(log_p)).clamp(min=LEAST_DOUBT) ** gamma * log_p).sum(dim=1)
