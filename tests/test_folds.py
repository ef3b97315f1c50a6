import logging
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from workflow_scripts import make_folds
from workflow_scripts.artefacts.clips import write_clips
from workflow_scripts.artefacts.folds import read_folds
from workflow_scripts.common.errors import UserError
from workflow_scripts.data.stratified_folds import stratified_folds


def spread(folds, n_folds):
    sizes = np.bincount(folds, minlength=n_folds)
    return sizes.max() - sizes.min()


@st.composite
def data_sets(draw):
    n_folds = draw(st.integers(2, 5))
    clips = draw(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=n_folds, max_size=40))
    labels, verified = zip(*clips, strict=True)
    return np.array(labels), np.array(verified), n_folds, draw(st.integers(0, 2**32))


@given(data_sets())
def test_every_clip_in_one_fold_and_counts_differ_by_at_most_one(data_set):
    labels, verified, n_folds, _ = data_set
    folds = stratified_folds(*data_set)
    assert folds.shape == labels.shape
    assert set(folds) == set(range(n_folds))  # no fold is empty
    assert spread(folds, n_folds) <= 1
    for part in (verified, ~verified):
        assert spread(folds[part], n_folds) <= 1
        for label in set(labels[part]):
            assert spread(folds[part & (labels == label)], n_folds) <= 1


@given(st.lists(st.integers(4, 9), min_size=1, max_size=5), st.integers(0, 100))
def test_label_counts_are_those_of_scikit_learn(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    folds = stratified_folds(labels, np.ones(len(labels), bool), 4, seed)
    splits = StratifiedKFold(4, shuffle=True, random_state=seed).split(labels, labels)
    for fold, (_, held_out) in enumerate(splits):
        assert Counter(labels[folds == fold]) == Counter(labels[held_out])


def test_seed_decides_who_goes_where():
    labels, verified = np.repeat(["a", "b"], 50), np.tile([True, False], 50)
    first = stratified_folds(labels, verified, 4, 1)
    np.testing.assert_array_equal(first, stratified_folds(labels, verified, 4, 1))
    # A clip comes to the same fold again in one of four cases: 25 of 100 on average.
    assert (first == stratified_folds(labels, verified, 4, 2)).mean() < 0.5


def test_neighbours_are_not_dealt_in_turn():
    folds = stratified_folds(np.zeros(200, int), np.ones(200, bool), 4, 1)
    steps = np.bincount(np.diff(folds) % 4, minlength=4)
    assert (steps > 20).all()  # in turn: all steps 1; at random: about 50 each


def test_fewer_clips_than_folds():
    with pytest.raises(UserError, match="3 training clips do not make 4 folds"):
        stratified_folds(["a", "a", "b"], [True, True, False], 4, 1)


def clip_table(order):
    names = [f"{number:02}.wav" for number in range(20)]
    table = pd.DataFrame(
        {
            "fname": [*names, "test.wav"],
            "split": ["train"] * 20 + ["test"],
            "label": [*("None", "Dog") * 10, "Dog"],
            "manually_verified": [1, 1, 0, 0, 0] * 4 + [1],
            "usage": [""] * 20 + ["Public"],
            "path": "clip.wav",
            "seconds": 1.0,
            "md5": "",
        }
    )
    return table.iloc[order]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("folds")


def stage(folder, order):
    write_clips(clip_table(order), folder / "clips.csv")
    make_folds.main(clips=folder / "clips.csv", folds=folder / "folds.csv", settings={"folds": 4, "seed": 1})
    return (folder / "folds.csv").read_bytes()


def test_stage_deals_training_clips_only(folder):
    stage(folder, range(21))
    names = clip_table(range(20))["fname"]
    assert Counter(read_folds(folder / "folds.csv", names)) == {0: 5, 1: 5, 2: 5, 3: 5}
    assert b"test.wav" not in (folder / "folds.csv").read_bytes()


def test_stage_logs_the_sizes(folder, caplog):
    with caplog.at_level(logging.INFO):
        stage(folder, range(21))
    assert "unverified  verified" in caplog.text
    assert re.search(r"\n3 +3 +2\n", caplog.text)  # 8 verified and 12 unverified clips in four folds


@given(st.permutations(range(21)))
def test_stage_ignores_the_order_of_the_rows(folder, order):
    assert stage(folder, order) == stage(folder, range(21))
