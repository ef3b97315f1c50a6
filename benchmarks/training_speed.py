"""How fast a network trains here, beside a plain PyTorch input pipeline and beside what the device can do.

    python -m benchmarks.training_speed --device cuda

Trains a network of Dorfer & Widmer at its published size on noise of the real data's shape, in three ways that share
network, loss, optimiser and precision and differ in where the batches come from:

- `this project`: crops are gathered on the device from all frames, by index arithmetic;
- `DataLoader`: worker processes read a .npy file per clip, repeat and crop it; mixup on the device;
- `no data path`: the same batch again and again, which is the device's own limit for this network.

Prints updates per second as Markdown, the ratio to the limit, the share of the device's matrix-product peak, and what
follows for the real data (FSDKaggle2018: 3,710 verified and 5,763 unverified training clips).
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from workflow_scripts.common.device import choose_device, device_name, mixed_precision
from workflow_scripts.parts.augmentations import mixup
from workflow_scripts.parts.losses.cross_entropy import losses
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.study import published_study
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.batches import draw_batches
from workflow_scripts.training.cost import hours
from workflow_scripts.training.fit import Examples, TrainingSet, train_batch
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.model import build_network
from workflow_scripts.training.objective import Objective
from workflow_scripts.training.plan import estimated_recipe
from workflow_scripts.training.probe import measure, stream_shape
from workflow_scripts.training.segments import WindowCutter

NETWORKS = ["dorfer-a", "dorfer-b", "dorfer-c"]
CLASSES = 41
VERIFIED, UNVERIFIED, TEST = 3710, 5763, 1600
MEAN_SECONDS = 6.8  # of a training clip of FSDKaggle2018


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--system", choices=NETWORKS, default="dorfer-b")
    parser.add_argument("--updates", type=int, default=20, help="measured updates of each way, after two that warm up")
    parser.add_argument(
        "--clips", type=int, help="clips of noise; by default 300 on a CPU, all of the real data on a GPU"
    )
    parser.add_argument("--workers", type=int, default=min(8, os.cpu_count()), help="processes of the DataLoader")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.clips = options.clips or (300 if options.device == "cpu" else VERIFIED + UNVERIFIED)
    device = choose_device(options.device, options.threads)
    torch.manual_seed(0)
    recipe = read_recipe(options.system, {})
    frames_per_second, bands = stream_shape(recipe["front_end"])
    frames = int(MEAN_SECONDS * frames_per_second)
    noise = np.random.default_rng(0).standard_normal((options.clips * frames, bands), dtype=np.float32)

    before = no_data_path(recipe, bands, device, options)
    ways = {
        "this project": this_project(recipe, noise, frames, device, options),
        "DataLoader over .npy files": data_loader(recipe, noise, frames, device, options),
    }
    # the reference before and after the others: a busy machine changes its speed
    limit = (before + no_data_path(recipe, bands, device, options)) / 2
    ways["no data path"] = limit
    flops = flops_of_update(recipe, bands)
    peak = matrix_product_peak(device)
    where = device_name(device) + (f", {options.threads} threads" if device.type == "cpu" else ", bfloat16")
    print(f"{options.system}, batch {recipe['training']['batch']}, {recipe['windows']['frames']} frames, {where}")
    print(f"{flops / 1e12:.2f} TFLOP an update; matrix products: {peak / 1e12:.2f} TFLOP/s\n")
    print("| batches from | updates/s | of the limit | of the matrix-product peak |\n|---|---|---|---|")
    for name, seconds in ways.items():
        print(f"| {name} | {1 / seconds:.3g} | {limit / seconds:.1%} | {flops / seconds / peak:.1%} |")
    print()
    report_real_size(options.system, ways["this project"], device)


# ---------------------------------------------------------------- three ways


def this_project(recipe, noise, frames, device, options):
    """Return seconds per update."""
    clips = np.arange(options.clips)
    segments = pd.DataFrame({"clip": clips, "first": clips * frames, "frames": frames, "minimum": 0.0})
    cut, bank = WindowCutter(recipe["windows"]), FrameBank(noise, device)
    targets = np.eye(CLASSES, dtype=np.float32)[clips % CLASSES]
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), targets, np.ones(len(clips)), multiclass)
    network, optimizer = new_network(recipe, device)
    objective, rng = Objective(recipe["training"], network[1]), np.random.default_rng(0)

    def updates():
        while True:  # epochs
            table = training_set.windows(rng)
            examples = Examples(training_set, bank, table, mixup)
            drawn = draw_batches(recipe["training"], multiclass.strata(targets)[table["clip"].to_numpy()], rng)
            for batch in zip(*(torch.from_numpy(part).to(device) for part in drawn), strict=True):
                yield train_batch(network, optimizer, objective, examples, *batch)

    return seconds_of(updates(), device, options.updates)


class ClipFiles(Dataset):
    """One .npy file per clip: repeated along time, cut at the published length, cropped at random."""

    def __init__(self, paths, windows):
        self.paths, self.length, self.tiled = paths, windows["frames"], windows["tiled"]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, clip):
        spectrogram = np.load(self.paths[clip])
        spectrogram = np.tile(spectrogram, (-(-self.tiled // len(spectrogram)), 1))[: self.tiled]
        start = torch.randint(self.tiled - self.length, ()).item()
        return spectrogram[start : start + self.length], clip % CLASSES


def data_loader(recipe, noise, frames, device, options):
    """Return seconds per update."""
    network, optimizer = new_network(recipe, device)
    alpha, batch = recipe["training"]["augmentation"]["alpha"], recipe["training"]["batch"]
    share_of = torch.distributions.Beta(alpha, alpha)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{clip}.npy" for clip in range(options.clips)]
        for clip, path in enumerate(paths):
            np.save(path, noise[clip * frames : (clip + 1) * frames])
        loader = DataLoader(
            ClipFiles(paths, recipe["windows"]),
            batch,
            shuffle=True,
            drop_last=True,
            num_workers=options.workers,
            persistent_workers=options.workers > 0,
            pin_memory=device.type == "cuda",
        )

        def updates():
            while True:  # epochs
                for inputs, labels in loader:
                    x = inputs.to(device, non_blocking=True)
                    y = torch.nn.functional.one_hot(labels.to(device), CLASSES).float()
                    share = share_of.sample((len(x), 1)).to(device)
                    yield update(network, optimizer, *mixup.mix((x, y), (x.flip(0), y.flip(0)), share))

        return seconds_of(updates(), device, options.updates)


def no_data_path(recipe, bands, device, options):
    """Return seconds per update."""
    network, optimizer = new_network(recipe, device)
    batch, length = recipe["training"]["batch"], recipe["windows"]["frames"]
    x = torch.randn(batch, length, bands, device=device)
    y = torch.nn.functional.one_hot(torch.arange(batch, device=device) % CLASSES, CLASSES).float()

    def updates():
        while True:
            yield update(network, optimizer, x, y)

    return seconds_of(updates(), device, options.updates)


def new_network(recipe, device):
    network = build_network(recipe["network"], CLASSES, device).train()
    return network, torch.optim.Adam(network.parameters())


def update(network, optimizer, x, y):
    with mixed_precision(x.device):
        logits = network(x)
    loss = losses(logits, y, doubt=None).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def seconds_of(updates, device, count):
    for _ in range(2):
        next(updates)
    wait(device)
    started = time.perf_counter()
    for _ in range(count):
        next(updates)
    wait(device)
    return (time.perf_counter() - started) / count


# ---------------------------------------------------------------- the device


def flops_of_update(recipe, bands):
    """Return the floating-point operations of one update: forward and backward pass."""
    network = build_network(recipe["network"], CLASSES, torch.device("cpu"))
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(1, recipe["windows"]["frames"], bands)).sum().backward()
    return counter.get_total_flops() * recipe["training"]["batch"]


def matrix_product_peak(device):
    """Return the operations per second of large square matrix products, in the precision that training computes in."""
    size, dtype = (8192, torch.bfloat16) if device.type == "cuda" else (2048, torch.float32)
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))

    def products():
        while True:
            yield a @ b

    return 2 * size**3 / seconds_of(products(), device, 20)


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


# ---------------------------------------------------------------- what follows for the real data


def report_real_size(system, seconds_per_update, device):
    recipes = {name: read_recipe(name, {}) for name in NETWORKS}
    speeds = {name: measure(recipe, CLASSES, device) for name, recipe in recipes.items()}
    recipe, crops = recipes[system], recipes[system]["stages"]["self_verification"]["labels"]["crops"]
    learned = (VERIFIED + UNVERIFIED) * (recipe["folds"] - 1) // recipe["folds"]
    updates = -(-learned // recipe["training"]["batch"])
    judging = UNVERIFIED * crops * speeds[system]["crop_seconds"]
    total = sum(system_hours(name, speeds[name]) for name in NETWORKS)
    print(f"epochs per minute on {learned:,} clips, {updates} updates each: {60 / seconds_per_update / updates:.3g}")
    print(f"judging {UNVERIFIED:,} clips with {crops} crops each: {judging:.3g} s")
    print(f"projected, {', '.join(NETWORKS)} in full, 12 models and ten rounds: {total:.3g} hours on one device")
    if device.type == "cuda":
        print(f"memory: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB at most")


def system_hours(system, speed):
    count = VERIFIED + UNVERIFIED
    clips = pd.DataFrame(
        {
            "split": ["train"] * count + ["test"] * TEST,
            "label": np.arange(count + TEST) % CLASSES,
            "manually_verified": [1] * VERIFIED + [0] * UNVERIFIED + [1] * TEST,
            "seconds": MEAN_SECONDS,
            "usage": "",
        }
    )
    return sum(stage["hours"] for stage in hours(estimated_recipe(published_study(), system), clips, speed))


if __name__ == "__main__":
    main()
