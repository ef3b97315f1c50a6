"""Rule plot_learning: the learning curves of all trainings."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.report.figures.learning import learning_curves
from workflow_scripts.report.figures.style import in_words, save
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.history import read_history
from workflow_scripts.tables.rounds import read_rounds


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    task: str  # module in workflow_scripts/tasks
    histories: list[tuple[str, int, int]]  # (system, round, fold) in the order of these files
    systems: list[str]  # in the order of `rounds`


def main(*, clips: Path, histories: list[Path], rounds: list[Path], plot: Path, settings: Settings):
    """Draw the losses of all systems against epochs.

    ``histories``: one table per training; ``rounds``: per system which round is its answer; where there are none, it is
    the last one.
    """
    measure, name = load_part("tasks.words", settings.task).VALIDATION
    tables = [
        read_history(path).assign(system=system, round=number, fold=fold)
        for (system, number, fold), path in zip(settings.histories, histories, strict=True)
    ]
    table, verified = pd.concat(tables), int((read_clips(clips, "train")["manually_verified"] == 1).sum())
    if rounds:
        judges = f"{in_words(verified)}, each by a model that held it out"
        chosen = [
            read_rounds(path).assign(system=system) for system, path in zip(settings.systems, rounds, strict=True)
        ]
    else:
        judges = f"the labelled clips (of {in_words(verified)}) that were not learned from"
        chosen = [_last(table[table["system"] == system], system, measure) for system in settings.systems]
    chosen = pd.concat(chosen)
    shown = chosen.assign(score=chosen[measure].map(f"{name} {{:.3f}}".format))
    save(learning_curves(table, shown, settings.dataset, judges), plot)


def _last(histories, system, measure):
    """Return the rounds of a system with the best ``measure`` of each."""
    table = histories.groupby("round")[measure].max().reset_index().assign(system=system)
    return table.assign(chosen=(table["round"] == table["round"].max()).astype(int))


if __name__ == "__main__":
    run(main)
