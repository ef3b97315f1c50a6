"""Calibration against hand calculation, brute force and samples of known calibration, and its table's stage."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.common.errors import UserError
from workflow_scripts.scoring import score_systems
from workflow_scripts.scoring.calibration import expected_calibration_error, reliability
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.listing import write_listing
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions


def two_classes(confidence):
    """Return float32 rows, as in the prediction tables, whose first class has the given confidences."""
    confidence = np.asarray(confidence)
    return np.column_stack([confidence, 1 - confidence]).astype(np.float32)


def occupied(table):
    """Return the clips of the bins that have any, by the bin's upper bound."""
    return table[table["clips"] > 0].set_index("high")["clips"].to_dict()


@st.composite
def judged_clips(draw):
    """Probabilities in steps that meet the borders, rows that sum to anything but zero, and true labels."""
    clips, classes = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    steps = draw(arrays(int, (clips, classes), elements=st.integers(0, 10)))
    steps[:, 0] += steps.sum(axis=1) == 0
    return steps / 50, draw(arrays(int, clips, elements=st.integers(0, classes - 1)))


def test_table_and_error_by_hand():
    table = reliability(two_classes([0.95, 0.91, 0.75, 0.61]), [0, 1, 0, 1])
    assert table["low"].tolist() == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert table["high"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert table["clips"].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 0, 2]
    filled = table[table["clips"] > 0]
    assert filled["confidence"].tolist() == pytest.approx([0.61, 0.75, 0.93], abs=1e-6)
    assert filled["accuracy"].tolist() == [0, 1, 0.5]
    # (1 * |0 - 0.61| + 1 * |1 - 0.75| + 2 * |0.5 - 0.93|) / 4
    assert expected_calibration_error(table) == pytest.approx((0.61 + 0.25 + 2 * 0.43) / 4, abs=1e-6)


def test_an_empty_bin_has_no_means_and_no_weight():
    table = reliability(two_classes([0.8]), [0])
    empty = table[table["clips"] == 0]
    assert len(empty) == 9
    assert empty[["confidence", "accuracy"]].isna().all(axis=None)
    assert expected_calibration_error(table) == pytest.approx(0.2)


@pytest.mark.parametrize("tenths", range(6, 11))
def test_a_border_belongs_to_the_bin_below_although_float32_cannot_hold_it(tenths):
    rows = np.array([[tenths, 10 - tenths]]) / 10
    for probabilities in (rows, rows.astype(np.float32), rows / 3):
        assert occupied(reliability(probabilities, [0])) == {tenths / 10: 1}


def test_beyond_a_border_begins_the_next_bin():
    assert occupied(reliability(two_classes([0.80001]), [0])) == {0.9: 1}


def test_a_certain_system_that_is_always_wrong_has_the_largest_error():
    table = reliability(np.eye(3), [1, 2, 0])
    assert occupied(table) == {1: 3}
    assert expected_calibration_error(table) == 1
    assert expected_calibration_error(reliability(np.eye(3), [0, 1, 2])) == 0


def test_confidence_is_a_share_of_the_rows_sum():
    table = reliability(np.array([[0.3, 0.1], [0.06, 0.02]]), [0, 1])
    assert table.iloc[7][["clips", "confidence", "accuracy"]].tolist() == pytest.approx([2, 0.75, 0.5])


def test_a_row_of_zeros_is_as_sure_as_chance():
    assert reliability(np.zeros((1, 4)), [3]).iloc[2]["confidence"] == 0.25


def test_of_equal_probabilities_the_first_class_is_judged():
    assert reliability(np.array([[0.5, 0.5]]), [0])["accuracy"].iloc[4] == 1
    assert reliability(np.array([[0.5, 0.5]]), [1])["accuracy"].iloc[4] == 0


