"""Rule measure_speed: what a system's network takes on this device, before anything is trained."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.device import choose_device, device_name
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.tables.speed import write_speed
from workflow_scripts.training.probe import measure

log = logging.getLogger("measure_speed")


@dataclass(frozen=True)
class Settings:
    classes: int  # how many
    task: str  # module in workflow_scripts/tasks
    recipe: dict  # its sections front_end, network, windows and training, of each what `measure` reads


def main(*, speed: Path, settings: Settings, threads: int, device: str, deterministic: int):
    """Train and apply the network of a system for some seconds, on noise.

    ``speed``: see :mod:`workflow_scripts.tables.speed`.
    """
    device = choose_device(device, threads, deterministic)
    log.info("measuring on %s with %d threads", device_name(device), threads)
    kind = load_part("tasks", settings.task)
    figures = measure(settings.recipe, settings.classes, device, kind)
    log.info("%s", figures)
    write_speed([{"device": device_name(device), "threads": threads} | figures], speed)


if __name__ == "__main__":
    run(main)
