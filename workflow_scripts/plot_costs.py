"""Rule plot_costs: what each rule cost."""

from pathlib import Path

from workflow_scripts.artefacts.measures import read_measures
from workflow_scripts.common.stage import run
from workflow_scripts.figures.costs import rule_costs
from workflow_scripts.figures.style import save

NUMBERS = ["jobs", "attempts", "wall_seconds", "gpu_hours", "peak_memory_mb", "clips_per_second"]


def main(*, costs: Path, plot: Path, settings: dict):
    """Draw ``costs``: a row per rule, empty cells where nothing is known. ``settings``: dataset (its name)."""
    save(rule_costs(read_measures(costs, ["rule", "device", *NUMBERS], NUMBERS), settings["dataset"]), plot)


if __name__ == "__main__":
    run(main)
