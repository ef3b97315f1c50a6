"""Rule plot_learning: the learning curves of all trainings."""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.tables import read_table
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run
from workflow_scripts.figures.learning import learning_curves
from workflow_scripts.figures.style import save

HISTORY = {"epoch": int, "training_loss": float, "verified_loss": float}
ROUNDS = {"round": int, "verified_map3": float, "chosen": int}


def main(*, clips: Path, histories: list[Path], rounds: list[Path], plot: Path, settings: dict):
    """Draw the losses of all systems against epochs.

    ``histories``: one table per training; ``settings``: dataset (its name), histories ([system, round, fold] in their
    order), systems (in the order of ``rounds``, which say which round of each is its answer).
    """
    tables = []
    for (system, number, fold), path in zip(settings["histories"], histories, strict=True):
        table = read_table(path, HISTORY)[list(HISTORY)]
        if table.empty:
            raise UserError(f"{path}: has no epoch; delete the file and run the same command again")
        tables.append(table.assign(system=system, round=number, fold=fold))
    chosen = [
        read_table(path, ROUNDS)[list(ROUNDS)].assign(system=system)
        for system, path in zip(settings["systems"], rounds, strict=True)
    ]
    verified = int((read_clips(clips, "train")["manually_verified"] == 1).sum())
    save(learning_curves(pd.concat(tables), pd.concat(chosen), settings["dataset"], verified), plot)


if __name__ == "__main__":
    run(main)
