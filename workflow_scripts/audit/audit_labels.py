"""Rule audit_labels: how suspicious every given training label is, what each system makes of it, and a page of them."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.audit.confident_learning import second_opinion
from workflow_scripts.audit.page import write_audit_page
from workflow_scripts.audit.ranking import ranks
from workflow_scripts.audit.suspicion import normalised, suspicion
from workflow_scripts.common.stage import run
from workflow_scripts.tables.accepted import read_accepted
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import read_corrected
from workflow_scripts.tables.label_audit import CLEANLAB, write_audit
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.tables import rows_of
from workflow_scripts.tables.true_labels import read_true_labels

log = logging.getLogger("audit_labels")


def main(
    *,
    clips: Path,
    oof: Path,
    systems_oof: list[Path],
    accepted: list[Path],
    corrected: list[Path],
    audit: Path,
    page: Path,
    settings: dict,
):
    """Write ``audit``, see :mod:`workflow_scripts.tables.label_audit`, and its ``page``.

    A clip without predictions is an error.

    ``oof``: the ensemble's out-of-fold predictions of all training clips; ``systems_oof``: those of each system.
    ``accepted``: what self-verification accepted; ``corrected``: what relabelling made of the labels. ``settings``:
    dataset and ensemble (their names); classes; systems (in the order of ``systems_oof``); accepted ([system, round])
    and corrected ([ensemble, round]) in the order of these files; true_labels: the path of a CSV (fname, true_label),
    or null.
    """
    training, classes, systems = read_clips(clips, "train"), settings["classes"], settings["systems"]
    labels = training["label"].map(classes.index).to_numpy(int)
    verified = training["manually_verified"].to_numpy() == 1
    doubtful = training.index[~verified]

    def read(path):
        return normalised(read_predictions(path, training.index)[classes])

    probabilities = read(oof)
    margin, suggested = suspicion(probabilities, labels)
    table = training[["fname", "path", "seconds", "manually_verified"]].assign(
        given_label=training["label"],
        true_label="",
        suspicion_rank=ranks(margin, verified, training.index),
        suspicion=margin,
        suggested_label=[classes[label] for label in suggested],
        suggested_probability=_of(suggested, probabilities),
        **_opinion(probabilities, labels, classes),
        **_cleanlab(probabilities, labels, verified, training.index, classes),
    )
    del probabilities  # one such table at a time: of 1,000 classes and 100,000 clips each is most of the memory
    truth = read_true_labels(settings["true_labels"], doubtful)
    if truth is not None:
        table.loc[doubtful, "true_label"] = truth
    for system, path in zip(systems, systems_oof, strict=True):
        opinion = _opinion(read(path), labels, classes)
        table = table.assign(**{f"{system}_{name}": values for name, values in opinion.items()})
    accepting = _rounds(settings["accepted"], accepted, _accepted, doubtful)
    relabelling = _rounds(settings["corrected"], corrected, _relabelled, doubtful)
    table["accepted_by"] = _history(accepting, table.index, " ")
    table["relabelled_by"] = _history(relabelling, table.index, ", ")
    doubted = (margin[~verified] > 0).sum()
    log.info("%d unverified clips; of %d another class is more probable than the given", len(doubtful), doubted)
    write_audit(table, audit, systems)
    write_audit_page(audit, page, settings["dataset"], classes, settings["ensemble"], systems)


def _opinion(probabilities, labels, classes):
    best = probabilities.argmax(axis=1)
    return {
        "predicted": [classes[label] for label in best],
        "probability": _of(best, probabilities),
        "given_probability": _of(labels, probabilities),
    }


def _of(labels, probabilities):
    return probabilities[np.arange(len(labels)), labels]


def _cleanlab(probabilities, labels, verified, fnames, classes):
    opinion = second_opinion(probabilities, labels)
    if opinion is None:
        log.info("all clips have the same label: cleanlab cannot say anything")
        return dict.fromkeys(CLEANLAB, "")
    quality, issue, suggested = opinion
    log.info("cleanlab flags %d labels, %d of them unverified", issue.sum(), issue[~verified].sum())
    return {
        "cleanlab_rank": ranks(-quality, verified, fnames),
        "cleanlab_quality": quality,
        "cleanlab_issue": issue.astype(int),
        "cleanlab_suggested": [classes[label] if label >= 0 else "" for label in suggested],
    }


def _rounds(keys, paths, read, fnames):
    """Return (who, round, what ``read`` returns of their file) of each of ``keys``."""
    return [(who, number, read(path, fnames)) for (who, number), path in zip(keys, paths, strict=True)]


def _accepted(path, fnames):
    """Return the clips whose label a round accepted, each with nothing to add."""
    table = rows_of(read_accepted(path), fnames, path)
    return dict.fromkeys(table.index[table["accepted"] == 1], "")


def _relabelled(path, fnames):
    """Return the clips that a round relabelled, each with its new label."""
    table = rows_of(read_corrected(path), fnames, path)
    return {fname: f" -> {label}" for fname, label in table.loc[table["relabelled"] == 1, "label"].items()}


def _history(rounds, fnames, separator):
    """Return per clip who did something to it in which rounds. ``rounds``: (who, round, fname -> what is added)."""
    told = {fname: {} for fname in fnames}
    for who, number, concerned in rounds:
        for fname, what in concerned.items():
            told[fname].setdefault(who, []).append(f"{number}{what}")
    return ["; ".join(f"{who}: {separator.join(said)}" for who, said in told[fname].items()) for fname in fnames]


if __name__ == "__main__":
    run(main)
