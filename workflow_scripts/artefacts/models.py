"""The model file: weights as safetensors with a JSON description in the header; it can run no code."""

import json
import zlib

from safetensors import safe_open
from safetensors.torch import save

from workflow_scripts.common.errors import DamagedError, parsing
from workflow_scripts.common.files import written_whole


def write_model(path, tensors, description):
    """Write ``tensors`` (name -> tensor) and ``description`` (a dictionary of anything JSON can hold)."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    described = description | {"crc32": _crc32(tensors, description)}
    with written_whole(path) as partial:  # not save_file, whose errors do not say that the disk is full
        partial.write_bytes(save(tensors, {"description": json.dumps(described, sort_keys=True)}))


def read_model(path):
    """Return (tensors, description); UserError where there is none, DamagedError where it is not as written."""
    with parsing(path, "a readable model"), safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no dictionary
        description = json.loads(file.metadata()["description"])
    if description.pop("crc32", None) != _crc32(tensors, description):
        raise DamagedError(path, "its content has another checksum than when it was written")
    return tensors, description


def _crc32(tensors, description):
    crc32 = zlib.crc32(json.dumps(description, sort_keys=True).encode())
    for name in sorted(tensors):
        crc32 = zlib.crc32(tensors[name].numpy().data, zlib.crc32(name.encode(), crc32))
    return crc32
