"""The report on what self-verification accepted."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.common.errors import UserError
from workflow_scripts.report.acceptance import report_acceptance
from workflow_scripts.scoring.acceptance import precision_recall

VERDICTS = """fname,label,predicted,probability,accepted,without_threshold
a.wav,Bark,Bark,0.99,1,1
b.wav,Bark,Bark,0.97,1,1
c.wav,Meow,Meow,0.96,1,1
d.wav,Meow,Bark,0.10,0,0
e.wav,Meow,Meow,0.60,0,1
"""
NOTHING_ACCEPTED = VERDICTS.replace(",1,1\n", ",0,0\n").replace(",0,1\n", ",0,0\n")
ROUNDS = """round,verified_loss,verified_map3,verified_accuracy,chosen
0,0.5,0.9,0.85,0
1,0.4,0.92,0.875,1
2,0.45,0.91,0.87,0
"""
TRUE_LABELS = "fname,true_label\ne.wav,Meow\nd.wav,Bark\nc.wav,Bark\nb.wav,Bark\na.wav,Bark\nnot-a-candidate.wav,Bark\n"


@pytest.fixture
def report(tmp_path):
    """Run the stage on two systems: one with two rounds of self-verification, one without any."""

    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    def run(accepted=(("with", 1, VERDICTS), ("with", 2, NOTHING_ACCEPTED)), true_labels=TRUE_LABELS):
        report_acceptance(
            accepted=[write(f"{system}{number}.csv", text) for system, number, text in accepted],
            keys=[[system, number] for system, number, _ in accepted],
            rounds=[write("with.csv", ROUNDS), write("without.csv", "".join(ROUNDS.splitlines(keepends=True)[:2]))],
            systems=["with", "without"],
            report=tmp_path / "report.csv",
            true_labels=true_labels and str(write("true.csv", true_labels)),
            classes=["Bark", "Meow"],
        )
        return pd.read_csv(tmp_path / "report.csv", dtype=str, keep_default_na=False).set_index(["system", "round"])

    return run


def test_precision_and_recall_by_hand():
    accepted = np.array([True, True, True, False, False, False])
    right = np.array([True, True, False, True, True, False])
    assert precision_recall(accepted, right) == (2 / 3, 2 / 4)


def test_precision_of_nothing_and_recall_of_no_right_label_are_undefined():
    none, some = np.array([False, False]), np.array([True, False])
    assert precision_recall(none, some) == pytest.approx((np.nan, 0), nan_ok=True)
    assert precision_recall(some, none) == pytest.approx((0, np.nan), nan_ok=True)


def test_one_row_per_system_and_round(report):
    table = report()
    assert list(table.index) == [("with", "0"), ("with", "1"), ("with", "2"), ("without", "0")]
    assert table["chosen"].tolist() == ["0", "1", "0", "0"]
    assert table["verified_accuracy"].tolist() == ["0.850000", "0.875000", "0.870000", "0.850000"]


def test_accepted_labels_are_compared_with_the_true_ones_by_clip_name(report):
    first = report().loc[("with", "1")]
    assert (first["candidates"], first["accepted"]) == ("5", "3")
    # right: a, b, e; accepted: a, b, c
    assert (first["precision"], first["recall"], first["share_right"]) == ("0.666667", "0.666667", "0.600000")


def test_wrong_labels_whose_clips_are_of_no_class_are_counted_apart(report):
    """b is of a further class, c and d of the other class; a, b and c are accepted."""
    first = report(true_labels=TRUE_LABELS.replace("b.wav,Bark", "b.wav,Hum")).loc[("with", "1")]
    assert (first["wrong_in_vocabulary"], first["accepted_in_vocabulary"]) == ("2", "1")
    assert (first["wrong_out_of_vocabulary"], first["accepted_out_of_vocabulary"]) == ("1", "1")
    assert first["precision"] == "0.333333"
    assert report(true_labels=None).loc[("with", "1"), "wrong_out_of_vocabulary"] == ""


def test_what_would_be_accepted_without_the_threshold_stands_beside_it(report):
    first = report().loc[("with", "1")]
    # a, b, c, e: three of the four are right, and so are all of the right ones
    columns = ["without_threshold", "without_threshold_precision", "without_threshold_recall"]
    assert first[columns].tolist() == ["4", "0.750000", "1.000000"]


def test_before_self_verification_nothing_is_accepted(report):
    assert (report().loc[("with", "0")][["accepted", "precision", "recall"]] == "").all()


def test_precision_is_empty_where_a_round_accepts_nothing(report):
    second = report().loc[("with", "2")]
    assert (second["accepted"], second["precision"], second["recall"]) == ("0", "", "0.000000")


def test_without_true_labels_only_the_counts_are_known(report):
    first = report(true_labels=None).loc[("with", "1")]
    assert (first["candidates"], first["accepted"]) == ("5", "3")
    assert first["without_threshold"] == "4"
    unknown = ["precision", "recall", "share_right", "without_threshold_precision", "without_threshold_recall"]
    assert (first[unknown] == "").all()


def test_a_candidate_without_a_true_label_is_an_error(report):
    with pytest.raises(UserError, match=r"true\.csv: 1 clips are missing, the first is d\.wav"):
        report(true_labels=TRUE_LABELS.replace("d.wav,Bark\n", ""))


def test_a_round_that_accepted_labels_but_was_not_validated_is_an_error(report):
    with pytest.raises(UserError, match="system with: round 3 is missing"):
        report(accepted=[("with", 3, VERDICTS)])
