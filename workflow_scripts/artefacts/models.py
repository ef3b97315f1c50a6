"""The model file: weights as safetensors with a JSON description in the header; it can run no code."""

import json

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole


def write_model(path, tensors, description):
    """Write ``tensors`` (name -> tensor) and ``description`` (anything JSON can hold)."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with written_whole(path) as partial:
        save_file(tensors, partial, metadata={"description": json.dumps(description, sort_keys=True)})


def read_model(path):
    """Return (tensors, description); raises UserError where the file is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return {name: file.get_tensor(name) for name in names}, json.loads(file.metadata()["description"])
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: not a readable model ({error}); delete it and run again") from None
