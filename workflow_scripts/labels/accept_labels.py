"""Rule accept_labels: from which models and labels the next self-verification round goes on."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.labels.self_verification import accept_over_rounds
from workflow_scripts.tables.accepted import write_accepted
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import gather_folds
from workflow_scripts.tables.starts import write_starts

log = logging.getLogger("accept_labels")


def main(*, clips: Path, judged: list[Path], models: list[Path], accepted: Path, start: Path, settings: dict):
    """Gather the folds' verdicts on the clips they held out and accept labels; name the models to go on from.

    ``judged``: one prediction table per fold, of its unverified held-out clips: all folds of the round before or, to
    accumulate, of round 0, then of round 1, ... ``models``: one per fold, of the round before. ``settings``:
    ``classes``, ``rounds`` (how many there are in ``judged``) and ``accept`` (threshold, cap, agreement). ``accepted``,
    ``start``: the tables to write, see :mod:`workflow_scripts.tables.accepted` and
    :mod:`workflow_scripts.tables.starts`.
    """
    candidates = read_clips(clips, "train").query("manually_verified == 0")
    classes, conditions = settings["classes"], settings["accept"]
    by_round = np.array_split(judged, settings["rounds"])
    rounds = [gather_folds(paths, candidates.index)[classes].to_numpy() for paths in by_round]
    labels = candidates["label"].map(classes.index).to_numpy(int)
    chosen = accept_over_rounds(rounds, labels, **conditions)
    without_threshold = accept_over_rounds(rounds, labels, **(conditions | {"threshold": None}))
    log.info("accepted %d of %d unverified clips", chosen.sum(), len(chosen))
    log.info("without the threshold it would be %d", without_threshold.sum())
    probabilities = rounds[-1]
    write_accepted(
        pd.DataFrame(
            {
                "fname": candidates.index,
                "label": candidates["label"].to_numpy(),
                "predicted": [classes[i] for i in probabilities.argmax(axis=1)],
                "probability": probabilities[range(len(labels)), labels],
                "accepted": chosen.astype(int),
                "without_threshold": without_threshold.astype(int),
            }
        ),
        accepted,
    )
    write_starts(models, start)


if __name__ == "__main__":
    run(main)
