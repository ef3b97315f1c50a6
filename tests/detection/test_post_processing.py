"""From probabilities of frames to events, and how threshold and filter are chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import median_filter

from workflow_scripts.detection.post_processing import events_of, median_filtered, odd_steps
from workflow_scripts.detection.tuning import best_settings
from workflow_scripts.labels.pseudo_tags import best_thresholds
from workflow_scripts.labels.smoothing import smoothed
from workflow_scripts.scoring.tag_f1 import macro_tag_f1, tag_f1

PROBABILITIES = arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=st.floats(0, 1, width=16))


def column(*values):
    return np.array(values, np.float32)[:, None]


# ---------------------------------------------------------------- events


def test_runs_of_active_steps_are_events():
    frames = np.array([[0.9, 0.1], [0.5, 0.6], [0.4, 0.6], [0.7, 0.6]])
    assert events_of(frames, [0.5, 0.6], 0.5) == [(0, 1, 0), (1.5, 2, 0), (0.5, 2, 1)]


def test_no_event_lasts_beyond_the_clip():
    frames = column(0, 1, 1, 0, 1)
    assert events_of(frames, [0.5], 1.0, seconds=2.25) == [(1, 2.25, 0)]


@given(PROBABILITIES)
def test_events_cover_exactly_the_active_steps_and_never_touch(frames):
    thresholds = np.full(frames.shape[1], 0.5)
    covered = np.zeros(frames.shape, bool)
    last = {}
    for onset, offset, label in events_of(frames, thresholds, 1.0):
        assert onset > last.get(label, -1), "a step lies between two events of a class"
        last[label] = offset
        covered[int(onset) : int(offset), label] = True
    assert (covered == (frames >= 0.5)).all()


# ---------------------------------------------------------------- filters


def test_the_median_filter_takes_zeros_for_what_lies_outside():
    frames = column(1, 1, 0, 0, 1, 1, 1)
    assert median_filtered(frames, [5]).ravel().tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert median_filtered(frames, [1]).ravel().tolist() == frames.ravel().tolist()


@given(PROBABILITIES, st.integers(0, 10), st.floats(0.01, 1))
def test_filtering_before_the_threshold_is_filtering_after_it(frames, half, threshold):
    """The baseline filters decisions, here probabilities are filtered."""
    length = 2 * half + 1
    decisions = median_filter((frames >= threshold).astype(int), (length, 1), mode="constant")
    filtered = median_filtered(frames, [length] * frames.shape[1]) >= threshold
    assert (filtered == (decisions > 0)).all()


def test_each_class_has_its_own_length():
    frames = np.array([[0, 0], [1, 1], [0, 0]], np.float32)
    assert median_filtered(frames, [1, 3]).tolist() == [[0, 0], [1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("seconds", "step", "odd"), [(1.02, 0.02, 51), (0.2, 0.0415, 5), (0.01, 0.02, 1), (0.06, 0.02, 3), (0.041, 0.02, 3)]
)
def test_lengths_are_the_nearest_odd_number_of_steps(seconds, step, odd):
    assert odd_steps(seconds, step) == odd


def test_smoothing_closes_gaps_and_does_not_fade_at_the_ends():
    frames = column(1, 1, 0, 1, 1, 0, 0, 0, 0, 0)
    assert smoothed(frames, 3).ravel().tolist() == [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    soft = smoothed(frames, 3, gaussian_steps=1.0).ravel()
    assert soft[0] == pytest.approx(1, abs=1e-3)
    assert (np.diff(soft) <= 1e-6).all()
    assert 0 < soft[5] < 0.5 < soft[4] < 1


# ---------------------------------------------------------------- F1 of tags


def test_f1_of_tags_by_hand():
    tagged = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
    true = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0]], bool)
    assert tag_f1(tagged, true).tolist() == pytest.approx([1 / 2, 2 / 3, 0]), "0 where there is nothing at all"
    assert macro_tag_f1(tagged, true) == pytest.approx((1 / 2 + 2 / 3) / 3)


# ---------------------------------------------------------------- tuning


def test_thresholds_with_the_best_f1_and_the_first_of_equals():
    probabilities = np.array([[0.2, 0.9], [0.6, 0.8], [0.7, 0.1]])
    tags = np.array([[False, True], [True, True], [True, False]])
    assert best_thresholds(probabilities, tags, [0.0, 0.3, 0.5, 0.75]).tolist() == [0.3, 0.3]


def test_a_filter_that_loses_tags_is_too_long_and_the_longest_other_one_wins():
    """Class 0 has events of two steps, class 1 of seven."""
    clips, tags = [], []
    for number in range(6):
        frames = np.full((30, 2), 0.05, np.float32)
        if number % 2:
            frames[10:12, 0] = 0.9
        if number % 3:
            frames[10:17, 1] = 0.9
        clips.append(frames)
        tags.append([number % 2 > 0, number % 3 > 0])
    thresholds, lengths, f1 = best_settings(clips, np.array(tags), [0.5, 0.01], [21, 9, 3])
    assert thresholds.tolist() == [0.5, 0.5]
    assert lengths.tolist() == [3, 9]
    assert f1.tolist() == [1, 1]


@given(st.data())
def test_no_candidate_is_better_than_the_one_chosen(data):
    count = data.draw(st.integers(1, 4))
    shape = (data.draw(st.integers(1, 12)), 2)
    clips = [data.draw(arrays(np.float32, shape, elements=st.floats(0, 1, width=16))) for _ in range(count)]
    tags = data.draw(arrays(bool, (count, 2)))
    candidates = [(length, threshold) for length in (5, 1) for threshold in (0.5, 0.25)]
    scores = []
    for length, threshold in candidates:
        tagged = [(median_filtered(frames, [length] * 2) >= threshold).any(axis=0) for frames in clips]
        scores.append(tag_f1(np.array(tagged), tags))
    thresholds, lengths, f1 = best_settings(clips, tags, [0.5, 0.25], [5, 1])
    for label in range(2):
        of_class = [score[label] for score in scores]
        assert f1[label] == max(of_class)
        assert (lengths[label], thresholds[label]) == candidates[of_class.index(max(of_class))]
