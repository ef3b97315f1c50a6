"""Where tensors are computed."""

import torch

from workflow_scripts.common.errors import UserError


def choose_device(name, threads):
    """Return the torch device ``name`` (cpu or cuda), with at most ``threads`` threads computing on the CPU.

    On a CPU the same seeds and inputs give the same bytes. Raises UserError where cuda is asked for and no GPU is
    visible: falling back to the CPU is the user's choice, never silent.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("config.yaml: device is cuda, but this job sees no GPU; give it one or set device: cpu")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(name == "cpu")
    return torch.device(name)


def device_name(device):
    """Return what to call ``device`` in a report, e.g. ``NVIDIA H200`` or ``CPU``."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
