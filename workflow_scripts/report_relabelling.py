"""Rule report_relabelling: what relabelling did to the labels in every round, and how much of it was right."""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.corrected_labels import read_corrected
from workflow_scripts.artefacts.tables import rows_of, write_table
from workflow_scripts.artefacts.true_labels import read_true_labels
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.relabelling import relabelling_figures

FIGURES = ["share_right_before", "share_right_after", "relabelled_mended", "relabelled_spoilt", "promoted_right"]
COLUMNS = ["ensemble", "round", "unverified", "relabelled", "promoted", *FIGURES]


def main(*, clips: Path, corrected: list[Path], report: Path, settings: dict):
    """Write ``report``: one row per ensemble that relabels and round.

    ``corrected``: the tables of corrected labels. ``settings``: corrected ([ensemble, round] in their order), and
    true_labels: the path of a CSV (fname, true_label), or null. It serves this report only; without it the figures of
    :func:`workflow_scripts.scoring.relabelling.relabelling_figures` stay empty, as they do where they are undefined.
    """
    training = read_clips(clips, "train")
    doubtful = training.index[training["manually_verified"] == 0]
    truth = read_true_labels(settings["true_labels"], doubtful)
    rows = []
    for (ensemble, number), path in zip(settings["corrected"], corrected, strict=True):
        table = rows_of(read_corrected(path), doubtful, path)
        relabelled, promoted = table["relabelled"].to_numpy() == 1, table["promoted"].to_numpy() == 1
        row = {"ensemble": ensemble, "round": number, "unverified": len(table)}
        row |= {"relabelled": int(relabelled.sum()), "promoted": int(promoted.sum())}
        if truth is not None:
            labels = (table["given_label"].to_numpy(), table["label"].to_numpy())
            row |= relabelling_figures(*labels, truth, relabelled, promoted)
        rows.append(row)
    write_table(pd.DataFrame(rows, columns=COLUMNS).round(6), report)


if __name__ == "__main__":
    run(main)
