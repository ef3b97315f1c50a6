"""Rule estimate_hours: how long the trainings will take, and how much memory, printed before they start."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.digest import digest
from workflow_scripts.common.stage import run
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.speed import read_speed
from workflow_scripts.tables.tables import write_table
from workflow_scripts.training.cost import hours


@dataclass(frozen=True)
class Settings:
    recipes: list[dict]  # in the order of `speeds`: system (its name), and what `hours` reads


def main(*, clips: Path, speeds: list[Path], estimate: Path, settings: Settings):
    """Write ``estimate``, a CSV, and print its hours.

    Its columns: system, recipe (a digest of it), device, stage, jobs, updates, hours and memory_mb. Hours are those of
    one device that takes one job after the other, from scratch; see :func:`workflow_scripts.training.cost.hours`.
    ``speeds``: per system the table of rule measure_speed.
    """
    table = read_clips(clips)
    measured = [read_speed(path).iloc[0] for path in speeds]
    rows = [
        {"system": recipe["system"], "recipe": digest(recipe), "device": speed["device"]} | row
        for recipe, speed in zip(settings.recipes, measured, strict=True)
        for row in hours(recipe, table, speed)
    ]
    report = pd.DataFrame(rows)
    texts = {"hours": report["hours"].map("{:.4f}".format), "memory_mb": report["memory_mb"].map("{:.0f}".format)}
    write_table(report.assign(**texts), estimate)
    print(_summary(report, pd.DataFrame(measured), estimate))


def _summary(report, measured, path):
    devices = ", ".join(measured["device"].unique())
    if devices == "CPU":
        devices = f"CPU ({measured['threads'].iloc[0]} thread(s) a job)"
    jobs = report.loc[report["updates"] > 0, "jobs"].sum()
    systems = report.groupby("system", sort=False)["hours"].sum()
    lines = [
        f"From scratch, {jobs} trainings take about {duration(systems.sum())} on one {devices}, one after the other:"
    ]
    lines += [f"  {system}: {duration(hours)}" for system, hours in systems.items()]
    return "\n".join([*lines, f"By a probe of some seconds; by stage: {path}"])


def duration(hours):
    """Return ``hours`` in words."""
    return f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.1f} minutes"


if __name__ == "__main__":
    run(main)
