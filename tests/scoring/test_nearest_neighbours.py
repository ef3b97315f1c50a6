"""Nearest neighbours of patches, and their votes."""

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from workflow_scripts.scoring import nearest_neighbours
from workflow_scripts.scoring.balanced_accuracy import balanced_accuracy
from workflow_scripts.scoring.nearest_neighbours import predict, votes_of_patches


def at(*degrees):
    angles = torch.tensor(degrees, dtype=torch.float32).deg2rad()
    return torch.stack([angles.cos(), angles.sin()], dim=1)


MEMORY, CLASSES, CLIPS = at(0, 10, 30, 90, 180), torch.tensor([0, 2, 2, 1, 1]), torch.tensor([0, 0, 1, 2, 3])


def test_neighbours_by_hand():
    """At 4 degrees: 0, 10, 30, 90, 180 in this order. At 100: 90, 30, 180 (70 and 80 away), 10."""
    lengths = torch.tensor([[3.0], [1.0], [0.1], [7.0], [1.0]])
    found = predict(MEMORY * lengths, CLASSES, at(4, 100) * 5, neighbours=3)
    np.testing.assert_allclose(found, [[1 / 3, 0, 2 / 3], [0, 2 / 3, 1 / 3]], rtol=1e-6)
    assert predict(MEMORY, CLASSES, at(4), neighbours=1).tolist() == [[1, 0, 0]]


def test_patches_of_the_querys_own_clip_are_no_neighbours():
    found = predict(MEMORY, CLASSES, at(4, 4), neighbours=1, own=(CLIPS, torch.tensor([0, 1])))
    assert found.tolist() == [[0, 0, 1], [1, 0, 0]], "30 degrees is the nearest of another clip than 0"


def test_where_fewer_neighbours_are_left_they_all_vote():
    assert predict(MEMORY, CLASSES, at(4), neighbours=200).tolist() == pytest.approx(np.array([[0.2, 0.4, 0.4]]))
    found = predict(MEMORY[:3], CLASSES[:3], at(4), neighbours=200, own=(CLIPS[:3], torch.tensor([0])))
    assert found.tolist() == [[0, 0, 1]]
    alone = predict(MEMORY[:2], CLASSES[:2], at(4), neighbours=5, own=(CLIPS[:2], torch.tensor([0])), classes=4)
    assert alone.tolist() == [[0.25] * 4]


@pytest.mark.parametrize("neighbours", [1, 5, 30])
def test_neighbours_are_those_of_scikit_learn(neighbours, monkeypatch):
    monkeypatch.setattr(nearest_neighbours, "AT_ONCE", 7)  # so that there are several blocks
    rng = np.random.default_rng(0)
    memory, queries, classes = rng.normal(size=(60, 8)), rng.normal(size=(20, 8)), np.arange(60) % 4
    reference = KNeighborsClassifier(neighbours, metric="cosine").fit(memory, classes)
    found = predict(*map(torch.from_numpy, (memory, classes, queries)), neighbours)
    np.testing.assert_allclose(found, reference.predict_proba(queries), rtol=1e-6)


def test_leaving_out_a_querys_own_clip_is_as_if_it_were_not_there():
    rng = np.random.default_rng(1)
    memory, classes, clips = rng.normal(size=(40, 6)), rng.integers(0, 3, 40), np.arange(40) // 4
    own = torch.from_numpy(clips)
    found = predict(*map(torch.from_numpy, (memory, classes, memory)), 9, own=(own, own))
    for clip in range(10):
        others = clips != clip
        reference = KNeighborsClassifier(9, metric="cosine").fit(memory[others], classes[others])
        np.testing.assert_allclose(found[~others], reference.predict_proba(memory[~others]), rtol=1e-6)


def test_patches_vote_for_their_clip_and_the_first_of_equal_classes_wins():
    shares = np.array([[0.6, 0.4, 0], [0.5, 0.5, 0], [0, 0.1, 0.9], [0, 0, 1]])
    votes = votes_of_patches(shares, np.array([0, 0, 0, 2]), 3)
    np.testing.assert_allclose(votes, [[2 / 3, 0, 1 / 3], [1 / 3] * 3, [0, 0, 1]])
    assert votes_of_patches(shares[[0, 2]], np.array([0, 0]), 1).argmax(axis=1) == 0


def test_balanced_accuracy_is_scikit_learns():
    rng = np.random.default_rng(0)
    labels, predicted = rng.choice([0, 1, 4], 50, p=[0.7, 0.2, 0.1]), rng.integers(0, 6, 50)
    known = np.where(np.isin(predicted, labels), predicted, labels)  # scikit-learn warns of others
    assert balanced_accuracy(known, labels) == pytest.approx(balanced_accuracy_score(labels, known))
    assert balanced_accuracy(np.array([0, 0, 0, 5]), np.array([0, 0, 1, 2])) == pytest.approx(1 / 3)
