"""Rule estimate_transition: which labels clips of each class are given where nobody verifies them."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run
from workflow_scripts.labels.noise_matrix import gold_matrix
from workflow_scripts.tables.clips import read_clips, selected
from workflow_scripts.tables.predictions import read_oof
from workflow_scripts.tables.transition import write_transition

log = logging.getLogger("estimate_transition")


@dataclass(frozen=True)
class Settings:
    classes: list[str]
    partial: list[bool] | None = None  # of the only table, see workflow_scripts.tables.predictions.read_oof


def main(*, clips: Path, oof: Path, transition: Path, settings: Settings):
    """Write ``transition``, see :mod:`workflow_scripts.tables.transition`.

    ``oof``: out-of-fold predictions of the stage before, whose networks have learned from unverified clips alone.
    Verified clips of all folds count together. Raises UserError where there are none.
    """
    classes, training = settings.classes, read_clips(clips, "train")
    (predictions,) = read_oof([oof], training.index, settings.partial)
    verified = selected(training.loc[predictions.index], "verified")
    if verified.empty:
        raise UserError(
            f"{clips}: no verified clip was held out, and only these tell how unverified labels come about; choose "
            "another kind of `labels` than transition"
        )
    labels = verified["label"].map(classes.index).to_numpy(int)
    matrix = gold_matrix(predictions.loc[verified.index, classes].to_numpy(), labels, len(classes))
    log.info(
        "of %d verified clips: a label is right with a probability of %.3f", len(labels), matrix.trace() / len(matrix)
    )
    write_transition(matrix, classes, transition)


if __name__ == "__main__":
    run(main)
