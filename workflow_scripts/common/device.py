"""Where tensors are computed: on the CPU, or on one GPU that no other job of this machine computes on."""

import fcntl
import functools
import logging
import os
import time
from contextlib import suppress
from pathlib import Path

import torch

from workflow_scripts.common.errors import UserError

log = logging.getLogger("device")
LOCKS = Path("/tmp")  # the same folder for all jobs and users of a machine; TMPDIR can be a job's own
POLL_SECONDS = 1.0


def choose_device(name, threads, deterministic=False):
    """Return the torch device of this process, with at most ``threads`` threads computing on the CPU.

    ``name``: ``cpu``; ``cuda``, which raises UserError where no GPU is visible; ``cuda-or-cpu``, which then warns and
    takes the CPU. A single visible GPU was given by a scheduler and is taken. Of several, one is claimed that no other
    process has claimed, until this process ends; where there is none, wait for one.

    On a CPU the same seeds and inputs give the same bytes, and where ``deterministic``, on GPUs of one model too.
    """
    if deterministic:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # is read when CUDA starts
        torch.backends.cudnn.benchmark = False
    device = _device(name)
    torch.set_num_threads(threads)
    # Not use_deterministic_algorithms, which sets the same, but imports torch's compiler first: 1.3 s.
    torch.set_deterministic_debug_mode("error" if deterministic or device.type == "cpu" else "default")
    return device


def mixed_precision(device):
    """Return the context in which networks are trained: bfloat16 where a GPU computes, float32 on a CPU."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def device_name(device):
    """Return what to call ``device`` in a report, e.g. ``NVIDIA H200`` or ``CPU``."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def _device(name):
    gpus = 0 if name == "cpu" else torch.cuda.device_count()
    if gpus:
        # by UUID: its number depends on which others a process sees
        uuids = tuple(str(torch.cuda.get_device_properties(number).uuid) for number in range(gpus))
        device = torch.device("cuda", _claim(uuids) if gpus > 1 else 0)
        torch.cuda.set_device(device)
        return device
    if name == "cuda":
        raise UserError(
            "config.yaml: device is cuda, but this job sees no GPU; give it one, or set device: cuda-or-cpu or cpu"
        )
    if name == "cuda-or-cpu":
        log.warning("device is cuda-or-cpu, and this job sees no GPU: it computes on the CPU")
    return torch.device("cpu")


@functools.cache  # a process that asks again has its GPU already
def _claim(uuids):
    """Return the position in ``uuids`` of a GPU that is this process's own from now on."""
    files = [_open_for_all(LOCKS / f"gpu-{uuid}.lock") for uuid in uuids]
    told = False
    while True:
        for number, file in enumerate(files):
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system gives it back when the process ends
                os.utime(file)  # lest it look old to what cleans up /tmp
                return number
        if not told:
            log.info("other jobs compute on all %d GPUs that this one sees; waiting for one", len(uuids))
            told = True
        time.sleep(POLL_SECONDS)


def _open_for_all(path):
    """Return a descriptor of ``path``, which is made where it is missing so that every user can lock it.

    Nothing ever deletes it: a process that holds a deleted file and one that makes it anew would share a GPU.
    """
    mask = os.umask(0)
    with suppress(FileExistsError):
        path.touch(0o666, exist_ok=False)
    os.umask(mask)
    return os.open(path, os.O_RDONLY)  # Linux lets no other user open it for writing in /tmp
