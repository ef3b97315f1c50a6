"""Rule accept_labels: which given labels the networks of the stages before confirm (self-verification)."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.labels.self_verification import accept_over_rounds
from workflow_scripts.tables.accepted import write_accepted
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import gather_folds

log = logging.getLogger("accept_labels")


@dataclass(frozen=True)
class Settings:
    accept: dict  # threshold, cap and agreement, see workflow_scripts.labels.self_verification.accept
    stages: int  # how many there are in `judged`
    classes: list[str]


def main(*, clips: Path, judged: list[Path], accepted: Path, settings: Settings):
    """Gather the folds' verdicts on the clips they held out and accept labels.

    ``judged``: one prediction table per fold, of its unverified held-out clips: all folds of the stage before or, to
    accumulate, of the first stage, then of the second ... ``accepted``: the table to write, see
    :mod:`workflow_scripts.tables.accepted`.
    """
    candidates = read_clips(clips, "train").query("manually_verified == 0")
    classes, conditions = settings.classes, settings.accept
    by_stage = np.array_split(judged, settings.stages)
    rounds = [gather_folds(paths, candidates.index)[classes].to_numpy() for paths in by_stage]
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


if __name__ == "__main__":
    run(main)
