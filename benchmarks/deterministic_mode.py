"""What the deterministic mode costs: updates per second with it, beside those without it in the same run.

    python -m benchmarks.deterministic_mode

Trains Dorfer & Widmer's and Iqbal et al.'s plain networks on one batch of noise: at their published sizes on a GPU
where one is visible, else with 12 filters in the first block on the CPU. Each mode trains twice, in processes of their
own (cuBLAS takes up the mode when CUDA starts), in the order without, with, with, without. Prints the speed of the
faster one of each mode as Markdown, the ratio, and whether the two ended with the same bytes.
"""

import argparse
import hashlib
import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import torch

from benchmarks.training_speed import CLASSES, new_network, seconds_of, update
from workflow_scripts.common.device import choose_device, device_name
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.training.probe import stream_shape

SYSTEMS = ["dorfer-b", "iqbal-vgg13-a"]
NARROW = {"network": {"width": 12}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=20, help="measured updates of each training, after two")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as own_process:
        modes = [False, True, True, False]
        runs = list(own_process.map(trainings, modes, [options.updates] * 4, [options.threads] * 4))
    print(f"{runs[0]['where']}, {options.updates} updates\n")
    print("| network | updates/s without | with | ratio | same bytes twice without | with |\n|---|---|---|---|---|---|")
    for system in SYSTEMS:
        (a, first), (b, second), (c, third), (d, fourth) = (run[system] for run in runs)
        without, with_it = 1 / min(a, d), 1 / min(b, c)
        same = " | ".join("yes" if equal else "no" for equal in (first == fourth, second == third))
        print(f"| {system} | {without:.3g} | {with_it:.3g} | {with_it / without:.3f} | {same} |")


def trainings(deterministic, updates, threads):
    """Return a dict: ``where`` they were computed, and system -> (seconds per update, digest of the weights)."""
    device = choose_device("cuda-or-cpu", threads, deterministic)
    torch.use_deterministic_algorithms(deterministic)  # which a CPU is in any case
    sizes = {} if device.type == "cuda" else dict.fromkeys(SYSTEMS, NARROW)
    size = "12 filters in the first block, float32" if sizes else "published sizes, bfloat16"
    runs = {system: training(read_recipe(system, sizes), device, updates) for system in SYSTEMS}
    return runs | {"where": f"{device_name(device)}, {threads} thread(s), {size}"}


def training(recipe, device, updates):
    torch.manual_seed(0)
    batch, windows = recipe["training"]["batch"], recipe["windows"]
    frames = windows.get("frames") or windows["length"]
    inputs = torch.randn(batch, frames, stream_shape(recipe["front_end"])[1]).to(device)
    targets = torch.nn.functional.one_hot(torch.arange(batch) % CLASSES, CLASSES).float().to(device)
    network, optimizer = new_network(recipe, device)
    updating = (update(network, optimizer, inputs, targets) for _ in itertools.count())
    seconds = seconds_of(updating, device, updates)
    digest = hashlib.sha256()
    for tensor in network.state_dict().values():
        digest.update(tensor.cpu().numpy().tobytes())
    return seconds, digest.hexdigest()


if __name__ == "__main__":
    main()
