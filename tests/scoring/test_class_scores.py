"""Scores of single classes and the confusion of classes, against hand calculation and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from workflow_scripts.scoring.class_scores import class_scores
from workflow_scripts.scoring.confusion import confusion
from workflow_scripts.scoring.map_at_3 import map_at_3
from workflow_scripts.tables.class_scores import read_class_scores, write_class_scores

PROBABILITIES = [[0.6, 0.4, 0, 0], [0.4, 0.6, 0, 0], [0.6, 0.4, 0, 0], [0, 0.6, 0.4, 0]]
TRUTH = np.array([0, 0, 1, 1])


@st.composite
def scored_clips(draw):
    clips, classes = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    scores = draw(arrays(int, (clips, classes), elements=st.integers(0, 9)))
    return scores / 10, draw(arrays(int, clips, elements=st.integers(0, classes - 1)))


def test_by_hand():
    """Class 0: right on one of its two clips, and taken for it one clip of class 1. Nobody says 2 or 3."""
    found = class_scores(PROBABILITIES, TRUTH)
    assert found["clips"].tolist() == [2, 2, 0, 0]
    assert found["precision"][:2].tolist() == found["recall"][:2].tolist() == found["f1"][:2].tolist() == [1 / 2, 1 / 2]
    assert found["ap3"][:2].tolist() == [(1 + 1 / 2) / 2, (1 / 2 + 1) / 2]
    assert all(np.isnan(found[name][2:]).all() for name in ("f1", "precision", "recall", "ap3"))


def test_what_is_undefined():
    found = class_scores([[1.0, 0.0], [1.0, 0.0]], np.array([0, 0]))
    assert np.isnan([found[name][1] for name in ("f1", "precision", "recall", "ap3")]).all(), "neither is nor is said"
    found = class_scores([[1.0, 0.0], [1.0, 0.0]], np.array([1, 1]))
    assert np.isnan([found["recall"][0], found["ap3"][0]]).all(), "no clip has it"
    assert (found["precision"][0], found["f1"][0]) == (0, 0)
    assert np.isnan(found["precision"][1]), "it is never said"
    assert (found["recall"][1], found["ap3"][1], found["f1"][1]) == (0, 1 / 2, 0)


def test_beyond_rank_three_counts_nothing():
    assert class_scores([[0.4, 0.3, 0.2, 0.1]], np.array([3]))["ap3"][3] == 0


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(scored_clips())
def test_agrees_with_scikit_learn(example):
    probabilities, truth = example
    best, classes = probabilities.argmax(axis=1), np.arange(probabilities.shape[1])
    precision, recall, f1, clips = metrics.precision_recall_fscore_support(
        truth, best, labels=classes, average=None, zero_division=np.nan
    )
    found = class_scores(probabilities, truth)
    for name, expected in {"precision": precision, "recall": recall, "f1": f1, "clips": clips}.items():
        np.testing.assert_allclose(found[name], expected, atol=1e-12)
    assert confusion(probabilities, truth).tolist() == metrics.confusion_matrix(truth, best, labels=classes).tolist()


@given(scored_clips())
def test_confusion_sums_to_the_clips_of_each_class_and_its_diagonal_to_the_right_ones(example):
    probabilities, truth = example
    counts = confusion(probabilities, truth)
    assert counts.sum(axis=1).tolist() == np.bincount(truth, minlength=len(counts)).tolist()
    assert counts.diagonal().sum() == (probabilities.argmax(axis=1) == truth).sum()


@given(scored_clips())
def test_map_at_3_is_the_mean_of_the_classes_weighted_by_their_clips(example):
    probabilities, truth = example
    found = class_scores(probabilities, truth)
    mean = np.average(np.nan_to_num(found["ap3"]), weights=found["clips"])
    assert mean == pytest.approx(map_at_3(probabilities, truth))


def test_what_cannot_be_scored_is_an_error():
    with pytest.raises(ValueError, match="outside"):
        class_scores([[0.5, 0.5]], np.array([2]))
    with pytest.raises(ValueError, match="NaN"):
        class_scores([[0.5, np.nan]], np.array([0]))


def test_undefined_is_an_empty_cell_and_read_as_nan(tmp_path):
    path = tmp_path / "class_scores.csv"
    row = {"system": "a", "split": "all", "label": "None", "clips": 2, "f1": 0.0, "precision": np.nan}
    write_class_scores([row | {"recall": 1 / 3, "ap3": 0.5}], path)
    assert path.read_text().splitlines()[1] == "a,all,None,2,0.000000,,0.333333,0.500000"
    read = read_class_scores(path).iloc[0]
    assert read["label"] == "None"
    assert np.isnan(read["precision"])
