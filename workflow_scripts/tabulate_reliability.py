"""Rule tabulate_reliability: how often every system is right where it is how sure, on every split."""

from pathlib import Path

from workflow_scripts.artefacts.reliability import write_reliability
from workflow_scripts.artefacts.scored_predictions import predictions_by_split
from workflow_scripts.common.stage import run
from workflow_scripts.scoring import calibration


def main(*, clips: Path, oof: list[Path], test: list[Path], reliability: Path, settings: dict):
    """Write ``reliability``, see :mod:`workflow_scripts.artefacts.reliability`.

    ``oof``, ``test``: per system its out-of-fold predictions of the training clips and its predictions of the test
    clips. ``settings``: systems (names in the order of the files), classes.
    """
    tables = predictions_by_split(clips, oof, test, settings["systems"], settings["classes"])
    rows = [
        {"system": system, "split": split} | row
        for system, split, probabilities, labels in tables
        for row in calibration.reliability(probabilities, labels).to_dict("records")
    ]
    write_reliability(rows, reliability)


if __name__ == "__main__":
    run(main)
