"""Networks in torch, of the modules in parts/networks that have a method ``embed``, with published weights."""

from contextlib import contextmanager

import numpy as np
import torch

from workflow_scripts.common.device import choose_device
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import part_function
from workflow_scripts.common.pretrained import check_state, read_state
from workflow_scripts.parts.embeddings._model_file import check_values, in_one_line

BATCH = 8  # windows computed at a time: of ten seconds, each takes 50 MB in PANNs' Cnn14


def load(path, shape, values, device, *, network, left_out=(), ignored=()):
    """Return the function of a network in evaluation mode, in float32; on a CPU each call computes on one thread.

    ``network``: name, a module in parts/networks, and its parameters. ``left_out``: layers in the file that are no part
    of it, as those of a front end; ``ignored``: layers that the embedding does not pass, as a classifier, which need
    not fit. Layers are named as in :mod:`workflow_scripts.common.pretrained`.
    """
    # as it is chosen already, where this process computes other networks, too
    device = choose_device(device, torch.get_num_threads(), torch.get_deterministic_debug_mode() > 0)
    model = part_function("parts.networks", network, "build")(classes=1)  # whose classifier says nothing here
    if not hasattr(model, "embed"):
        raise UserError(
            f"{path}: the network {network['name']} has no embedding; correct `runtime.network` in its weights/*.yaml"
        )
    state = read_state(path, left_out)
    check_state(model, state, path, ignored)
    own = model.state_dict()
    taken = {name: state[name] for name in own if name in state and state[name].shape == own[name].shape}
    model.load_state_dict(own | taken)
    model = model.to(device).eval()

    def embed(windows):
        batches = [windows[start : start + BATCH] for start in range(0, len(windows), BATCH)]
        with torch.inference_mode(), _one_thread(device):
            vectors = [model.embed(torch.from_numpy(batch).to(device)).float().cpu().numpy() for batch in batches]
        return np.concatenate(vectors)

    try:
        vector = embed(np.zeros((1, *shape), np.float32))
    except RuntimeError as error:
        raise UserError(
            f"{path}: the network {network['name']} cannot take windows of {' x '.join(map(str, shape))} values "
            f"({in_one_line(error)}); correct `input` in its weights/*.yaml"
        ) from None
    check_values(path, vector, values)
    return embed


@contextmanager
def _one_thread(device):
    """On a CPU, let what the calling thread computes stay on it: clips are computed side by side."""
    before = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if device.type == "cpu":
            torch.set_num_threads(before)
