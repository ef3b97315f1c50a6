"""Weights that others published: read without running code of theirs, and held against the network they are for."""

import pickle
import re
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from workflow_scripts.common.errors import UserError

RECONSTRUCT = np.empty(0).__reduce__()[0]  # numpy's function that begins an array
ARRAYS = [  # which checkpoints of PANNs hold beside the weights; numpy 1 has the function elsewhere than numpy 2
    RECONSTRUCT,
    (RECONSTRUCT, "numpy.core.multiarray._reconstruct"),
    (RECONSTRUCT, "numpy._core.multiarray._reconstruct"),
    np.ndarray,
    np.dtype,
    type(np.dtype(np.int64)),
]
OTHER = "take the weights of this very network, at the same sizes, or name the layer among those that are ignored"


def read_state(path, left_out=()):
    """Return the weights in ``path``: name -> tensor on the CPU.

    ``path``: safetensors where its name ends so, else what ``torch.save`` wrote of a state dict, or of a dictionary
    that has it under the key ``model``. ``left_out``: layers whose weights are not wanted, as those of a front end,
    by their names or the beginning of these: ``a.b`` leaves out ``a.b.weight``, but not ``a.bc.weight``.

    Raises UserError where there is no file, it cannot be read (a pickle that could run code is not), or it holds no
    weights in either place.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; put the published weights there, or correct the path")
    content = _content(path)
    state = content.get("model", content) if isinstance(content, dict) else None
    if not (isinstance(state, dict) and state and all(isinstance(tensor, torch.Tensor) for tensor in state.values())):
        raise UserError(
            f"{path}: holds no state dict (tensors by name), neither by itself nor under the key 'model'; save that of "
            "the network alone"
        )
    return {name: tensor for name, tensor in state.items() if not _belongs(name, left_out)}


def check_state(network, state, path, ignored=(), hint=OTHER):
    """Raise UserError unless ``state`` (of :func:`read_state`) has just the weights of ``network``, in their shapes.

    ``path``: where it is from. The message names the first weight, in the order of the network, that is missing or of
    another shape, or else the first that the network does not have. ``ignored``: layers that need not fit, as a
    classifier of other classes, named as in :func:`read_state`. ``hint``: what to advise, the end of the message.
    """
    own = {name: tensor for name, tensor in network.state_dict().items() if not _belongs(name, ignored)}
    for name, tensor in own.items():
        if name not in state:
            raise UserError(f"{path}: {name}, {_shape(tensor)} in the network, is missing; {hint}")
        if state[name].shape != tensor.shape:
            there, here = _shape(state[name]), _shape(tensor)
            raise UserError(f"{path}: {name} is {there} in the file and {here} in the network; {hint}")
    for name, tensor in state.items():
        if name not in own and not _belongs(name, ignored):
            raise UserError(f"{path}: {name}, {_shape(tensor)} in the file, is unexpected: not in the network; {hint}")


def _content(path):
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals(ARRAYS):
            return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # of many kinds where a file is no checkpoint, or only a part of one
        wanted = re.search(r"GLOBAL (\S+)", str(error))  # as torch names what it does not let a pickle call
        if wanted:
            raise UserError(
                f"{path}: not read, for its pickle wants to call {wanted[1]}, and could run any code; where you trust "
                "it, save the state dict in it as safetensors"
            ) from None
        why = " ".join(f"{type(error).__name__}: {error}".split())
        if isinstance(error, pickle.UnpicklingError):  # whose words advise to let it run code
            why = "it is no pickle, or none of weights alone"
        raise UserError(f"{path}: no checkpoint that can be read ({why}); fetch the file anew") from None


def _belongs(name, layers):
    return any(f"{name}.".startswith(f"{layer}.") for layer in layers)


def _shape(tensor):
    return " x ".join(map(str, tensor.shape)) or "a single number"
