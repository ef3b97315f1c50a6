"""Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (Sutskever et al. 2013)."""

import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.without_compiler import without_compiler

VALUES = {"momentum": (0, 1), "weight_decay": (0, None)}
Sgd = without_compiler(torch.optim.SGD)


def build(parameters, momentum=0.0, nesterov=False, weight_decay=0.0):
    """Return torch's SGD: v = momentum * v + gradient; weights -= learning rate * v.

    ``nesterov``: the step is momentum * v + gradient instead. ``weight_decay``: times the weights, added to the
    gradient. Raises UserError for ``nesterov`` without momentum.
    """
    if nesterov and momentum == 0:
        raise UserError("training.optimizer: sgd: nesterov needs a momentum, such as 0.9")
    return Sgd(parameters, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
