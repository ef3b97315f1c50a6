"""What relabelling did to the labels in every round, and how much of it was right."""

import pandas as pd

from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.scoring.relabelling import relabelling_figures
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import read_corrected
from workflow_scripts.tables.tables import rows_of, write_table

FIGURES = ["share_right_before", "share_right_after", "relabelled_mended", "relabelled_spoilt", "promoted_right"]
COLUMNS = ["ensemble", "round", "unverified", "relabelled", "promoted", *FIGURES]


def report_relabelling(clips, corrected, keys, report, true_labels):
    """Write ``report``: one row per ensemble that relabels and round.

    ``corrected``: the tables of corrected labels; ``keys``: (ensemble, round) in their order. ``true_labels``: the path
    of a CSV (fname, true_label), or None; without it the figures of
    :func:`workflow_scripts.scoring.relabelling.relabelling_figures` stay empty, as they do where they are undefined.
    """
    training = read_clips(clips, "train")
    doubtful = training.index[training["manually_verified"] == 0]
    truth = read_true_labels(true_labels, doubtful)
    rows = []
    for (ensemble, number), path in zip(keys, corrected, strict=True):
        table = rows_of(read_corrected(path), doubtful, path)
        relabelled, promoted = table["relabelled"].to_numpy() == 1, table["promoted"].to_numpy() == 1
        row = {"ensemble": ensemble, "round": number, "unverified": len(table)}
        row |= {"relabelled": int(relabelled.sum()), "promoted": int(promoted.sum())}
        if truth is not None:
            labels = (table["given_label"].to_numpy(), table["label"].to_numpy())
            row |= relabelling_figures(*labels, truth, relabelled, promoted)
        rows.append(row)
    write_table(pd.DataFrame(rows, columns=COLUMNS).round(6), report)
