"""The odds that a label is wrong by how labels go wrong, and several opinions made one order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import dirichlet_multinomial

from workflow_scripts.audit.confident_learning import second_opinion
from workflow_scripts.audit.opinions import combined, shares
from workflow_scripts.audit.ranking import ranks
from workflow_scripts.audit.suspicion import suspicion
from workflow_scripts.audit.wrong_odds import LEAST_PROBABILITY, PSEUDO_COUNTS, confusions, log_odds
from workflow_scripts.tasks.doubts import multilabel

# ------------------------------------------------------------------ the odds of one opinion


def certain(labels, classes):
    return np.eye(classes)[labels]


def doubtful(labels):
    return np.ones(len(labels), bool)


def test_labels_that_go_wrong_by_chance_are_as_doubtful_as_they_are_improbable_by_hand():
    """Nothing tells one wrong label from another, so by Bayes the odds are in proportion to (1 - p) / p."""
    probabilities = np.array([[0.2, 0.4, 0.4], [0.25, 0.75, 0], [0.5, 0.5, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    labels = np.array([0, 0, 0, 0, 1, 2])
    odds = log_odds(probabilities, labels, np.arange(6) >= 3)  # of these three none is wrong
    assert odds[:3] - odds[2] == pytest.approx(np.log([0.8 / 0.2, 0.75 / 0.25, 1]), abs=1e-9)
    assert odds[0] > odds[1] and suspicion(probabilities, labels)[0][0] < suspicion(probabilities, labels)[0][1]


def test_a_label_that_names_what_the_true_class_is_taken_for_is_more_doubtful():
    """Ten clips of class 0 are called 1. So are two more, one of which is likely of class 0, one of class 2."""
    labels = np.array([0] * 10 + [1] * 20 + [2] * 10 + [1, 1])
    heard = np.array([0] * 20 + [1] * 10 + [2] * 10)
    probabilities = np.vstack([certain(heard, 3), [[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]]])
    of_zero, of_two = log_odds(probabilities, labels, doubtful(labels))[-2:]
    assert of_zero > of_two + 1
    assert probabilities[-2, 1] == probabilities[-1, 1], "to cleanlab both are the same"


def test_confusions_are_by_the_pseudo_count_under_which_they_are_the_most_probable():
    random = np.random.default_rng(1)
    true, labels = random.integers(0, 5, 200), random.integers(0, 5, 200)
    labels[true == 3] = 4
    counts = np.array([np.bincount(labels[true == c], minlength=5) for c in range(5)])
    wrong = [np.delete(row, c) for c, row in enumerate(counts)]

    def likelihood(added):
        return sum(dirichlet_multinomial.logpmf(row, np.full(4, added), row.sum()) for row in wrong)

    added = max(PSEUDO_COUNTS, key=likelihood)
    assert PSEUDO_COUNTS.min() < added < PSEUDO_COUNTS.max()
    expected = (counts + added) / (counts + added).sum(axis=1, keepdims=True)
    assert confusions(true, labels, 5) == pytest.approx(expected)


def test_one_direction_of_noise_makes_the_pseudo_count_small_and_every_direction_makes_it_large():
    true = np.repeat(np.arange(6), 20)
    pairs, any_other = confusions(true, (true + 1) % 6, 6), confusions(true, np.tile(np.arange(6), 20), 6)
    assert pairs[0, 1] > 0.99
    assert any_other.std() < 0.01


def test_verified_labels_do_not_tell_how_labels_go_wrong():
    random = np.random.default_rng(1)
    probabilities, labels = random.dirichlet(np.ones(4), 40), random.integers(0, 4, 40)
    unverified = np.arange(40) < 30
    others = np.where(unverified, labels, (labels + 1) % 4)
    before, after = (log_odds(probabilities, given, unverified) for given in (labels, others))
    assert before[unverified].tolist() == after[unverified].tolist()
    assert np.isfinite(log_odds(probabilities, labels, ~doubtful(labels))).all(), "all are verified"


def test_what_is_certain_has_finite_odds():
    odds = log_odds(certain([0, 1, 0], 2), np.array([0, 0, 0]), np.zeros(3, bool))
    assert odds.argmax() == 1 and np.isfinite(odds).all()


def test_of_several_labels_the_odds_are_those_of_the_worst_decision():
    probabilities, truth = np.array([[0.25, 0.5], [0.9, 0.8], [0, 0.1]]), np.array([[1, 0], [1, 0], [1, 0]])
    odds = multilabel.log_odds(probabilities, truth, doubtful(truth))
    assert odds == pytest.approx(np.log([3, 4, 1 / LEAST_PROBABILITY]))


# ------------------------------------------------------------------ several opinions


def test_shares_by_hand():
    assert shares([5, 1, 5, 9]).tolist() == [0.5, 0.125, 0.5, 0.875]
    assert shares([3, np.nan, 2]).tolist() == pytest.approx([0.75, np.nan, 0.25], nan_ok=True)
    assert np.isnan(shares([np.nan, np.nan])).all()


def test_who_has_no_opinion_on_a_clip_has_no_say_in_it():
    mean = combined([[1, 2, 3, np.nan], [4, np.nan, 3, np.nan], [8, 2, 4, np.nan]])
    # places among three clips are worth 1/6, 3/6, 5/6, among two 1/4, 3/4
    expected = [(1 / 6 + 3 / 4 + 5 / 6) / 3, (3 / 6 + 1 / 6) / 2, (5 / 6 + 1 / 4 + 3 / 6) / 3, np.nan]
    assert mean.tolist() == pytest.approx(expected, nan_ok=True)


SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


@given(SCORES, st.data())
def test_the_combined_rank_of_one_opinion_is_its_own_on_any_scale(scores, data):
    verified = data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))
    fnames = data.draw(st.permutations([f"{number}.wav" for number in range(len(scores))]))
    own = ranks(scores, verified, fnames).tolist()
    assert ranks(combined([scores]), verified, fnames).tolist() == own
    assert ranks(combined([scores, np.exp(scores)]), verified, fnames).tolist() == own


@given(st.lists(st.permutations(range(7)), min_size=3, max_size=5), st.randoms())
def test_in_which_order_opinions_come_decides_nothing(opinions, random):
    before = combined(opinions).tolist()
    random.shuffle(opinions)
    assert combined(opinions).tolist() == before


def test_clips_that_are_equal_together_are_ranked_by_name():
    """Each is the first, the second and the third of three opinions; 1/6 + 3/6 + 5/6 depends on the order of adding."""
    mean = combined([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
    assert ranks(mean, [False] * 3, ["b", "c", "a"]).tolist() == [2, 3, 1]


def test_a_class_that_is_badly_calibrated_floods_the_margins_but_not_the_combined_rank():
    """Models find right labels of class 0 improbable, as they hear class 1 in all; of three wrong labels they know that
    they are wrong, but not what would be right."""
    right = np.repeat([1, 2, 3, 4, 5], 8)
    probabilities = np.vstack([[[0.25, 0.55, 0.05, 0.05, 0.05, 0.05]] * 8, 0.04 + 0.76 * np.eye(6)[right]])
    wrong = [[0.02, 0.26, 0.22, 0.26, 0.02, 0.22], [0.26, 0.02, 0.22, 0.22, 0.26, 0.02], [0.24] * 4 + [0.02] * 2]
    probabilities, labels = np.vstack([probabilities, wrong]), np.array([0] * 8 + [*right] + [4, 5, 4])
    margin = suspicion(probabilities, labels)[0]
    assert set(np.argsort(-margin)[:8]) == set(range(8))
    quality = second_opinion(probabilities, labels)[0]
    mean = combined([log_odds(probabilities, labels, doubtful(labels)), -quality])
    assert set(np.argsort(-mean)[:3]) == {48, 49, 50}
