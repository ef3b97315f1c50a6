"""What was pruned of what each fold had learned from, and how much of it was labelled wrongly."""

import pandas as pd

from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.scoring.acceptance import precision_recall
from workflow_scripts.scoring.shares import share
from workflow_scripts.tables.pruned import read_pruned
from workflow_scripts.tables.tables import write_table

FIGURES = ["share_wrong", "precision", "recall"]
COLUMNS = ["system", "round", "fold", "candidates", "pruned", "largest_loss_kept", *FIGURES]


def report_pruning(pruned, keys, report, true_labels):
    """Write ``report``: one row per system, round and fold.

    ``pruned``: what became of every clip that could be pruned; ``keys``: (system, round, fold) in their order.
    ``true_labels``: the path of a CSV (fname, true_label), or None; without it the figures stay empty, as they do where
    they are undefined. ``share_wrong``: of all candidates, whose label is wrong; ``precision``: the same of the pruned
    ones; ``recall``: which share of the wrong labels was pruned.
    """
    rows = []
    for (system, number, fold), path in zip(keys, pruned, strict=True):
        table = read_pruned(path)
        chosen = table["pruned"].to_numpy() == 1
        row = {"system": system, "round": number, "fold": fold, "candidates": len(table), "pruned": int(chosen.sum())}
        row["largest_loss_kept"] = table["loss"][~chosen].max()
        truth = read_true_labels(true_labels, table["fname"])
        if truth is not None:
            wrong = table["label"].to_numpy() != truth
            row |= zip(FIGURES, (share(wrong.sum(), len(wrong)), *precision_recall(chosen, wrong)), strict=True)
        rows.append(row)
    write_table(pd.DataFrame(rows, columns=COLUMNS).round(6), report)
