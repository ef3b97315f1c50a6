"""Rule tabulate_reliability: how often every system is right where it is how sure, on every split."""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.scored_predictions import predictions_by_split
from workflow_scripts.artefacts.tables import write_table
from workflow_scripts.common.stage import run
from workflow_scripts.scoring import calibration

COLUMNS = ["system", "split", "low", "high", "clips", "confidence", "accuracy"]


def main(*, clips: Path, oof: list[Path], test: list[Path], reliability: Path, settings: dict):
    """Write ``reliability``: one row per system, split and bin of confidence, low < confidence <= high.

    Confidence and accuracy, in 0..1, are means over the bin's clips; both are empty where it has none. ``oof``,
    ``test``: per system its out-of-fold predictions of the training clips and its predictions of the test clips.
    ``settings``: systems (names in the order of the files), classes.
    """
    tables = predictions_by_split(clips, oof, test, settings["systems"], settings["classes"])
    rows = [
        {"system": system, "split": split} | row
        for system, split, probabilities, labels in tables
        for row in calibration.reliability(probabilities, labels).to_dict("records")
    ]
    write_table(pd.DataFrame(rows, columns=COLUMNS).round(6), reliability)


if __name__ == "__main__":
    run(main)
