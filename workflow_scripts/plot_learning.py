"""Rule plot_learning: the learning curves of all trainings."""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.history import read_history
from workflow_scripts.artefacts.rounds import read_rounds
from workflow_scripts.common.stage import run
from workflow_scripts.figures.learning import learning_curves
from workflow_scripts.figures.style import save


def main(*, clips: Path, histories: list[Path], rounds: list[Path], plot: Path, settings: dict):
    """Draw the losses of all systems against epochs.

    ``histories``: one table per training; ``settings``: dataset (its name), histories ([system, round, fold] in their
    order), systems (in the order of ``rounds``, which say which round of each is its answer).
    """
    tables = [
        read_history(path).assign(system=system, round=number, fold=fold)
        for (system, number, fold), path in zip(settings["histories"], histories, strict=True)
    ]
    chosen = [read_rounds(path).assign(system=system) for system, path in zip(settings["systems"], rounds, strict=True)]
    verified = int((read_clips(clips, "train")["manually_verified"] == 1).sum())
    save(learning_curves(pd.concat(tables), pd.concat(chosen), settings["dataset"], verified), plot)


if __name__ == "__main__":
    run(main)
