"""Early-learning regularisation (Liu et al. 2020): what a network has long said of a clip, it keeps to."""

import torch

from workflow_scripts.common.parts import part_function
from workflow_scripts.parts.losses._probabilities import probabilities

TASKS = ("multiclass",)
VALUES = {"momentum": (0, 1), "strength": (0, None)}
REMEMBERS = True
LEAST_PROBABILITY = 1e-4  # the authors' code clips at it, so that the logarithm is finite


def losses(outputs, targets, doubt, memory, clips, of, momentum, strength):
    """Return the losses ``of`` another part + ``strength`` * log(1 - <p, t>), [batch]; t: the memory of its clip.

    ``momentum`` (beta in the paper): share of a clip's memory that stays in an update, which first moves it towards the
    prediction, the mean over its windows in the batch. ``strength`` (lambda): of the regularisation.
    """
    p = probabilities(outputs).clamp(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    _remember(memory, clips, (p / p.sum(dim=1, keepdim=True)).detach(), momentum)
    agreement = (memory[clips] * p).sum(dim=1)
    return part_function("parts.losses", of, "losses")(outputs, targets, doubt) + strength * (1 - agreement).log()


def _remember(memory, clips, predictions, momentum):
    """Move the rows ``clips`` of ``memory``, in place, towards the mean of their ``predictions``."""
    totals = torch.zeros_like(memory).index_add_(0, clips, predictions)
    counts = torch.zeros_like(memory[:, 0]).index_add_(0, clips, torch.ones_like(predictions[:, 0]))
    means = totals[clips] / counts[clips, None]
    memory[clips] = momentum * memory[clips] + (1 - momentum) * means
