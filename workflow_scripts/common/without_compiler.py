"""torch's optimizers, for a process in which nothing is compiled."""

from inspect import unwrap

import torch


def without_compiler(optimizer):
    """Return a subclass of ``optimizer``: the same numbers, without its first use importing torch's compiler (1.5 s).

    What torch wraps around these methods serves compiled code only; and around ``step``, that no gradients are kept.
    """
    names = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    methods = {name: unwrap(getattr(optimizer, name)) for name in names}
    return type(optimizer.__name__, (optimizer,), methods | {"step": torch.no_grad()(unwrap(optimizer.step))})
