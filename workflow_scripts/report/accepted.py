"""What self-verification accepted of each class in every round."""

import numpy as np
import pandas as pd

from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.report.figures.accepted import accepted_labels
from workflow_scripts.report.figures.style import save
from workflow_scripts.tables.accepted import read_accepted
from workflow_scripts.tables.tables import write_table


def plot_accepted(accepted, keys, plot, dataset, classes, true_labels):
    """Draw how many labels each system accepted, by class and round; a CSV beside ``plot`` has all classes.

    Its columns: system, round, label (the given one), unverified (clips with it), accepted, and right of these (empty
    where the true labels are unknown).

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
    verdicts = pd.concat(tables)
    write_table(_by_class(verdicts, classes), plot.with_suffix(".csv"))
    save(accepted_labels(verdicts, rounds, classes, dataset), plot)


def _by_class(verdicts, classes):
    """Return a row per system, round and class, in the order of these."""
    right = verdicts["right"].where(verdicts["accepted"] == 1)
    groups = verdicts.assign(right=right).groupby(["system", "round", "label"], sort=False)
    table = groups.agg(unverified=("accepted", "size"), accepted=("accepted", "sum"), right=("right", "sum"))
    rounds = verdicts[["system", "round"]].drop_duplicates().itertuples(index=False)
    rows = pd.MultiIndex.from_tuples(
        [(system, number, label) for system, number in rounds for label in classes], names=table.index.names
    )
    table = table.reindex(rows, fill_value=0).astype(int)
    return table.assign(**({} if verdicts["right"].notna().any() else {"right": ""})).reset_index()
