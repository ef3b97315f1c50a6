"""Labels made wrong on purpose: how many, which, and in which way; what is true of them; what stays as it is."""

import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from workflow_scripts.data import corrupt_labels
from workflow_scripts.data.confusions import read_confusions, uniform, within_groups
from workflow_scripts.data.label_noise import draw_verified, strangers_for, wrong_within
from workflow_scripts.tables.clips import read_clips, write_clips

CLASSES = ["Cello", "Drum", "Hi-hat", "Violin"]
GROUPS = {"bowed": ["Cello", "Violin"], "hit": ["Drum", "Hi-hat"]}
LABELS = np.repeat(CLASSES, [40, 20, 20, 20])


def wrong(labels, rate, seed=1, confusions=None):
    return wrong_within(labels, rate, seed, CLASSES, uniform(CLASSES) if confusions is None else confusions)


# ------------------------------------------------------------------ how many, and which


@given(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=60), st.floats(0, 1), st.integers(0, 99))
def test_exactly_the_share_of_the_rate_is_wrong_and_nothing_else_happens(labels, rate, seed):
    labels = np.array(labels)
    assert (wrong(labels, rate, seed) != labels).sum() == round(rate * len(labels))


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["uniform", "groups"]))
def test_what_is_wrong_at_a_rate_is_wrong_in_the_same_way_at_higher_ones(one, other, kind):
    confusions = uniform(CLASSES) if kind == "uniform" else within_groups(CLASSES, GROUPS)
    few, many = (wrong(LABELS, rate, confusions=confusions) for rate in sorted([one, other]))
    assert (many[few != LABELS] == few[few != LABELS]).all()


def test_every_class_has_about_its_share_of_the_wrong_labels():
    sizes = Counter(LABELS)
    for rate in (0.1, 0.25, 0.5, 0.8):
        numbers = Counter(LABELS[wrong(LABELS, rate) != LABELS])
        assert all(abs(numbers[name] - rate * sizes[name]) <= 1 for name in CLASSES), rate


def test_the_same_seed_draws_the_same_and_another_one_other_labels():
    assert (wrong(LABELS, 0.4) == wrong(LABELS, 0.4)).all()
    assert (wrong(LABELS, 0.4) != wrong(LABELS, 0.4, seed=2)).sum() > 20


def test_uniform_noise_names_any_other_class_equally_often():
    labels = np.array(["Drum"] * 3000)
    numbers = Counter(wrong(labels, 1))
    assert numbers.keys() == {"Cello", "Hi-hat", "Violin"}
    assert all(900 < number < 1100 for number in numbers.values()), "1000, and 4 standard deviations are 103"


def test_confusable_noise_stays_within_the_groups():
    given_labels = wrong(LABELS, 1, confusions=within_groups(CLASSES, GROUPS))
    partner = {"Cello": "Violin", "Violin": "Cello", "Drum": "Hi-hat", "Hi-hat": "Drum"}
    assert given_labels.tolist() == [partner[label] for label in LABELS]


def test_a_class_in_no_group_stays_right_and_limits_the_rate():
    confusions = within_groups(CLASSES, {"bowed": ["Cello", "Violin"]})
    most = wrong(LABELS, 0.6, confusions=confusions)
    assert set(LABELS[most != LABELS]) == {"Cello", "Violin"}
    message = refusal(wrong, LABELS, 0.7, confusions=confusions)
    assert "a rate of 0.7 makes 70 of 100 labels wrong, and there are 60 unverified clips of classes" in message


def test_strangers_take_the_labels_of_as_many_clips_one_for_one():
    strangers = np.repeat(["Gong", "Siren"], [30, 10])
    replaced, replacing = strangers_for(LABELS, 0.2, 1, strangers)
    assert len(set(replaced)) == len(set(replacing)) == 20
    assert Counter(LABELS[replaced]) == {"Cello": 8, "Drum": 4, "Hi-hat": 4, "Violin": 4}
    assert Counter(strangers[replacing]) == {"Gong": 15, "Siren": 5}
    more = strangers_for(LABELS, 0.3, 1, strangers)
    pairs = set(zip(replaced, replacing, strict=True))
    assert pairs < set(zip(*more, strict=True)), "the same clips get the same labels"
    assert set(replaced) == set(np.flatnonzero(wrong(LABELS, 0.2) != LABELS)), "whose labels are wrong in all kinds"
    assert "makes 50 of 100 labels wrong, and there are 40 training clips of further classes" in refusal(
        strangers_for, LABELS, 0.5, 1, strangers
    )


