"""Rule relabel_clips: an ensemble's out-of-fold predictions correct the unverified labels for the next round."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.labels.relabelling import relabel
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import COLUMNS
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.tables import write_table

log = logging.getLogger("relabel_clips")


def main(*, clips: Path, oof: Path, labels: Path, settings: dict):
    """Write ``labels``, see :mod:`workflow_scripts.tables.corrected_labels`.

    ``oof``: out-of-fold predictions of all training clips. Verified clips are left alone; every round begins with the
    given labels again. ``settings``: classes, relabel_above and promote_above, see
    :func:`workflow_scripts.labels.relabelling.relabel`.
    """
    classes = settings["classes"]
    training = read_clips(clips, "train")
    doubtful = training[training["manually_verified"] == 0]
    probabilities = read_predictions(oof, training.index).loc[doubtful.index, classes].to_numpy()
    given = doubtful["label"].map(classes.index).to_numpy(int)
    thresholds = {key: settings[key] for key in ("relabel_above", "promote_above")}
    corrected, relabelled, promoted = relabel(probabilities, given, **thresholds)
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
    write_table(table[list(COLUMNS)], labels)


if __name__ == "__main__":
    run(main)
