"""Rule choose_round: a system's answer is its round with the lowest verified validation loss."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.predictions import read_predictions, write_predictions
from workflow_scripts.artefacts.tables import rows_of, write_table
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.verified import verified_measures

log = logging.getLogger("choose_round")


def main(*, clips: Path, held_out: list[Path], test: list[Path], oof: Path, answer: Path, rounds: Path, settings: dict):
    """Gather the folds' held-out predictions into out-of-fold tables, one per round, and choose a round.

    ``held_out``: the prediction tables of all folds of round 0, then of round 1, ...; ``test``: one table per round.
    ``oof`` and ``answer`` receive the chosen round's tables; ``rounds`` the table round, verified_loss,
    verified_map3, verified_accuracy, chosen. Round 0 (before self-verification) is a candidate, too: where
    self-verification does not help, it is not used. ``settings``: classes.
    """
    table = read_clips(clips, "train")
    verified = table["manually_verified"].to_numpy() == 1
    labels = table["label"].map(settings["classes"].index).to_numpy(int)[verified]
    tables, rows = [], []
    for number, paths in enumerate(np.array_split(held_out, len(test))):
        tables.append(rows_of(pd.concat([read_predictions(path) for path in paths]), table.index, f"round {number}"))
        probabilities = tables[-1].to_numpy()[verified]
        rows.append({"round": number} | verified_measures(probabilities, labels))
    report = pd.DataFrame(rows)
    chosen = int(report["verified_loss"].argmin())
    log.info("chose round %d of\n%s", chosen, report.to_string(index=False))
    write_predictions(tables[chosen], oof)
    with written_whole(answer) as partial:
        shutil.copyfile(test[chosen], partial)
    write_table(report.assign(chosen=(report["round"] == chosen).astype(int)), rounds)


if __name__ == "__main__":
    run(main)