def test_verified_clips_are_drawn_of_all_classes_alike():
    drawn = draw_verified(LABELS, 0.3, 1)
    assert Counter(LABELS[drawn]) == {"Cello": 12, "Drum": 6, "Hi-hat": 6, "Violin": 6}
    assert (drawn != draw_verified(LABELS, 0.3, 2)).any()


# ------------------------------------------------------------------ a confusion matrix


MATRIX = """class,Drum,Cello,Hi-hat,Violin
Cello,0,0.9,0,0.1
Drum,0.5,0.125,0.375,0
Hi-hat,0,0,1,0
Violin,0.2,0.2,0.2,0.4
"""


@pytest.fixture
def confusions_file(tmp_path):
    def write(text):
        (tmp_path / "confusions.csv").write_text(text)
        return tmp_path / "confusions.csv"

    return write


def test_the_diagonal_of_a_confusion_matrix_does_not_count(confusions_file):
    matrix = read_confusions(confusions_file(MATRIX), CLASSES)
    by_hand = [[0, 0, 0, 1], [0.25, 0, 0.75, 0], [0, 0, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0]]
    np.testing.assert_allclose(matrix, by_hand)


def test_wrong_labels_are_as_frequent_as_the_matrix_says(confusions_file):
    matrix = read_confusions(confusions_file(MATRIX), CLASSES)
    numbers = Counter(wrong(np.array(["Drum"] * 4000), 1, confusions=matrix))
    assert numbers.keys() == {"Cello", "Hi-hat"}
    assert 890 < numbers["Cello"] < 1110, "1000, and 4 standard deviations are 110"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Violin,0.2,0.2,0.2,0.4\n", "", "there is no row of the class 'Violin'"),
        ("Hi-hat,0,0,1,0\n", "Hi-hat,0,0,1,0\n" * 2, "there is more than one row of the class 'Hi-hat'"),
        (",Violin\n", ",Viola\n", "there is no column of the class 'Violin'"),
        ("Hi-hat,0,0,1,0\n", "Hi-hat,0,0,1,0\nGong,1,0,0,0\n", "there is a row of 'Gong', which is no class"),
        ("0.9,0,0.1", "0.9,0,0.3", "the row of 'Cello' sums to 1.2"),
        ("0.9,0,0.1", "1.1,0,-0.1", "the row of 'Cello' has a share outside 0 to 1"),
        ("0.9,0,0.1", "0.9,0,few", "not all shares are numbers"),
        ("0.9,0,0.1", "nan,0,0.1", "the row of 'Cello' has a share outside 0 to 1"),
        ("class,", "name,", "it needs `class`"),
    ],
)
def test_what_is_wrong_with_a_matrix_is_one_line(confusions_file, old, new, words):
    assert MATRIX.count(old) == 1
    message = refusal(read_confusions, confusions_file(MATRIX.replace(old, new)), CLASSES)
    assert words in message
    assert "confusions.csv" in message


# ------------------------------------------------------------------ the stage


@pytest.fixture
def corrupt(tmp_path):
    """Return a function from settings to (clips, true labels) of a table of 40 training clips and some others.

    Of every five training clips of a class two are verified; of the others one has a wrong label.
    """
    names = ["Cello", "Drum", "Gong"]
    rows, truth = [], {}
    for place, (label, number) in enumerate(itertools.product(names, range(20))):
        fname = f"{(place * 37) % 60:02d}.wav"
        truth[fname] = label
        given_label = names[(names.index(label) + 1) % 3] if number % 5 == 4 else label
        rows.append((fname, "train", given_label, int(number % 5 < 2)))
    rows += [("t1.wav", "test", "Cello", 1), ("t2.wav", "test", "Drum", 1)]
    table = pd.DataFrame(rows, columns=["fname", "split", "label", "manually_verified"])
    table = table.assign(usage="", subsets="", group="", fold="", path=table["fname"], seconds=1.0, md5="")

    def run(table=table, known=True, **settings):
        write_clips(table, tmp_path / "all.csv")
        lines = [f"{fname},{label}\n" for fname, label in truth.items()]
        (tmp_path / "given.csv").write_text("fname,true_label\n" + "".join(lines))
        settings = {"kind": "uniform", "rate": 0.5, "seed": 1, "classes": names[:2]} | settings
        paths = {"corrupted": tmp_path / "clips.csv", "true_labels": tmp_path / "true.csv"}
        settings |= {"true_labels": str(tmp_path / "given.csv")} if known else {}
        corrupt_labels.main(clips=tmp_path / "all.csv", **paths, settings=corrupt_labels.Settings(**settings))
        told = pd.read_csv(tmp_path / "true.csv").set_index("fname")["true_label"]
        return read_clips(tmp_path / "clips.csv"), told

    run.table, run.truth = table, truth
    return run


