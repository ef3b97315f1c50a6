"""Rule choose_round: a system's answer is its last round, or the one with the lowest verified validation loss."""

import logging
import shutil
from pathlib import Path

import pandas as pd

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.verified import verified_measures
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.rounds import write_rounds

log = logging.getLogger("choose_round")


def main(
    *, clips: Path, oof: list[Path], test: list[Path], chosen_oof: Path, chosen_test: Path, rounds: Path, settings: dict
):
    """Copy the tables of one round.

    ``oof``, ``test``: one table per round, beginning with round 0, of training and test clips. ``rounds``: the table to
    write, see :mod:`workflow_scripts.tables.rounds`. ``settings``: classes, and ``choose``: ``lowest_loss`` of the
    verified clips (Dorfer & Widmer; round 0, before self-verification, is a candidate, too: where self-verification
    does not help, it is not used), or ``last`` (Iqbal et al.), which looks at no score.
    """
    table = read_clips(clips, "train")
    verified = table.index[table["manually_verified"] == 1]
    labels = table.loc[verified, "label"].map(settings["classes"].index).to_numpy(int)
    rows = []
    for number, path in enumerate(oof):
        probabilities = read_predictions(path, table.index).loc[verified, settings["classes"]].to_numpy()
        rows.append({"round": number} | verified_measures(probabilities, labels))
    report = pd.DataFrame(rows)
    chosen = {"lowest_loss": int(report["verified_loss"].argmin()), "last": len(report) - 1}[settings["choose"]]
    log.info("chose round %d of\n%s", chosen, report.to_string(index=False))
    for source, target in ((oof[chosen], chosen_oof), (test[chosen], chosen_test)):
        with written_whole(target) as partial:
            shutil.copyfile(source, partial)
    write_rounds(report.assign(chosen=(report["round"] == chosen).astype(int)), rounds)


if __name__ == "__main__":
    run(main)
