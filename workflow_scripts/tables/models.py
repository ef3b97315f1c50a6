"""The model file: weights as safetensors with a JSON description in the header; it can run no code."""

import json
import zlib

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from workflow_scripts.common.errors import DamagedError, parsing
from workflow_scripts.common.files import written_whole

FILE = "<dataset>/systems/<system>/stage<s>/fold<k>/model.safetensors"


def write_model(path, tensors, description):
    """Write ``tensors`` (name -> torch tensor or array) and ``description`` (a dictionary that JSON can hold)."""
    arrays = {name: _array(tensor) for name, tensor in tensors.items()}
    described = description | {"crc32": _crc32(arrays, description)}
    with written_whole(path) as partial:  # not save_file, whose errors do not say that the disk is full
        partial.write_bytes(save(arrays, {"description": json.dumps(described, sort_keys=True)}))


def read_model(path, framework="pt"):
    """Return (tensors, description); UserError where there is none, DamagedError where it is not as written.

    ``framework``: ``pt`` for torch tensors; ``np`` for arrays, which need no torch.
    """
    with parsing(path, "a readable model"), safe_open(path, framework=framework) as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no dictionary
        description = json.loads(file.metadata()["description"])
    if description.pop("crc32", None) != _crc32({name: _array(t) for name, t in tensors.items()}, description):
        raise DamagedError(path, "its content has another checksum than when it was written")
    return tensors, description


def _array(tensor):
    """Return a torch tensor, on whichever device, or an array as a contiguous array; a copy only where it must be."""
    return np.asarray(tensor.numpy(force=True) if hasattr(tensor, "numpy") else tensor, order="C")


def _crc32(arrays, description):
    crc32 = zlib.crc32(json.dumps(description, sort_keys=True).encode())
    for name in sorted(arrays):
        crc32 = zlib.crc32(arrays[name].data, zlib.crc32(name.encode(), crc32))
    return crc32