def test_labels_that_were_wrong_are_set_right_before_any_is_made_wrong(corrupt):
    clips, truth = corrupt(rate=0)
    training = clips[clips["split"] == "train"]
    assert len(training) == 40, "all whose true label is a class, whatever they were called"
    assert (training["label"] == truth[training.index]).all()
    assert training["manually_verified"].sum() == 16


def test_test_clips_and_verified_ones_stay_and_the_truth_is_told(corrupt):
    clips, truth = corrupt()
    training, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    before = corrupt.table.set_index("fname")
    assert test["label"].to_dict() == {"t1.wav": "Cello", "t2.wav": "Drum"}
    verified = training[training["manually_verified"] == 1]
    assert (verified["label"] == before.loc[verified.index, "label"]).all()
    assert truth.to_dict() == {fname: corrupt.truth[fname] for fname in training.index}
    assert (training["label"] != truth[training.index]).sum() == 12, "half of the 24 that nobody has verified"


def test_the_true_label_of_a_stranger_is_its_own_class(corrupt):
    clips, truth = corrupt(kind="out_of_vocabulary", rate=0.5, further_classes=["Gong"])
    training = clips[clips["split"] == "train"]
    strangers = training[truth[training.index] == "Gong"]
    assert len(strangers) == 12
    assert (strangers["manually_verified"] == 0).all(), "also of those that were verified as what they are"
    assert Counter(strangers["label"]) == {"Cello": 6, "Drum": 6}
    assert Counter(training["label"]) == {"Cello": 20, "Drum": 20}
    others = training.drop(strangers.index)
    assert (others["label"] == truth[others.index]).all()


def test_without_wrong_labels_all_kinds_are_the_same_table(corrupt, tmp_path):
    tables = set()
    kinds = {"uniform": {}, "confusable": {"groups": {"all": ["Cello", "Drum"]}}}
    for kind, more in (kinds | {"out_of_vocabulary": {"further_classes": ["Gong"]}}).items():
        corrupt(kind=kind, rate=0, **more)
        tables.add((tmp_path / "clips.csv").read_bytes())
    assert len(tables) == 1


def test_the_order_of_the_rows_makes_no_difference(corrupt, tmp_path):
    corrupt()
    before = (tmp_path / "clips.csv").read_bytes()
    corrupt(corrupt.table.iloc[[*range(59, -1, -1), 60, 61]])
    assert (tmp_path / "clips.csv").read_bytes() == before


def test_where_only_verified_labels_are_known_some_of_these_count_as_unverified(corrupt):
    clips, truth = corrupt(known=False, verified_share=0.25)
    training = clips[clips["split"] == "train"]
    assert len(training) == 16, "those that are verified and of a class"
    assert training["manually_verified"].sum() == 4
    wrong_ones = training[training["label"] != truth[training.index]]
    assert len(wrong_ones) == 6
    assert (wrong_ones["manually_verified"] == 0).all()
    again, _ = corrupt(known=False, verified_share=0.25, rate=1)
    assert again["manually_verified"].to_dict() == clips["manually_verified"].to_dict(), "whatever the rate"


def test_some_clips_must_be_verified_and_some_not(corrupt):
    assert "of 16 clips with a known label 0 are verified" in refusal(corrupt, known=False, verified_share=0.01)
    message = refusal(corrupt, corrupt.table.assign(manually_verified=1), known=False)
    assert "of 40 clips with a known label 40 are verified" in message
    assert "verified_share" in message
