"""The state of a training between two updates: the network's weights, and what the optimizer has come to."""

from dataclasses import dataclass, field

import torch


@dataclass
class State:
    """Where a training has ended, so that another one can go on from there."""

    tensors: dict = field(repr=False)  # see :func:`tensors_of`
    history: list  # a dict per epoch, the rows of its history


def tensors_of(network, optimizer):
    """Return name -> tensor of all that the two have come to."""
    tensors = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
    for i, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{i}/{name}": tensor for name, tensor in state.items()}
    return tensors


def restore(network, optimizer, tensors):
    """Let ``network`` and ``optimizer`` be as they were when :func:`tensors_of` returned ``tensors``.

    The optimizer's parameters are those of its groups, one after the other; its rates and decay stay as they are.
    """
    network.load_state_dict(below(tensors, "network/"))
    parameters = enumerate(parameter for group in optimizer.param_groups for parameter in group["params"])
    states = {i: _laid_out_like(parameter, below(tensors, f"optimizer/{i}/")) for i, parameter in parameters}
    optimizer.load_state_dict(optimizer.state_dict() | {"state": states})


def below(tensors, prefix):
    """Return those ``tensors`` whose names begin with ``prefix``, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _laid_out_like(parameter, state):
    """Return an optimizer's ``state`` with its moments in ``parameter``'s memory order: updates stay fast and exact."""
    return {
        name: torch.empty_like(parameter).copy_(tensor) if tensor.shape == parameter.shape else tensor.clone()
        for name, tensor in state.items()
    }
