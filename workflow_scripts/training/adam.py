"""torch's Adam, for a process in which nothing is compiled."""

from inspect import unwrap

import torch


class Adam(torch.optim.Adam):
    """The same numbers as :class:`torch.optim.Adam`, without its first use importing torch's compiler (1.5 s).

    What torch wraps around these methods serves compiled code only; and around ``step``, that no gradients are kept.
    """

    add_param_group = unwrap(torch.optim.Adam.add_param_group)
    zero_grad = unwrap(torch.optim.Adam.zero_grad)
    step = torch.no_grad()(unwrap(torch.optim.Adam.step))
    state_dict = unwrap(torch.optim.Adam.state_dict)
    load_state_dict = unwrap(torch.optim.Adam.load_state_dict)
