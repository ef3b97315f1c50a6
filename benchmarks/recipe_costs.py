"""What a training takes at the published size on one CPU core: the section `cost` of each recipe.

    OMP_NUM_THREADS=1 python -m benchmarks.recipe_costs

The probe of rule measure_speed, each network in a process of its own, by the processor's time, which other processes
disturb little. It takes one to three minutes a network. The clips are made up: as many as in FSDKaggle2018, and of its
mean length, or of 10 s where a system detects events. `prediction` is what predicting a clip takes, in units of
`clip_seconds`; the requests count on 2 at most.
"""

import argparse
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from types import SimpleNamespace

import pandas as pd
import torch

from workflow_scripts.common.parts import load_part
from workflow_scripts.front_ends.plan import made_from
from workflow_scripts.study.recipes import SYSTEMS, read_recipe
from workflow_scripts.study.study import published_study
from workflow_scripts.training import probe
from workflow_scripts.training.cost import HOUR, JOB_SECONDS, hours, parts
from workflow_scripts.training.plan import estimated_recipe

CLASSES = 41
VERIFIED, UNVERIFIED, TEST = 3710, 5763, 1600
CLIP_SECONDS = 6.8  # mean length of a clip
SOUNDSCAPE_SECONDS = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = sorted(path.stem for path in SYSTEMS.glob("*.yaml"))
    parser.add_argument("systems", nargs="*", default=names, help="by default all")
    columns = ["recipe", "clip_seconds", "clip_mb", "memory_mb", "prediction"]
    print("".join(f"{name:>14}" for name in columns))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for row in pool.map(cost, parser.parse_args().systems):
            print(
                "".join(f"{value:>14.2g}" if isinstance(value, float) else f"{value:>14}" for value in row), flush=True
            )


def cost(system):
    """Return the recipe, its three figures and how many times ``clip_seconds`` it takes to predict a clip."""
    probe.time = SimpleNamespace(perf_counter=time.process_time)
    torch.set_num_threads(1)
    recipe = read_recipe(system, {})
    recipe = recipe | {"front_end": made_from(recipe["front_end"])}
    kind = load_part("tasks", recipe["task"])
    return system, *figures(system, recipe, probe.measure(recipe, CLASSES, torch.device("cpu"), kind))


def figures(system, recipe, speed):
    """Return clip_seconds, clip_mb, memory_mb and the prediction's share by what the probe has measured."""
    keep = recipe["training"]["checkpoint_selection"]["count"]
    estimated = estimated_recipe(published_study(), system)
    models, share = estimated["trained_folds"], 1 - 1 / parts(estimated)
    learned = (VERIFIED + UNVERIFIED) * share * estimated["stages"][0]["epochs"]
    pretraining = sum(stage.get("pretrains", False) for stage in estimated["stages"])  # after which one answers
    once = estimated | {"stages": [_once(stage) for stage in estimated["stages"][: pretraining + 1]]}
    if recipe["detection"]:
        clips = made_up_clips(SOUNDSCAPE_SECONDS)
        predicted = len(clips) * models * keep
    else:
        clips = made_up_clips(CLIP_SECONDS)
        predicted = TEST * models * keep
    rows = hours(once, clips, speed)
    training, prediction = rows[0], rows[-1]
    clip_seconds = (training["hours"] * HOUR / training["jobs"] - JOB_SECONDS) / learned
    prediction_seconds = (prediction["hours"] * HOUR - JOB_SECONDS) / predicted
    clip_mb = (training["memory_mb"] - speed["peak_memory_mb"]) / len(clips)
    return clip_seconds, clip_mb, round(speed["peak_memory_mb"] / 100) * 100, prediction_seconds / clip_seconds


def _once(stage):
    """Return the stage for one round, on all clips where it learns from some: each takes as long."""
    some = stage["learn_from"] not in ("all", "unlabelled")
    return stage | {"repeat": 1} | ({"learn_from": "all", "validate_on": "all"} if some else {})


def made_up_clips(seconds):
    count = VERIFIED + UNVERIFIED + TEST
    return pd.DataFrame(
        {
            "split": ["train"] * (VERIFIED + UNVERIFIED) + ["test"] * TEST,
            "manually_verified": [1] * VERIFIED + [0] * UNVERIFIED + [1] * TEST,
            "label": [f"class {number % CLASSES}" for number in range(count)],
            "seconds": float(seconds),
            "usage": "",
        }
    )


if __name__ == "__main__":
    main()
