"""Classifiers of vectors: the same as scikit-learn's, and by hand."""

import json

import numpy as np
import pytest
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from workflow_scripts.parts.classifiers import linear, nearest_neighbours

STRENGTHS = [0.001, 0.03, 1.0, 30.0]


def drawn(clips, values, classes=4, seed=0):
    """Vectors of classes that overlap, one label each, and weights."""
    rng = np.random.default_rng(seed)
    labels = np.arange(clips) % classes
    vectors = 3 + rng.normal(size=(classes, values))[labels] + 2 * rng.normal(size=(clips, values))
    return vectors * rng.uniform(0.1, 10, values), labels, rng.uniform(0.3, 2, clips)


def of_several(clips, classes=3, seed=1):
    return (np.random.default_rng(seed).random((clips, classes)) < 0.4).astype(float)


def by_sklearn(vectors, labels, weights, C, wanted):
    """The probabilities that scikit-learn's regression says of ``wanted``, standardised as is said of ours."""
    scaler = StandardScaler().fit(vectors)
    regression = LogisticRegression(C=C, tol=1e-10, max_iter=10_000)
    regression.fit(scaler.transform(vectors), labels, sample_weight=weights)
    return regression.predict_proba(scaler.transform(wanted))


# ---------------------------------------------------------------- logistic regression


@pytest.mark.parametrize(("clips", "values"), [(120, 5), (40, 200)])
def test_the_regression_is_that_of_scikit_learn(clips, values):
    vectors, labels, weights = drawn(clips, values)
    others = drawn(50, values, seed=1)[0]
    fitted = list(linear.candidates(vectors, np.eye(4)[labels], weights, True, C=STRENGTHS))
    assert [chosen for chosen, _, _ in fitted] == [{"C": strength} for strength in STRENGTHS]
    for chosen, arrays, loss in fitted:
        expected = by_sklearn(vectors, labels, weights, chosen["C"], np.vstack([vectors, others]))
        ours = linear.predict(arrays, np.vstack([vectors, others]), True)
        np.testing.assert_allclose(ours, expected, atol=1e-4)
        of_clips = -np.log(expected[np.arange(clips), labels])
        assert loss == pytest.approx(np.average(of_clips, weights=weights), abs=1e-4)


@pytest.mark.parametrize(("clips", "values"), [(90, 4), (30, 100)])
def test_of_several_labels_it_is_one_regression_for_each_class(clips, values):
    vectors, _, weights = drawn(clips, values)
    targets = of_several(clips)
    for chosen, arrays, loss in linear.candidates(vectors, targets, weights, False, C=[0.01, 1.0]):
        expected = [by_sklearn(vectors, column, weights, chosen["C"], vectors)[:, 1] for column in targets.T]
        ours = linear.predict(arrays, vectors, False)
        np.testing.assert_allclose(ours, np.transpose(expected), atol=1e-4)
        of_clips = -np.log(np.where(targets.T == 1, expected, 1 - np.array(expected))).sum(axis=0)
        assert loss == pytest.approx(np.average(of_clips, weights=weights), abs=1e-3)


def test_targets_between_0_and_1_count_as_so_much_of_a_clip():
    """A clip that is 70 % of one class is one of 0.7 of its weight with that class, and one of 0.3 without."""
    vectors, _, weights = drawn(60, 3)
    soft = np.random.default_rng(2).random((60, 1))
    twice, labels = np.vstack([vectors, vectors]), np.repeat([1, 0], 60)
    both = np.concatenate([weights * soft[:, 0], weights * (1 - soft[:, 0])])
    scaled = StandardScaler().fit(vectors)
    regression = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000)
    regression.fit(scaled.transform(twice), labels, sample_weight=both)
    ((_, arrays, _),) = linear.candidates(vectors, soft, weights, False, C=[0.5])
    expected = regression.predict_proba(scaled.transform(vectors))[:, 1:]
    np.testing.assert_allclose(linear.predict(arrays, vectors, False), expected, atol=1e-4)


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_class_without_clips_is_improbable_and_in_nobodys_way(exclusive):
    vectors, labels, weights = drawn(80, 6, classes=3)
    targets = np.eye(4)[labels]
    for chosen, arrays, _ in linear.candidates(vectors, targets, weights, exclusive, C=[0.01, 1.0]):
        ours = linear.predict(arrays, vectors, exclusive)
        assert ours[:, 3].max() < 0.01
        if exclusive:
            expected = by_sklearn(vectors, labels, weights, chosen["C"], vectors)
            np.testing.assert_allclose(ours[:, :3], expected, atol=5e-3)


def test_the_order_of_the_strengths_makes_no_difference():
    vectors, labels, weights = drawn(60, 8)
    given = (vectors, np.eye(4)[labels], weights, True)
    ordered = list(linear.candidates(*given, C=[0.01, 0.1, 1.0]))
    mixed = list(linear.candidates(*given, C=[1.0, 0.01, 0.1]))
    assert [one[0] for one in ordered] == [one[0] for one in mixed]
    for (_, first, _), (_, second, _) in zip(ordered, mixed, strict=True):
        assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_a_value_that_never_varies_does_no_harm():
    vectors, labels, weights = drawn(40, 3)
    constant = np.hstack([vectors, np.full((40, 1), 7.0)])
    with_it, without = (
        next(linear.candidates(one, np.eye(4)[labels], weights, True, C=[1.0]))[1] for one in (constant, vectors)
    )
    expected = linear.predict(without, vectors, True)
    np.testing.assert_allclose(linear.predict(with_it, constant, True), expected, atol=1e-4)


