"""The measures against hand calculation, brute force, scipy and sed_eval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sed_eval.audio_tag import AudioTaggingMetrics

from workflow_scripts.scoring.audio_tagging import audio_tagging_measures
from workflow_scripts.scoring.bootstrap import interval
from workflow_scripts.scoring.map_at_3 import map_at_3, reciprocal_rank, top_classes


@st.composite
def scored_clips(draw):
    """Scores that are small integers, so that there are ties and transforms stay exact, and true labels."""
    clips, classes = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    scores = draw(arrays(int, (clips, classes), elements=st.integers(0, 9)))
    return scores / 10, draw(arrays(int, clips, elements=st.integers(0, classes - 1)))


def test_one_over_the_rank_and_nothing_beyond_rank_three():
    probabilities = np.tile([0.4, 0.3, 0.2, 0.1], (4, 1))
    assert reciprocal_rank(probabilities, [0, 1, 2, 3]).tolist() == [1, 1 / 2, 1 / 3, 0]
    assert map_at_3(probabilities, [0, 1, 2, 3]) == pytest.approx(11 / 24)


def test_the_mean_is_over_clips_not_over_classes():
    probabilities = np.tile([0.5, 0.3, 0.2], (4, 1))
    assert map_at_3(probabilities, [0, 0, 0, 2]) == pytest.approx((1 + 1 + 1 + 1 / 3) / 4)  # over classes: 2/3


def test_of_equal_probabilities_the_first_class_comes_first():
    assert top_classes(np.array([[0.2, 0.3, 0.3, 0.2], [0.25, 0.25, 0.25, 0.25]])).tolist() == [[1, 2, 0], [0, 1, 2]]


def test_fewer_than_three_classes():
    assert top_classes(np.array([[0.4, 0.6]])).tolist() == [[1, 0]]
    assert map_at_3(np.array([[0.4, 0.6]]), [0]) == 1 / 2
    assert map_at_3(np.array([[1.0]]), [0]) == 1


def test_the_three_most_frequent_classes_of_fsdkaggle2018_for_every_clip():
    """1,600 scored clips: 110 Saxophone, 108 Violin_or_fiddle, 63 Gunshot_or_gunfire, the rest is never hit."""
    truth = np.repeat(np.arange(4), [110, 108, 63, 1600 - 110 - 108 - 63])
    assert map_at_3(np.tile([0.5, 0.3, 0.2, 0.0], (1600, 1)), truth) == pytest.approx(185 / 1600)


def kaggles_map(truth, guesses, k=3):
    """Kaggle's MAP@k by its definition: per clip the sum of the precisions at each new correct guess."""
    total = 0
    for label, guessed in zip(truth, guesses, strict=True):
        correct = set()
        for position, guess in enumerate(guessed[:k], start=1):
            if guess == label and guess not in correct:  # a label that is repeated counts once
                correct.add(guess)
                total += len(correct) / position
    return total / len(truth)


@pytest.mark.parametrize(("guesses", "score"), [("ABC", 1), ("AAA", 1), ("BAC", 1 / 2), ("BCA", 1 / 3), ("BCD", 0)])
def test_kaggles_worked_example(guesses, score):
    """The true label is A. Ours are probabilities, so that a class cannot be guessed twice."""
    assert kaggles_map("A", [guesses]) == score
    if len(set(guesses)) == 3:
        probabilities = [[0.1 + 0.2 * (3 - guesses.find(name)) * (name in guesses) for name in "ABCD"]]
        assert map_at_3(probabilities, [0]) == score


@given(scored_clips())
def test_equals_kaggles_definition(example):
    probabilities, truth = example
    guesses = [sorted(range(len(row)), key=lambda index, row=row: (-row[index], index)) for row in probabilities]
    assert map_at_3(probabilities, truth) == pytest.approx(kaggles_map(truth, guesses))


@given(scored_clips(), st.randoms())
def test_the_order_of_the_clips_does_not_matter(example, random):
    probabilities, truth = example
    order = random.sample(range(len(truth)), len(truth))
    assert map_at_3(probabilities[order], truth[order]) == pytest.approx(map_at_3(probabilities, truth))


@given(scored_clips())
def test_lies_between_accuracy_and_one_and_only_the_order_counts(example):
    probabilities, truth = example
    score = map_at_3(probabilities, truth)
    assert (probabilities.argmax(axis=1) == truth).mean() - 1e-12 <= score <= 1
    assert map_at_3(np.exp(5 * probabilities) - 3, truth) == score