def test_a_class_that_no_clip_has_counts_only_where_a_clip_is_taken_for_it():
    """Calibration is over clips, without any mean of classes."""
    probabilities, truth = np.array([[0.75, 0.25], [0.25, 0.75]]), [0, 1]
    unheard = np.column_stack([probabilities, [0, 0]])
    pd.testing.assert_frame_equal(reliability(unheard, truth), reliability(probabilities, truth))
    assert expected_calibration_error(reliability(unheard, truth)) == pytest.approx(0.25)
    taken = np.array([[0.25, 0, 0.75], [0.25, 0.75, 0]])
    assert expected_calibration_error(reliability(taken, truth)) == pytest.approx(0.75 - 1 / 2)


def test_a_single_bin_compares_the_means_over_all_clips():
    table = reliability(two_classes([0.9, 0.7, 0.8]), [0, 1, 1], bins=1)
    assert table.to_numpy() == pytest.approx(np.array([[0, 1, 3, 0.8, 1 / 3]]))


@given(judged_clips(), st.sampled_from([1, 4, 10, 15]))
def test_equals_the_error_summed_bin_by_bin(example, bins):
    probabilities, truth = example
    members = {}
    for row, label in zip(probabilities.tolist(), truth.tolist(), strict=True):
        confidence = max(row) / sum(row)
        # The first bin whose upper bound reaches the confidence, but for rounding errors.
        number = next(b for b in range(1, bins + 1) if confidence <= b / bins + 1e-9)
        members.setdefault(number, []).append((confidence, row.index(max(row)) == label))
    error = sum(abs(sum(right for _, right in clips) - sum(sure for sure, _ in clips)) for clips in members.values())
    table = reliability(probabilities, truth, bins)
    assert table["clips"].to_dict() == {b: len(members.get(b + 1, [])) for b in range(bins)}
    assert expected_calibration_error(table) == pytest.approx(error / len(truth))


@given(judged_clips(), st.randoms())
def test_the_order_of_clips_and_the_sum_of_a_row_make_no_difference(example, random):
    probabilities, truth = example
    order = random.sample(range(len(truth)), len(truth))
    table = reliability(probabilities, truth)
    pd.testing.assert_frame_equal(reliability(probabilities[order], truth[order]), table)
    pd.testing.assert_frame_equal(reliability(probabilities * 0.7, truth), table)


@given(judged_clips())
def test_the_bins_hold_every_clip_and_their_means_give_the_accuracy(example):
    probabilities, truth = example
    table = reliability(probabilities, truth)
    filled = table[table["clips"] > 0]
    assert table["clips"].sum() == len(truth)
    assert ((filled["low"] < filled["confidence"] + 1e-9) & (filled["confidence"] <= filled["high"] + 1e-9)).all()
    accuracy = (probabilities.argmax(axis=1) == truth).mean()
    assert np.average(filled["accuracy"], weights=filled["clips"]) == pytest.approx(accuracy)
    difference = abs(accuracy - np.average(filled["confidence"], weights=filled["clips"]))
    assert difference - 1e-9 <= expected_calibration_error(table) <= 1


def test_labels_drawn_from_the_predictions_are_calibrated():
    """Each bin's distance has a variance of at most 1 / (4 clips): the error's mean is below sqrt(bins / n) / 2."""
    random = np.random.default_rng(0)
    clips = 40_000
    probabilities = random.dirichlet(np.full(4, 0.5), clips)
    drawn = (random.random((clips, 1)) > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)
    assert expected_calibration_error(reliability(probabilities, drawn)) < np.sqrt(10 / clips) / 2
    sharpened = probabilities**2  # the same labels, predicted too confidently
    assert expected_calibration_error(reliability(sharpened, drawn)) > 0.05


def test_the_error_of_constant_overconfidence_is_confidence_minus_accuracy():
    probabilities = np.tile([0.03, 0.92, 0.05], (10, 1))
    assert expected_calibration_error(reliability(probabilities, [1] * 6 + [0] * 4)) == pytest.approx(0.92 - 0.6)


@pytest.mark.parametrize(
    ("probabilities", "truth", "message"),
    [([[0.5, np.nan]], [0], "NaN"), ([[0.5, 0.5]], [0, 1], "shape"), ([[0.5, 0.5]], [2], "outside")],
)
def test_ill_posed_questions_are_refused(probabilities, truth, message):
    with pytest.raises(ValueError, match=message):
        reliability(probabilities, truth)