def test_a_single_clip_can_be_learned_from():
    ((_, arrays, _),) = linear.candidates(np.ones((1, 5)), np.eye(3)[:1], np.ones(1), True, C=[1.0])
    assert linear.predict(arrays, np.ones((2, 5)), True).argmax(axis=1).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("part", "parameters"), [(linear, {"C": [0.1, 1.0]}), (nearest_neighbours, {"neighbours": [1, 5]})]
)
def test_what_is_fitted_twice_has_the_same_bytes_and_says_what_it_is(part, parameters):
    vectors, labels, weights = drawn(50, 70)
    given = (vectors, np.eye(4)[labels], weights, True)
    twice = [list(part.candidates(*given, **parameters)) for _ in range(2)]
    for (chosen, first, loss), (_, second, _) in zip(*twice, strict=True):
        assert json.loads(json.dumps(chosen)) == chosen
        assert np.isfinite(loss)
        assert {name: array.tobytes() for name, array in first.items()} == {
            name: array.tobytes() for name, array in second.items()
        }
        np.testing.assert_allclose(first["mean"], vectors.mean(axis=0))
        np.testing.assert_allclose(first["deviation"], vectors.std(axis=0))


def test_the_numbers_that_are_fitted_are_counted():
    ((_, arrays, _),) = linear.candidates(*_small(), True, C=[1.0])
    assert linear.parameters(2, 3) == arrays["coefficients"].size + arrays["intercepts"].size == 9
    assert nearest_neighbours.parameters(2, 3) == 0


def _small():
    return np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.eye(3), np.ones(3)


# ---------------------------------------------------------------- nearest neighbours


def test_votes_by_hand():
    """Standardised (mean 0, deviation 1 by values) these are directions of 45, 135, 225 and 315 degrees."""
    vectors = np.array([[1.0, 1], [-1, 1], [-1, -1], [1, -1]])
    targets = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    weights = np.array([1.0, 2, 3, 4])
    fitted = {
        c["neighbours"]: a
        for c, a, _ in nearest_neighbours.candidates(vectors, targets, weights, True, neighbours=[1, 3])
    }
    wanted = np.array([[0.1, 5.0]])  # nearly upwards, and a little to the right: first 0, then 1, then 3
    prior = np.array([3.0, 7]) / 10
    np.testing.assert_allclose(nearest_neighbours.predict(fitted[1], wanted, True), [(np.array([1.0, 0]) + prior) / 2])
    votes = np.array([1.0 + 2, 4]) + prior
    np.testing.assert_allclose(nearest_neighbours.predict(fitted[3], wanted, True), [votes / 8])


def test_the_loss_by_hand():
    """Each of two opposite clips is its own nearest, and one vote is halved: 3/4 and 1/4."""
    vectors, targets = np.array([[1.0], [-1.0]]), np.eye(2)
    ((_, _, loss),) = nearest_neighbours.candidates(vectors, targets, np.ones(2), True, neighbours=[1])
    assert loss == pytest.approx(-np.log(0.75))


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_nearest_are_those_of_scikit_learn(exclusive, monkeypatch):
    monkeypatch.setattr(nearest_neighbours, "BLOCK", 7)
    vectors, labels, weights = drawn(60, 5)
    targets = np.eye(4)[labels] if exclusive else of_several(60)
    others = drawn(20, 5, seed=3)[0]
    scaler = StandardScaler().fit(vectors)
    for chosen, arrays, _ in nearest_neighbours.candidates(vectors, targets, weights, exclusive, neighbours=[2, 9]):
        finder = NearestNeighbors(n_neighbors=chosen["neighbours"], metric="cosine").fit(scaler.transform(vectors))
        nearest = finder.kneighbors(scaler.transform(others), return_distance=False)
        votes = np.stack([np.average(targets[row], axis=0, weights=weights[row]) for row in nearest])
        total = weights[nearest].sum(axis=1, keepdims=True)
        expected = (votes * total + np.average(targets, axis=0, weights=weights)) / (total + 1)
        np.testing.assert_allclose(nearest_neighbours.predict(arrays, others, exclusive), expected, atol=1e-12)


def test_there_are_no_more_neighbours_than_clips_and_each_number_once():
    fitted = list(nearest_neighbours.candidates(*_small(), True, neighbours=[20, 2, 3, 10]))
    assert [chosen["neighbours"] for chosen, _, _ in fitted] == [2, 3]


def test_probabilities_of_one_label_sum_to_one():
    vectors, labels, weights = drawn(40, 3)
    for _, arrays, _ in nearest_neighbours.candidates(vectors, np.eye(4)[labels], weights, True, neighbours=[1, 7]):
        np.testing.assert_allclose(nearest_neighbours.predict(arrays, vectors, True).sum(axis=1), 1)
    for _, arrays, _ in linear.candidates(vectors, np.eye(4)[labels], weights, True, C=[1.0]):
        np.testing.assert_allclose(linear.predict(arrays, vectors, True).sum(axis=1), 1)
        assert np.isfinite(logit(linear.predict(arrays, vectors, False))).all()
