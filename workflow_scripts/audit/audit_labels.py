"""Rule audit_labels: how suspicious every given training label is, what each system makes of it, and a page of them."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.audit.opinions import combined
from workflow_scripts.audit.page import write_audit_page
from workflow_scripts.audit.ranking import ranks
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.tables.accepted import read_accepted
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import read_corrected
from workflow_scripts.tables.label_audit import CLEANLAB, write_audit
from workflow_scripts.tables.predictions import read_part, read_predictions
from workflow_scripts.tables.tables import rows_of

log = logging.getLogger("audit_labels")


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    ensemble: str  # its name
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    systems: list[str]  # in the order of `systems_oof`
    accepted: list[tuple[str, int]]  # (system, round) in the order of these files
    corrected: list[tuple[str, int]]  # (ensemble, round) in the order of these files
    partial: list[bool] | None = None  # of `oof`, then of `systems_oof`: whether it has a part of the clips only
    true_labels: str | None = None  # path of a CSV (fname, true_label)
    template: str | None = None  # md5 of the page's template, which stands for it in the fingerprint
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint


def main(
    *,
    clips: Path,
    oof: Path,
    systems_oof: list[Path],
    accepted: list[Path],
    corrected: list[Path],
    audit: Path,
    page: Path,
    settings: Settings,
):
    """Write ``audit``, see :mod:`workflow_scripts.tables.label_audit`, and its ``page``.

    A clip without predictions is an error, unless some system holds out a part of the clips only. Those that the
    ensemble has predicted out of fold are audited then, and where a system has not, its columns are empty.

    ``oof``: the ensemble's out-of-fold predictions of training clips; ``systems_oof``: those of each system.
    ``accepted``: what self-verification accepted; ``corrected``: what relabelling made of the labels.
    """
    listed, classes, systems = read_clips(clips, "train"), settings.classes, settings.systems
    partial, *of_systems = settings.partial or [False] * (1 + len(systems))
    task, doubting = load_part("tasks", settings.task), load_part("tasks.doubts", settings.task)

    def read(path, part):
        return (read_part if part else read_predictions)(path, listed.index)[classes]

    predictions = read(oof, partial)
    training = listed.loc[predictions.index]
    log.info("%d of %d training clips have predictions out of fold", len(training), len(listed))
    truth = task.targets(training["label"], classes)
    verified = training["manually_verified"].to_numpy() == 1
    doubtful = training.index[~verified]
    probabilities = doubting.comparable(predictions)
    del predictions
    margin, doubted, suggested, further = doubting.doubts(probabilities, truth)
    named = {"doubted_label": _named(doubted, classes)} if further else {}
    second = doubting.second_opinion(probabilities, truth)
    table = training[["fname", "path", "seconds", "manually_verified"]].assign(
        given_label=training["label"],
        true_label="",
        suspicion_rank=ranks(margin, verified, training.index),
        suspicion=margin,
        suggested_label=_named(suggested, classes),
        suggested_probability=_of(suggested, probabilities),
        **further,
        **named,
        **_opinion(doubting, probabilities, truth, ~verified, doubted, classes),
        **_cleanlab(second, verified, training.index, classes),
    )
    del probabilities  # one such table at a time: of 1,000 classes and 100,000 clips each is most of the memory
    known = read_true_labels(settings.true_labels, doubtful)
    if known is not None:
        table.loc[doubtful, "true_label"] = known
    opinions_of_systems = []
    for system, path, part in zip(systems, systems_oof, of_systems, strict=True):
        of_system = read(path, part)
        told = training.index.isin(of_system.index)
        compared = doubting.comparable(of_system.loc[training.index[told]])
        opinion = _opinion(doubting, compared, truth[told], ~verified[told], doubted[told], classes)
        del of_system, compared
        table = table.join(pd.DataFrame(opinion, training.index[told]).add_prefix(f"{system}_"))
        opinions_of_systems.append(table[f"{system}_log_odds"])
    # The ensemble is made of its systems: however many they are, they have one vote together beside it.
    of_cleanlab = [] if second is None else [-second[0]]
    table["combined"] = combined([table["log_odds"], *of_cleanlab, combined(opinions_of_systems)])
    table["combined_rank"] = ranks(table["combined"], verified, training.index)
    accepting = _rounds(settings.accepted, accepted, _accepted, doubtful)
    relabelling = _rounds(settings.corrected, corrected, _relabelled, doubtful)
    table["accepted_by"] = _history(accepting, table.index, " ")
    table["relabelled_by"] = _history(relabelling, table.index, ", ")
    against = (margin[~verified] > 0).sum()
    log.info("%d unverified clips; of %d the ensemble sides against a label", len(doubtful), against)
    write_audit(table, audit, systems, settings.task)
    write_audit_page(audit, page, settings.dataset, classes, settings.ensemble, systems, len(listed), settings.task)


def _opinion(doubting, probabilities, truth, unverified, doubted, classes):
    best = probabilities.argmax(axis=1)
    return {
        "predicted": _named(best, classes),
        "probability": _of(best, probabilities),
        "given_probability": _of(doubted, probabilities),
        "log_odds": doubting.log_odds(probabilities, truth, unverified),
    }


def _named(labels, classes):
    return [classes[label] if label >= 0 else "" for label in labels]


def _of(labels, probabilities):
    return np.where(labels >= 0, probabilities[np.arange(len(labels)), labels], np.nan)


def _cleanlab(opinion, verified, fnames, classes):
    if opinion is None:
        log.info("all clips have the same labels: cleanlab cannot say anything")
        return dict.fromkeys(CLEANLAB, "")
    quality, issue, suggested = opinion
    log.info("cleanlab flags %d labels, %d of them unverified", issue.sum(), issue[~verified].sum())
    return {
        "cleanlab_rank": ranks(-quality, verified, fnames),
        "cleanlab_quality": quality,
        "cleanlab_issue": issue.astype(int),
        "cleanlab_suggested": _named(suggested, classes),
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