def test_no_clips_have_no_error():
    with pytest.raises(ValueError, match="no clips"):
        expected_calibration_error(reliability(np.empty((0, 2)), []))


CLASSES = ["Cat", "Dog"]
CLIPS = """fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5
a.wav,train,Cat,1,,,,,a.wav,1.0,
b.wav,train,Dog,1,,,,,b.wav,1.0,
c.wav,train,Dog,0,,,,,c.wav,1.0,
d.wav,test,Dog,1,Private,,,,d.wav,1.0,
e.wav,test,Dog,1,Ignored,,,,e.wav,1.0,
"""


@pytest.fixture
def files(tmp_path):
    """Two systems on three training clips, of which two are verified, a test clip and one that is not scored."""
    (tmp_path / "clips.csv").write_text(CLIPS)
    write_listing(read_clips(tmp_path / "clips.csv").assign(row=""), tmp_path / "listing.csv")
    for system, sure in (("bold", 0.98), ("meek", 0.52)):
        names = np.array(["c.wav", "b.wav", "a.wav", "e.wav", "d.wav"])
        table = prediction_table(names, np.tile([sure, 1 - sure], (5, 1)), CLASSES)
        write_predictions(table.iloc[:3], tmp_path / f"{system}.oof.parquet")
        write_predictions(table.iloc[3:], tmp_path / f"{system}.test.parquet")
    return tmp_path


def stage(files):
    systems = ["meek", "bold"]
    oof, test = ([files / f"{system}.{name}.parquet" for system in systems] for name in ("oof", "test"))
    tables = ("scores", "comparisons", "by_class", "confusions", "reliability", "effects")
    score_systems.main(
        listing=files / "listing.csv",
        clips=files / "clips.csv",
        oof=oof,
        test=test,
        given_oof=oof,
        given_test=test,
        **{name: files / f"{name}.csv" for name in tables},
        settings=score_systems.Settings(
            **{"systems": systems, "singles": systems, "stages": [], "task": "multiclass", "classes": CLASSES},
            **{"published": [], "resamples": 10, "seed": 1},
        ),
    )
    return (files / "reliability.csv").read_text().splitlines()


def test_stage_writes_every_bin_of_every_system_and_split(files):
    lines = stage(files)
    assert lines[0] == "system,split,low,high,clips,confidence,accuracy"
    assert [line for line in lines[1:] if not line.endswith(",0,,")] == [
        "meek,oof_verified,0.5,0.6,2,0.52,0.5",
        "meek,private,0.5,0.6,1,0.52,0.0",
        "meek,all,0.5,0.6,1,0.52,0.0",
        "bold,oof_verified,0.9,1.0,2,0.98,0.5",
        "bold,private,0.9,1.0,1,0.98,0.0",
        "bold,all,0.9,1.0,1,0.98,0.0",
    ]
    assert len(lines) == 1 + 2 * 3 * 10
    assert lines[1] == "meek,oof_verified,0.0,0.1,0,,"


def test_stage_has_no_rows_where_no_clip_is_scored(files):
    table = pd.read_csv(files / "clips.csv", dtype=str, keep_default_na=False)
    table.assign(manually_verified="0", usage="Ignored").to_csv(files / "clips.csv", index=False)
    assert stage(files) == ["system,split,low,high,clips,confidence,accuracy"]


def test_stage_refuses_a_system_that_lacks_a_clip(files):
    table = read_predictions(files / "bold.oof.parquet")
    write_predictions(table.drop(index="b.wav"), files / "bold.oof.parquet")
    with pytest.raises(UserError, match=r"bold\.oof\.parquet: 1 clips are missing, the first is b\.wav"):
        stage(files)
    assert not (files / "reliability.csv").exists()


def test_stage_refuses_other_classes(files):
    table = read_predictions(files / "meek.test.parquet")
    write_predictions(table[CLASSES[::-1]], files / "meek.test.parquet")
    with pytest.raises(UserError, match="classes in their order"):
        stage(files)
