"""Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

import torch

from workflow_scripts.common.without_compiler import without_compiler

VALUES = {"epsilon": (0, None), "weight_decay": (0, None)}
AdamW = without_compiler(torch.optim.AdamW)


def build(parameters, weight_decay=0.01, epsilon=1e-8, betas=(0.9, 0.999)):
    """Return torch's AdamW.

    ``weight_decay``: times the learning rate, the share that every weight loses in an update, beside Adam's own step.
    ``epsilon`` and ``betas``: as of ``adam``.
    """
    return AdamW(parameters, betas=tuple(betas), eps=epsilon, weight_decay=weight_decay)
