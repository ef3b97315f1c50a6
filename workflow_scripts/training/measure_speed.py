"""Rule measure_speed: what a system's network takes on this device, before anything is trained."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.common.device import choose_device, device_name
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.tables.tables import write_table
from workflow_scripts.training.probe import measure

log = logging.getLogger("measure_speed")


def main(*, speed: Path, settings: dict, threads: int, device: str, deterministic: int):
    """Train and apply the network of a system for some seconds, on noise.

    ``speed``: CSV of one row: device, threads, and what :func:`workflow_scripts.training.probe.measure` returns.
    ``settings``: classes (their number), labels (their kind), and recipe, what of it matters here: spectrogram,
    network, windows, batch, sampling, mixup.
    """
    device = choose_device(device, threads, deterministic)
    log.info("measuring on %s with %d threads", device_name(device), threads)
    kind = load_part("tasks", settings["labels"])
    figures = measure(settings["recipe"], settings["classes"], device, kind)
    log.info("%s", figures)
    write_table(pd.DataFrame([{"device": device_name(device), "threads": threads} | figures]), speed)


if __name__ == "__main__":
    run(main)
