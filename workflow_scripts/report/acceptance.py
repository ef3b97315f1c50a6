"""What self-verification accepted in every round, and how much of it was right."""

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.scoring.acceptance import precision_recall
from workflow_scripts.scoring.wrong_labels import VOCABULARIES, wrong_labels
from workflow_scripts.tables.accepted import read_accepted
from workflow_scripts.tables.rounds import read_rounds
from workflow_scripts.tables.tables import write_table

COLUMNS = [
    *["system", "round", "candidates", "accepted", "precision", "recall", "share_right"],
    *[f"{what}_{vocabulary}" for vocabulary in VOCABULARIES for what in ("wrong", "accepted")],
    *["without_threshold", "without_threshold_precision", "without_threshold_recall"],
    *["verified_loss", "verified_map3", "verified_accuracy", "chosen"],
]


def report_acceptance(accepted, keys, rounds, systems, report, true_labels, classes):
    """Write ``report``: one row per system and round, round 0 (before self-verification, nothing accepted) included.

    ``accepted``: per system and round from 1 the verdict on every unverified training clip; ``keys``: (system, round)
    in their order. ``rounds``: per system the validation scores of its rounds and which one was chosen; ``systems``:
    their names. ``true_labels``: the path of a CSV (fname, true_label) that tells which of the candidates' given labels
    are right, or None; without it precision, recall and share_right (the precision of accepting all candidates) stay
    empty, as they do where they are undefined. So do the numbers of candidates whose label is wrong, and of these the
    accepted ones, where the true label is another one of ``classes`` and where it is none. ``without_threshold``: how
    many the same verdicts would accept without the threshold.
    """
    verdicts = {
        (system, number): _verdict(path, true_labels, classes)
        for (system, number), path in zip(keys, accepted, strict=True)
    }
    rows = []
    for system, path in zip(systems, rounds, strict=True):
        for scores in read_rounds(path).to_dict("records"):
            rows.append({"system": system} | scores | verdicts.pop((system, scores["round"]), {}))
    if verdicts:
        system, number = next(iter(verdicts))
        raise UserError(f"the rounds of system {system}: round {number} is missing; run choose_stage again")
    write_table(pd.DataFrame(rows, columns=COLUMNS, dtype=object).map(_text), report)


def _verdict(path, true_labels, classes):
    table = read_accepted(path)
    truth = read_true_labels(true_labels, table["fname"])
    accepted, without = (table[column].to_numpy() == 1 for column in ("accepted", "without_threshold"))
    counts = {"candidates": len(table), "accepted": int(accepted.sum()), "without_threshold": int(without.sum())}
    if truth is None:
        return counts
    right = table["label"].to_numpy() == truth
    figures = {"share_right": precision_recall(np.ones_like(right), right)[0]}
    for prefix, chosen in (("", accepted), ("without_threshold_", without)):
        figures |= zip((f"{prefix}precision", f"{prefix}recall"), precision_recall(chosen, right), strict=True)
    for vocabulary, wrong in wrong_labels(table["label"], truth, classes).items():
        figures |= {f"wrong_{vocabulary}": int(wrong.sum()), f"accepted_{vocabulary}": int((wrong & accepted).sum())}
    return counts | figures


def _text(cell):
    if not isinstance(cell, float):
        return cell
    return "" if np.isnan(cell) else f"{cell:.6f}"
