"""What self-verification accepted of each class in every round."""

import numpy as np
import pandas as pd

from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.report.figures.accepted import accepted_labels
from workflow_scripts.report.figures.style import save
from workflow_scripts.scoring.wrong_labels import wrong_labels
from workflow_scripts.tables.accepted import read_accepted
from workflow_scripts.tables.tables import write_table

JUDGED = ["right", "out_of_vocabulary"]  # of a verdict, 0 or 1, where the true label is known


def plot_accepted(accepted, keys, plot, dataset, classes, true_labels):
    """Draw how many labels each system accepted, by class and round; a CSV beside ``plot`` has all classes.

    Its columns: system, round, label (the given one), unverified (clips with it), accepted, and of these right and
    out_of_vocabulary (of no class at all); both are empty where the true labels are unknown.

    ``accepted``: the verdicts on the unverified clips; ``keys``: (system, round) in their order. ``true_labels``: the
    path of a CSV (fname, true_label) that tells which labels are right, or None.
    """
    tables = []
    for (system, number), path in zip(keys, accepted, strict=True):
        table = read_accepted(path)
        truth = read_true_labels(true_labels, table["fname"])
        judged = dict.fromkeys(JUDGED, np.nan)
        if truth is not None:
            outside = wrong_labels(table["label"], truth, classes)["out_of_vocabulary"]
            judged = {"right": (table["label"] == truth).astype(float), "out_of_vocabulary": outside.astype(float)}
        tables.append(table[["label", "accepted"]].assign(system=system, round=number, **judged))
    rounds = {}
    for system, number in keys:
        rounds.setdefault(system, []).append(number)
    verdicts = pd.concat(tables)
    write_table(_by_class(verdicts, classes), plot.with_suffix(".csv"))
    save(accepted_labels(verdicts, rounds, classes, dataset), plot)


def _by_class(verdicts, classes):
    """Return a row per system, round and class, in the order of these."""
    judged = verdicts[JUDGED].where(verdicts["accepted"] == 1)
    groups = verdicts.assign(**judged).groupby(["system", "round", "label"], sort=False)
    sums = {column: (column, "sum") for column in ("accepted", *JUDGED)}
    table = groups.agg(unverified=("accepted", "size"), **sums)
    rounds = verdicts[["system", "round"]].drop_duplicates().itertuples(index=False)
    rows = pd.MultiIndex.from_tuples(
        [(system, number, label) for system, number in rounds for label in classes], names=table.index.names
    )
    table = table.reindex(rows, fill_value=0).astype(int)
    known = verdicts["right"].notna().any()
    return table.assign(**({} if known else dict.fromkeys(JUDGED, ""))).reset_index()
