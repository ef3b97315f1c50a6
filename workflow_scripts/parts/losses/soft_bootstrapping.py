"""Soft bootstrapping (Reed et al. 2015): the network's own probabilities are a part of the target."""

from workflow_scripts.parts.losses._probabilities import log_probabilities

TASKS = ("multiclass",)
VALUES = {"beta": (0, 1)}


def losses(outputs, targets, doubt, beta):
    """Return the cross-entropy with ``beta`` * targets + (1 - ``beta``) * p, [batch].

    The gradient flows through that p, too: the loss is ``beta`` times cross-entropy plus 1 - ``beta`` times the entropy
    of the prediction.
    """
    log_p = log_probabilities(outputs)
    return -((beta * targets + (1 - beta) * log_p.exp()) * log_p).sum(dim=1)
