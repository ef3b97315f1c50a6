"""Rule correct_labels: an ensemble's out-of-fold predictions correct the unverified labels for the next stage."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.labels.relabelling import relabel
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import write_corrected
from workflow_scripts.tables.predictions import read_predictions

log = logging.getLogger("correct_labels")


@dataclass(frozen=True)
class Settings:
    classes: list[str]
    relabel_above: float | None  # see workflow_scripts.labels.relabelling.relabel
    promote_above: float | None  # the same


def main(*, clips: Path, oof: Path, labels: Path, settings: Settings):
    """Write ``labels``, see :mod:`workflow_scripts.tables.corrected_labels`.

    ``oof``: out-of-fold predictions of all training clips. Verified clips are left alone; every round begins with the
    given labels again.
    """
    classes = settings.classes
    training = read_clips(clips, "train")
    doubtful = training[training["manually_verified"] == 0]
    probabilities = read_predictions(oof, training.index).loc[doubtful.index, classes].to_numpy()
    given = doubtful["label"].map(classes.index).to_numpy(int)
    corrected, relabelled, promoted = relabel(probabilities, given, settings.relabel_above, settings.promote_above)
    log.info("of %d unverified clips %d relabelled, %d promoted", len(given), relabelled.sum(), promoted.sum())
    table = pd.DataFrame(
        {
            "fname": doubtful.index,
            "given_label": doubtful["label"].to_numpy(),
            "predicted": [classes[i] for i in probabilities.argmax(axis=1)],
            "probability": probabilities.max(axis=1),
            "label": [classes[i] for i in corrected],
            "relabelled": relabelled.astype(int),
            "promoted": promoted.astype(int),
        }
    )
    write_corrected(table, labels)


if __name__ == "__main__":
    run(main)
