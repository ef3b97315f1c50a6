"""Adam (Kingma & Ba 2015)."""

import torch

from workflow_scripts.common.without_compiler import without_compiler

VALUES = {"epsilon": (0, None), "weight_decay": (0, None)}
Adam = without_compiler(torch.optim.Adam)


def build(parameters, epsilon=1e-8, weight_decay=0.0, betas=(0.9, 0.999)):
    """Return torch's Adam.

    ``epsilon``: added to the square root of the second moment after the correction of its bias, as in the paper's
    Algorithm 1 (Keras adds its 1e-7 before the correction). ``weight_decay``: times the weights, added to the gradient,
    so that Adam scales it like the rest. ``betas``: of the means of the gradient and of its square.
    """
    return Adam(parameters, betas=tuple(betas), eps=epsilon, weight_decay=weight_decay)
