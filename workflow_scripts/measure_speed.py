"""Rule measure_speed: how fast this device trains the systems' networks, before anything is trained."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.tables import write_table
from workflow_scripts.common.device import choose_device, device_name
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.training.probe import measure

log = logging.getLogger("measure_speed")


def main(*, speeds: Path, settings: dict, threads: int, device: str):
    """Train and apply the network of each system for some seconds, on noise.

    ``speeds``: CSV, one row per system: system, device, threads, frames_per_second, update_seconds, window_seconds,
    crop_seconds. ``settings``: classes, and per system the recipe's sections front_end, network, windows, training.
    """
    device = choose_device(device, threads)
    name = device_name(device)
    log.info("measuring %d networks on %s with %d threads", len(settings["systems"]), name, threads)
    rows = []
    for system, recipe in progress(settings["systems"].items(), "measuring", "system", total=len(settings["systems"])):
        rows.append(
            {"system": system, "device": name, "threads": threads} | measure(recipe, len(settings["classes"]), device)
        )
        log.info("%s", rows[-1])
    write_table(pd.DataFrame(rows), speeds)


if __name__ == "__main__":
    run(main)
