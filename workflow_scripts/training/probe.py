"""What a recipe's network takes to be trained and applied on a device: measured on noise of the recipe's shape."""

import math
import time

import numpy as np
import pandas as pd
import torch

from workflow_scripts.common.memory import peak_memory_mb
from workflow_scripts.common.parts import load_part, part_function
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.batches import draw_batches, part_of
from workflow_scripts.training.fit import Examples, TrainingSet, train_batch
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_windows, windows_per_batch
from workflow_scripts.training.model import build_network
from workflow_scripts.training.objective import Objective
from workflow_scripts.training.segments import WindowCutter

SECONDS = 1.0
PROBED_SECONDS_OF_AUDIO = 10


def stream_shape(front_end):
    """Return (frames per second, bands) of the recipe's ``front_end``, on sounds of 10 s."""
    if "embedding" in front_end:
        embedding = front_end["embedding"]
        if pool := embedding["pool"]:
            return 1 / PROBED_SECONDS_OF_AUDIO, len(pool) * embedding["values"]
        return embedding["input"]["sample_rate"] / embedding["input"]["hop"], embedding["values"]
    parameters = dict(front_end["spectrogram"])
    part = load_part("parts.spectrograms", parameters.pop("name"))
    rate = 44100
    noise = np.random.default_rng(0).normal(0, 0.1, PROBED_SECONDS_OF_AUDIO * rate).astype(np.float32)
    frames, bands = part.spectrogram(noise, rate, **parameters).shape
    return frames / PROBED_SECONDS_OF_AUDIO, bands


def measure(recipe, classes, device, kind=multiclass, seconds=SECONDS):
    """Return a dict: what a recipe's network takes.

    ``frames_per_second`` and ``bands`` of the spectrogram; ``update_seconds`` of one update; ``window_seconds`` of
    predicting a window of inference, ``crop_seconds`` of one as they are trained on and judged by; ``peak_memory_mb``,
    the most memory that this process has ever held on the host, in MB of 10^6 bytes.

    ``recipe``: its sections front_end, network, windows and training. ``classes``: their number. ``kind``: of labels,
    see ``workflow_scripts.tasks``. ``seconds``: for about how long each of the three is measured.
    """
    frames_per_second, bands = stream_shape(recipe["front_end"])
    batch, length = recipe["training"]["batch"], round(PROBED_SECONDS_OF_AUDIO * frames_per_second)
    segments = pd.DataFrame(
        {"clip": range(batch), "first": np.arange(batch) * length, "frames": length, "minimum": 0.0}
    )
    rng = np.random.default_rng(0)
    bank = FrameBank(rng.standard_normal((batch * length, bands), dtype=np.float32), device)
    cut = WindowCutter(recipe["windows"])
    crops, windows = cut.training(segments, rng), cut.inference(segments)

    targets = np.eye(classes, dtype=np.float32)[np.arange(batch) % classes]
    training_set = TrainingSet(lambda rng: crops, targets, np.ones(batch), kind)
    examples = Examples(training_set, bank, crops, part_of(recipe["training"], "augmentation")[0])
    drawn = draw_batches(recipe["training"], kind.strata(targets)[crops["clip"].to_numpy()], rng)
    first_batch = [torch.from_numpy(part[0]).to(device) for part in drawn]
    network = build_network(recipe["network"], classes, device)
    objective = Objective(recipe["training"], network[1], targets.shape)
    optimizer = part_function("parts.optimizers", recipe["training"]["optimizer"], "build")(network.parameters())

    def update():
        network.train()
        train_batch(network, optimizer, objective, examples, *first_batch)

    def infer(table):
        placed = bank.windows(table.iloc[: windows_per_batch(table["length"].iloc[0], bands)])
        return _seconds(lambda: predict_windows(network, placed, kind), device, seconds) / len(placed)

    return {
        "frames_per_second": frames_per_second,
        "bands": bands,
        "update_seconds": _seconds(update, device, seconds),
        "window_seconds": infer(windows),
        "crop_seconds": infer(crops),
        "peak_memory_mb": peak_memory_mb(),  # after all of the above
    }


def _seconds(work, device, least):
    """Return the mean seconds that ``work`` takes, repeated for about ``least`` seconds after one run that warms up.

    On a CPU a first run that takes as long as that is enough.
    """
    cold = _timed(work, device, 1)
    if device.type == "cpu" and cold >= least:
        return cold
    once = _timed(work, device, 1)
    return _timed(work, device, math.ceil(least / once)) if once < least else once


def _timed(work, device, repeats):
    _wait(device)
    started = time.perf_counter()
    for _ in range(repeats):
        work()
    _wait(device)
    return (time.perf_counter() - started) / repeats


def _wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)
