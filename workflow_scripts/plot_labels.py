"""Rule plot_labels: what self-verification accepted of each class in every round."""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.artefacts.accepted import read_accepted
from workflow_scripts.artefacts.true_labels import read_true_labels
from workflow_scripts.common.stage import run
from workflow_scripts.figures.accepted import accepted_labels
from workflow_scripts.figures.style import save


def main(*, accepted: list[Path], plot: Path, settings: dict):
    """Draw how many labels each system accepted, by class and round.

    ``accepted``: the verdicts on the unverified clips. ``settings``: dataset (its name), accepted ([system, round] in
    their order), classes, true_labels: the path of a CSV (fname, true_label) that tells which labels are right, or
    null. It serves this figure only.
    """
    tables = []
    for (system, number), path in zip(settings["accepted"], accepted, strict=True):
        table = read_accepted(path)
        truth = read_true_labels(settings["true_labels"], table["fname"])
        right = np.nan if truth is None else (table["label"].to_numpy() == truth).astype(float)
        tables.append(table[["label", "accepted"]].assign(system=system, round=number, right=right))
    rounds = {}
    for system, number in settings["accepted"]:
        rounds.setdefault(system, []).append(number)
    save(accepted_labels(pd.concat(tables), rounds, settings["classes"], settings["dataset"]), plot)


if __name__ == "__main__":
    run(main)
