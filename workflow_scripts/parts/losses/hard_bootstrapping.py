"""Hard bootstrapping (Reed et al. 2015): the class that the network finds most probable is a part of the target."""

from torch.nn.functional import one_hot

from workflow_scripts.parts.losses._probabilities import log_probabilities

TASKS = ("multiclass",)
VALUES = {"beta": (0, 1)}


def losses(outputs, targets, doubt, beta):
    """Return the cross-entropy with ``beta`` * targets + (1 - ``beta``) * the most probable class, [batch].

    The first one of equally probable classes. No gradient flows through the choice.
    """
    log_p = log_probabilities(outputs)
    chosen = one_hot(log_p.argmax(dim=1), log_p.shape[1])
    return -((beta * targets + (1 - beta) * chosen) * log_p).sum(dim=1)
