"""Rule report_costs: what all that has been computed for a data set has cost, by rule."""

from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.report.costs import plot_costs, tabulate_costs


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name


def main(*, logs: Path, costs: Path, plot: Path, settings: Settings):
    """Write the table ``costs`` from the benchmarks below ``logs``, and draw it."""
    tabulate_costs(logs, costs)
    plot_costs(costs, plot, settings.dataset)


if __name__ == "__main__":
    run(main)
