"""A loss of clips of one class, for clips of any number of classes: each class is a question of yes or no."""

import torch

from workflow_scripts.common.parts import part_function
from workflow_scripts.parts.losses._probabilities import LEAST_PROBABILITY, precise

TASKS = ("multilabel", "detection")
OF_TASK = "multiclass"


def losses(outputs, targets, doubt, of):
    """Return the mean over classes of the loss ``of`` two probabilities, sigmoid(output) and the rest, [batch].

    They are those of a softmax of (output, 0), and their targets (target, 1 - target). What ``of`` compares in a batch,
    such as a threshold, it compares over all examples and classes. Of frames the mean of a clip's probabilities is
    taken, and of their targets.
    """
    outputs = precise(outputs)
    if outputs.dim() == 3:
        outputs = outputs.sigmoid().mean(dim=1).logit(eps=LEAST_PROBABILITY)
    if targets.dim() == 3:
        targets = targets.mean(dim=1)
    logits = torch.stack([outputs, torch.zeros_like(outputs)], dim=2).flatten(0, 1)
    answers = torch.stack([targets, 1 - targets], dim=2).flatten(0, 1)
    of_answers = part_function("parts.losses", of, "losses")(logits, answers, doubt.repeat_interleave(outputs.shape[1]))
    return of_answers.reshape(outputs.shape).mean(dim=1)
