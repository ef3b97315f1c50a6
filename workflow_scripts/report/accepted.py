"""What self-verification accepted of each class in every round."""

import numpy as np
import pandas as pd

from workflow_scripts.artefacts.accepted import read_accepted
from workflow_scripts.artefacts.true_labels import read_true_labels
from workflow_scripts.figures.accepted import accepted_labels
from workflow_scripts.figures.style import save


def plot_accepted(accepted, keys, plot, dataset, classes, true_labels):
    """Draw how many labels each system accepted, by class and round.

    ``accepted``: the verdicts on the unverified clips; ``keys``: (system, round) in their order. ``true_labels``: the
    path of a CSV (fname, true_label) that tells which labels are right, or None.
    """
    tables = []
    for (system, number), path in zip(keys, accepted, strict=True):
        table = read_accepted(path)
        truth = read_true_labels(true_labels, table["fname"])
        right = np.nan if truth is None else (table["label"].to_numpy() == truth).astype(float)
        tables.append(table[["label", "accepted"]].assign(system=system, round=number, right=right))
    rounds = {}
    for system, number in keys:
        rounds.setdefault(system, []).append(number)
    save(accepted_labels(pd.concat(tables), rounds, classes, dataset), plot)