@pytest.mark.parametrize(
    ("probabilities", "truth", "message"),
    [
        ([[0.5, np.nan]], [0], "NaN"),
        ([[0.5, 0.5]], [0, 1], "shape"),
        ([0.5, 0.5], [0, 1], "shape"),
        ([[0.5, 0.5]], [2], "outside"),
        ([[0.5, 0.5]], [-1], "outside"),
        (np.empty((0, 2)), [], "no clips"),
    ],
)
def test_what_cannot_be_scored_is_an_error(probabilities, truth, message):
    with pytest.raises(ValueError, match=message):
        map_at_3(probabilities, truth)


def test_the_interval_agrees_with_scipy():
    values = np.random.default_rng(0).choice([0, 1 / 3, 1 / 2, 1], p=[0.05, 0.05, 0.1, 0.8], size=300)
    reference = stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=0).confidence_interval
    assert interval(values, seed=1, resamples=5000) == pytest.approx((reference.low, reference.high), abs=0.003)


def test_the_interval_of_a_proportion_agrees_with_the_normal_approximation():
    values = np.repeat([0.0, 1.0], 5000)  # standard error of the mean: 0.5 / sqrt(10000)
    assert interval(values, seed=1) == pytest.approx((0.5 - 1.96 * 0.005, 0.5 + 1.96 * 0.005), abs=0.001)
    assert interval(values, seed=1, level=0.5) == pytest.approx((0.5 - 0.674 * 0.005, 0.5 + 0.674 * 0.005), abs=0.001)


@given(st.lists(st.sampled_from([0, 1 / 3, 1 / 2, 1]), min_size=1, max_size=30), st.randoms())
def test_the_interval_lies_within_the_values_and_ignores_the_order_of_clips(values, random):
    low, high = interval(values, seed=3, resamples=50)
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12
    shuffled = random.sample(values, len(values))
    assert interval(shuffled, seed=3, resamples=50) == (low, high)


def test_another_seed_draws_other_clips():
    values = np.random.default_rng(0).random(50)
    assert interval(values, seed=1) != interval(values, seed=2)


def test_audio_tagging_measures_by_hand():
    probabilities = np.array([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.2, 0.8, 0.0], [0.1, 0.2, 0.7]])
    measures = audio_tagging_measures(probabilities, [0, 1, 1, 2])
    assert measures["sed_eval_f_measure"] == measures["sed_eval_precision"] == measures["sed_eval_recall"] == 3 / 4
    # class 0: precision 1/2, recall 1; class 1: precision 1, recall 1/2; class 2: both 1
    assert measures["sed_eval_class_f_measure"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert measures["sed_eval_eer"] == pytest.approx(0)  # within each class the clips that have it score highest


def test_reversed_scores_have_an_equal_error_rate_of_one():
    assert audio_tagging_measures(np.array([[0.1, 0.9], [0.9, 0.1]]), [0, 1])["sed_eval_eer"] == pytest.approx(1)


def test_a_class_that_is_never_estimated_counts_as_zero():
    measures = audio_tagging_measures(np.array([[0.9, 0.1], [0.8, 0.2]]), [0, 1])
    assert measures["sed_eval_class_f_measure"] == pytest.approx((2 / 3 + 0) / 2)


def test_a_class_without_clips_is_left_out():
    measures = audio_tagging_measures(np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]), [0, 1])
    assert measures["sed_eval_class_f_measure"] == 1


def test_without_clips_to_reject_the_equal_error_rate_is_undefined():
    assert np.isnan(audio_tagging_measures(np.array([[0.9, 0.1], [0.2, 0.8]]), [0, 0])["sed_eval_eer"])


def test_agrees_with_sed_eval_given_all_clips_at_once():
    random = np.random.default_rng(0)
    truth = np.arange(30) % 3
    probabilities = random.dirichlet(np.ones(3), 30)
    names = [f"{clip}.wav" for clip in range(30)]
    metrics = AudioTaggingMetrics(["a", "b", "c"])
    metrics.evaluate(
        [{"filename": name, "tags": ["abc"[label]]} for name, label in zip(names, truth, strict=True)],
        [{"filename": name, "tags": ["abc"[row.argmax()]]} for name, row in zip(names, probabilities, strict=True)],
        [
            {"filename": name, "label": label, "probability": probability}
            for name, row in zip(names, probabilities, strict=True)
            for label, probability in zip("abc", row, strict=True)
        ],
    )
    overall, by_class = metrics.results_overall_metrics(), metrics.results_class_wise_average_metrics()
    assert audio_tagging_measures(probabilities, truth) == pytest.approx(
        {
            "sed_eval_f_measure": overall["f_measure"]["f_measure"],
            "sed_eval_precision": overall["f_measure"]["precision"],
            "sed_eval_recall": overall["f_measure"]["recall"],
            "sed_eval_class_f_measure": by_class["f_measure"]["f_measure"],
            "sed_eval_eer": by_class["eer"]["eer"],
        }
    )
