"""Rule plot_costs: what each rule cost."""

from pathlib import Path

from workflow_scripts.artefacts.costs import read_costs
from workflow_scripts.common.stage import run
from workflow_scripts.figures.costs import rule_costs
from workflow_scripts.figures.style import save


def main(*, costs: Path, plot: Path, settings: dict):
    """Draw ``costs``. ``settings``: dataset (its name)."""
    save(rule_costs(read_costs(costs), settings["dataset"]), plot)


if __name__ == "__main__":
    run(main)
