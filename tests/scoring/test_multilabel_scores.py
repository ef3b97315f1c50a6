"""The measures of clips with any number of labels: by hand, against the formula, scikit-learn and sed_eval."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, label_ranking_average_precision_score

from workflow_scripts.scoring.average_precision import areas_under_roc, average_precisions, d_prime, mean_of_known
from workflow_scripts.scoring.bootstrap import paired_interval_of_sums
from workflow_scripts.scoring.calibration import expected_calibration_error, reliability_of_decisions
from workflow_scripts.scoring.confusion import confusion, confusion_of_sets
from workflow_scripts.scoring.estimates import Ratio
from workflow_scripts.scoring.lwlrap import lwlrap
from workflow_scripts.tasks import multilabel
from workflow_scripts.tasks.scores import multilabel as scores

PROBABILITIES = np.array([[0.9, 0.8, 0.1, 0.2], [0.4, 0.6, 0.3, 0.1], [0.7, 0.2, 0.6, 0.1]])
TRUTH = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0]])  # no clip has the last class


def clips(seed, count=60, classes=5):
    random = np.random.default_rng(seed)
    truth = random.random((count, classes)) < 0.3
    truth[:, -1] = False
    return np.clip(random.normal(0.3 + 0.3 * truth, 0.2), 0, 1).round(1), truth


def direct_lwlrap(probabilities, truth):
    """Return it by its definition: of every label, how many labels are at least as probable, by its rank."""
    found = []
    for row, has in zip(probabilities, truth, strict=True):
        for label in np.flatnonzero(has):
            above = row >= row[label]
            found.append((above & (has > 0)).sum() / above.sum())
    return np.mean(found)


# ------------------------------------------------------------------ lwlrap


def test_lwlrap_by_hand():
    # first clip: its labels have the ranks 1 and 4: 1/1 and 2/4; second: rank 1; third: rank 2
    assert lwlrap(PROBABILITIES, TRUTH) == pytest.approx((1 + 2 / 4 + 1 + 1 / 2) / 4)


def test_each_label_weighs_the_same_not_each_clip():
    truth = np.array([[1, 1, 1], [0, 0, 1]])
    assert lwlrap(np.array([[0.9, 0.8, 0.7], [0.9, 0.8, 0.7]]), truth) == pytest.approx((3 * 1 + 1 / 3) / 4)


def test_equal_probabilities_have_the_last_of_their_ranks():
    assert lwlrap(np.full((1, 4), 0.5), np.array([[0, 1, 0, 0]])) == 1 / 4


@given(st.integers(0, 10**6))
def test_lwlrap_is_its_definition_and_that_of_scikit_learn(seed):
    probabilities, truth = clips(seed)
    ours = lwlrap(probabilities, truth)
    assert ours == pytest.approx(direct_lwlrap(probabilities, truth))
    labels = truth.sum(axis=1)
    assert ours == pytest.approx(label_ranking_average_precision_score(truth, probabilities, sample_weight=labels))
    order = np.random.default_rng(seed).permutation(truth.shape[1])
    assert lwlrap(probabilities[:, order], truth[:, order]) == pytest.approx(ours), "the order of classes is nothing"


def test_lwlrap_of_no_label_is_undefined():
    assert np.isnan(lwlrap(PROBABILITIES, np.zeros((3, 4))))


# ------------------------------------------------------------------ means over classes


def test_average_precision_and_area_by_hand():
    # Class 0: clips in the order 0, 2, 1, of which 0 has it. Class 2: 2, 1, 0, of which 2 and 0 have it.
    found = average_precisions(PROBABILITIES, TRUTH)
    assert found[:3] == pytest.approx([1, 1 / 2, (1 / 1 + 2 / 3) / 2]) and np.isnan(found[3])
    # Pairs of one that has the class and one that has not, in the right order: 2 of 2, 1 of 2, 1 of 2.
    areas = areas_under_roc(PROBABILITIES, TRUTH)
    assert areas[:3] == pytest.approx([1, 1 / 2, 1 / 2]) and np.isnan(areas[3])


def test_a_class_that_all_clips_have_has_an_average_precision_and_no_area():
    truth = np.array([[1], [1]])
    assert average_precisions(np.array([[0.1], [0.9]]), truth).tolist() == [1]
    assert np.isnan(areas_under_roc(np.array([[0.1], [0.9]]), truth)).all()


def test_d_prime_is_the_distance_of_two_normal_distributions():
    random = np.random.default_rng(1)
    present, absent = random.normal(1.5, 1, 20_000), random.normal(0, 1, 20_000)
    scores = np.concatenate([present, absent])[:, None]
    area = areas_under_roc(scores, np.repeat([[1], [0]], 20_000, axis=0))
    assert d_prime(area[0]) == pytest.approx(1.5, abs=0.05)
    assert d_prime(0.5) == 0
    assert np.isnan(d_prime(mean_of_known(np.array([np.nan]))))


@given(st.integers(0, 10**6))
def test_f1_is_that_of_scikit_learn_over_the_classes_that_clips_have(seed):
    probabilities, truth = clips(seed)
    of_classes, tagged = scores.class_scores(probabilities, truth), probabilities >= 0.5
    bins = scores.reliability(probabilities, truth)
    others = scores.others(probabilities, truth, of_classes, bins)
    assert scores.estimates(probabilities, truth)["micro_f1"].value == pytest.approx(
        f1_score(truth, tagged, average="micro", zero_division=0)
    )
    known = truth.any(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = f1_score(truth[:, known], tagged[:, known], average="macro", zero_division=0)
    assert others["macro_f1"] == pytest.approx(reference)
    assert others["auc_classes"] == (known & ~truth.all(axis=0)).sum()


def test_a_class_without_clips_is_in_no_mean_and_named_with_its_false_alarms():
    tagged = PROBABILITIES.copy()
    tagged[1, 3] = 0.95  # of the last class, which no clip has
    of_classes = scores.class_scores(tagged, TRUTH)
    assert of_classes["clips"].tolist() == [1, 1, 2, 0]
    assert of_classes["precision"][3] == 0 and np.isnan([of_classes[name][3] for name in ("recall", "ap", "auc")]).all()
    others = scores.others(tagged, TRUTH, of_classes, scores.reliability(tagged, TRUTH))
    assert others["map"] == pytest.approx(of_classes["ap"][:3].mean())
    assert others["auc_classes"] == 3
    before = scores.estimates(PROBABILITIES, TRUTH)["micro_f1"].value
    assert scores.estimates(tagged, TRUTH)["micro_f1"].value < before, "its false alarm counts over all labels"


def test_validation_measures_are_those_of_the_score_table():
    probabilities, truth = clips(3)
    measures = multilabel.measures(probabilities, truth.astype(np.float32))
    assert list(measures) == multilabel.MEASURES
    assert measures["verified_lwlrap"] == pytest.approx(direct_lwlrap(probabilities, truth))
    assert measures["verified_map"] == pytest.approx(mean_of_known(average_precisions(probabilities, truth)))


# ------------------------------------------------------------------ calibration and confusion


def test_calibration_is_over_all_decisions_by_hand():
    table = reliability_of_decisions(np.array([[0.05, 0.95], [0.05, 0.95]]), np.array([[0, 1], [0, 0]]))
    assert table["clips"].tolist() == [2, *[0] * 8, 2], "decisions, not clips"
    assert table.loc[9, ["confidence", "accuracy"]].tolist() == [0.95, 0.5]
    assert expected_calibration_error(table) == pytest.approx((0.05 + 0.45) / 2)


def test_a_label_among_as_many_best_classes_as_there_are_labels_is_found_by_hand():
    # First clip, two labels: class 0 is among the two best, class 2 is not; the best class that it lacks is 1.
    counts = confusion_of_sets(PROBABILITIES, TRUTH)
    assert counts.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


@given(st.integers(0, 10**6))
def test_with_one_label_a_clip_confusions_are_those_of_one_label(seed):
    random = np.random.default_rng(seed)
    probabilities, labels = random.dirichlet(np.ones(4), 30).round(1), random.integers(0, 4, 30)
    counts = confusion_of_sets(probabilities, np.eye(4)[labels])
    assert counts.tolist() == confusion(probabilities, labels).tolist()


@given(st.integers(0, 10**6))
def test_every_label_is_counted_once_and_taken_for_nothing_that_the_clip_has(seed):
    probabilities, truth = clips(seed)
    counts = confusion_of_sets(probabilities, truth)
    assert counts.sum(axis=1).tolist() == truth.sum(axis=0).tolist()
    full = np.ones((3, 4))
    assert confusion_of_sets(np.random.default_rng(seed).random((3, 4)), full).tolist() == (3 * np.eye(4)).tolist()


# ------------------------------------------------------------------ the bootstrap of a ratio of sums


def test_the_interval_of_a_ratio_agrees_with_drawing_clips():
    random = np.random.default_rng(0)
    wholes = random.integers(1, 5, 150)
    parts, others = wholes * random.random(150), wholes * random.random(150)
    ours, theirs = Ratio(parts, wholes), Ratio(others, wholes)
    drawn = [random.integers(0, 150, 150) for _ in range(4000)]
    values = [parts[one].sum() / wholes[one].sum() for one in drawn]
    differences = [(parts[one] - others[one]).sum() / wholes[one].sum() for one in drawn]
    assert ours.interval(1, 4000) == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.15 * np.std(values))
    difference, low, high = ours.difference(theirs, 1, 4000)
    assert difference == pytest.approx(ours.value - theirs.value)
    bounds = np.quantile(differences, [0.025, 0.975])
    assert (low, high) == pytest.approx(bounds, abs=0.15 * np.std(differences))
    assert ours.difference(ours, 1, 50) == (0, 0, 0)


def test_a_ratio_of_nothing_is_undefined():
    nothing = Ratio(np.zeros(3), np.zeros(3))
    assert np.isnan([nothing.value, *nothing.interval(1, 20)]).all()


def test_sums_of_other_clips_cannot_be_paired():
    with pytest.raises(ValueError, match="paired"):
        paired_interval_of_sums(np.ones((3, 2)), np.ones((4, 2)), None, seed=1)
