"""Scores of sound events: the challenge's rule by hand, sed_eval's own sums, and the published anchors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sed_scores_eval import intersection_based

from workflow_scripts.scoring.bootstrap import interval_of_sums
from workflow_scripts.scoring.psds import SCENARIOS, _Writable, psds
from workflow_scripts.scoring.sound_events import (
    class_f1,
    class_means,
    clip_based,
    event_based,
    macro_f1,
    right_estimates,
    segment_based,
)

TASK4 = Path(__file__).parents[3] / "shared/data/dcase2018-task4-meta"
needs_task4 = pytest.mark.skipif(not TASK4.is_dir(), reason="no tables of DCASE 2018 Task 4 beside this checkout")
COLUMNS = ["fname", "onset", "offset", "event_label"]
TEN = [
    *["Alarm_bell_ringing", "Blender", "Cat", "Dishes", "Dog"],
    *["Electric_shaver_toothbrush", "Frying", "Running_water", "Speech", "Vacuum_cleaner"],
]


def events(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def of_one_clip(*bounds, label="Dog"):
    return events(*(("a", onset, offset, label) for onset, offset in bounds))


# ---------------------------------------------------------------- the rule, by hand


@pytest.mark.parametrize(
    ("reference", "estimate", "found"),
    [
        ([(1, 6)], [(1.19, 5.1)], 1),  # 20 % of five seconds are one second
        ([(1, 6)], [(1, 4.9)], 0),
        ([(1, 6)], [(1.21, 6)], 0),  # an onset has 200 ms, however long the event is
        ([(1, 1.5)], [(1, 1.69)], 1),  # 200 ms are more than 20 % of half a second
        ([(1, 1.5)], [(1, 1.71)], 0),
        ([(1, 2), (2.3, 3)], [(1, 3)], 0),
        ([(1, 2)], [(1, 2), (1.1, 2.1)], 1),  # an event is found once
        ([(1, 2), (1.1, 2.1)], [(1.05, 2.05)], 1),  # an estimate finds one event
        ([(1, 2), (1.3, 2.3)], [(1.15, 2.15), (0.9, 1.9)], 2),  # as many as possible are found, in whatever order
        ([], [(1, 2)], 0),
        ([(1, 2)], [], 0),
    ],
)
def test_an_event_is_found_within_the_tolerances(reference, estimate, found):
    _, counts = event_based(of_one_clip(*reference), of_one_clip(*estimate), ["a"], ["Dog"])
    assert counts.tolist() == [[[len(reference), len(estimate), found]]]


def test_another_class_or_another_clip_is_not_found():
    reference = events(("a", 1, 2, "Dog"), ("b", 1, 2, "Cat"))
    estimate = events(("a", 1, 2, "Cat"), ("b", 1, 2, "Dog"))
    _, counts = event_based(reference, estimate, ["a", "b"], ["Cat", "Dog"])
    assert counts[:, :, 2].sum() == 0


def test_a_class_that_is_never_estimated_counts_as_zero_and_one_that_no_clip_has_is_left_out():
    reference = events(("a", 1, 2, "Dog"), ("b", 1, 2, "Cat"))
    estimate = events(("a", 1, 2, "Dog"))
    metrics, counts = event_based(reference, estimate, ["a", "b"], ["Cat", "Cow", "Dog"])
    assert metrics.results_class_wise_average_metrics()["f_measure"]["f_measure"] == pytest.approx(0.5)
    assert macro_f1(counts.sum(axis=0)) == pytest.approx(0.5)
    np.testing.assert_equal(class_f1(counts.sum(axis=0)), [0, np.nan, 1])


@pytest.mark.parametrize("score", [event_based, segment_based])
def test_a_class_that_sounds_in_no_scored_clip_is_left_out_of_all_means_alike(score):
    """Perfect but for false alarms of Cow: as sed_eval says without Cow in its vocabulary, and by hand."""
    reference = events(("a", 1, 2, "Dog"), ("b", 1, 2, "Cat"), ("not scored", 1, 2, "Cow"))
    alarms = events(("a", 3, 4, "Cow"), ("b", 8, 9, "Cow"))
    perfect = pd.concat([reference, alarms])
    metrics, _ = score(reference, perfect, ["a", "b"], ["Cat", "Cow", "Dog"])
    assert class_means(metrics) == {"f_measure": 1, "precision": 1, "recall": 1, "error_rate": 0}
    assert metrics.results_overall_metrics()["f_measure"]["f_measure"] == pytest.approx(2 * 2 / (2 + 4)), "micro"

    spoilt = pd.concat([events(("a", 1, 2, "Dog"), ("a", 5, 6, "Dog")), alarms])  # Cat is never estimated
    metrics, _ = score(reference, spoilt, ["a", "b"], ["Cat", "Cow", "Dog"])
    by_hand = {"f_measure": (0 + 2 / 3) / 2, "precision": (0 + 1 / 2) / 2, "recall": (0 + 1) / 2}
    assert class_means(metrics) == pytest.approx(by_hand | {"error_rate": (1 + 1) / 2})


def test_where_no_class_sounds_the_means_are_undefined():
    metrics, counts = event_based(events(), of_one_clip((1, 2)), ["a"], ["Cat", "Dog"])
    assert np.isnan([*class_means(metrics).values(), macro_f1(counts.sum(axis=0))]).all()


def test_false_alarms_in_a_clip_without_events_count():
    reference = events(("a", 1, 2, "Dog"))
    estimate = events(("a", 1, 2, "Dog"), ("empty", 3, 4, "Dog"))
    metrics, _ = event_based(reference, estimate, ["a", "empty"], ["Dog"])
    assert metrics.results_class_wise_metrics()["Dog"]["f_measure"]["f_measure"] == pytest.approx(2 / 3)
    metrics, _ = event_based(reference, estimate, ["a"], ["Dog"])
    assert metrics.results_class_wise_metrics()["Dog"]["f_measure"]["f_measure"] == 1, "clips that are not scored"


def test_clips_are_compared_by_their_whole_names():
    reference = events(("a.wav", 1, 2, "Dog"))
    estimate = events(("aa.wav", 1, 2, "Dog"), ("a-wav", 1, 2, "Dog"))
    _, counts = event_based(reference, estimate, ["a.wav", "aa.wav", "a-wav"], ["Dog"])
    assert counts[:, 0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_segments_of_one_second_are_counted_where_any_of_them_sounds():
    _, counts = segment_based(of_one_clip((0.5, 2.5)), of_one_clip((1.0, 4.0)), ["a"], ["Dog"])
    assert counts.tolist() == [[[3, 3, 2]]], "seconds 0, 1, 2 and 1, 2, 3"


def test_tags_of_clips_do_not_look_at_times():
    reference, estimate = events(("a", 0, 1, "Dog"), ("a", 5, 6, "Dog")), events(("a", 8, 9, "Dog"), ("b", 1, 2, "Cat"))
    assert clip_based(reference, estimate, ["a", "b"], ["Cat", "Dog"]).tolist() == [
        [[0, 0, 0], [1, 1, 1]],
        [[0, 1, 0], [0, 0, 0]],
    ]


def test_pictures_mark_the_estimates_that_find_something():
    estimate = events(("a", 1.19, 5.1, "Dog"), ("a", 1.21, 6, "Dog"), ("a", 1, 6, "Cat"))
    assert right_estimates(of_one_clip((1, 6)), estimate).tolist() == [True, False, False]


# ---------------------------------------------------------------- invariants

EVENT = st.tuples(
    st.sampled_from("abc"), st.integers(0, 90), st.integers(1, 30), st.sampled_from(["Cat", "Dog", "Fox"])
)


def table(drawn):
    return events(*((clip, start / 10, (start + length) / 10, label) for clip, start, length, label in drawn))


@given(st.lists(EVENT, max_size=12), st.lists(EVENT, max_size=12), st.randoms(use_true_random=False))
def test_counts_are_those_of_sed_eval_whatever_the_order(reference, estimate, random):
    classes, clips = ["Cat", "Dog", "Fox"], list("abc")
    metrics, counts = event_based(table(reference), table(estimate), clips, classes)
    total = counts.sum(axis=0)
    assert total[:, 0].sum() == len(reference)
    assert total[:, 1].sum() == len(estimate)
    for label, row, f1 in zip(classes, total, class_f1(total), strict=True):
        own = metrics.results_class_wise_metrics()[label]
        assert [int(own["count"][name]) for name in ("Nref", "Nsys")] == row[:2].tolist()
        np.testing.assert_allclose(own["f_measure"]["f_measure"], f1, atol=1e-12)
    average = metrics.results_class_wise_average_metrics()["f_measure"]["f_measure"]
    np.testing.assert_allclose(macro_f1(total), average, atol=1e-12)
    random.shuffle(reference)
    random.shuffle(estimate)
    _, again = event_based(table(reference), table(estimate), clips, classes)
    assert (again == counts).all()


@given(st.lists(EVENT, min_size=1, max_size=8), st.lists(EVENT, max_size=8))
def test_means_are_those_of_sed_eval_on_the_classes_that_sound(reference, estimate):
    reference, estimate, clips = table(reference), table(estimate), list("abc")
    heard = sorted(set(reference["event_label"]))
    own, _ = event_based(reference, estimate, clips, ["Cat", "Cow", "Dog", "Fox"])
    theirs, _ = event_based(reference, estimate[estimate["event_label"].isin(heard)], clips, heard)
    average = theirs.results_class_wise_average_metrics()
    expected = average["f_measure"] | {"error_rate": average["error_rate"]["error_rate"]}
    assert class_means(own) == pytest.approx(expected, abs=1e-12)
    assert class_means(own)["error_rate"] <= 8 + 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_the_interval_of_a_mean_of_one_class_lies_around_it(pairs):
    counts = np.array([[[reference, estimated, min(reference, estimated)]] for reference, estimated in pairs])
    value = macro_f1(counts.sum(axis=0))
    low, high = interval_of_sums(counts, macro_f1, seed=1, resamples=200)
    if np.isnan(value):
        assert np.isnan([low, high]).all()
    else:
        assert 0 <= low <= high <= 1
        if len({2 * min(pair) == sum(pair) for pair in pairs}) == 1 and value == 1:
            assert low == high == 1, "there is nothing to draw from"


def test_the_interval_is_that_of_drawing_clips_again():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 4, (50, 3, 3))
    counts[..., 2] = np.minimum(counts[..., 0], counts[..., 1])
    low, high = interval_of_sums(counts, macro_f1, seed=5, resamples=4000)
    drawn = [macro_f1(counts[rng.integers(50, size=50)].sum(axis=0)) for _ in range(4000)]
    assert [low, high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)


# ---------------------------------------------------------------- PSDS


PETS = ["Cat", "Dog"]


def steps(cat=(), dog=()):
    """Return [100, 2] of 0 and 1, a step being 0.1 s long, by the bounds of what is detected."""
    frames = np.zeros((100, 2), np.float32)
    for number, bounds in enumerate([cat, dog]):
        frames[slice(*bounds) if bounds else slice(0), number] = 1
    return frames


def test_psds_of_perfect_and_of_silent_detections():
    reference = events(("a", 1, 3, "Dog"), ("b", 2, 2.5, "Cat"))
    perfect = {"a": steps(dog=(10, 30)), "b": steps(cat=(20, 25))}
    assert psds(perfect, reference, PETS, 0.1) == {"psds1": 1, "psds2": 1}
    assert psds({"a": steps(), "b": steps()}, reference, PETS, 0.1) == {"psds1": 0, "psds2": 0}


def test_psds_by_hand_with_false_alarms():
    """36 clips of 10 s are a tenth of an hour: a false alarm of a class is ten an hour, of at most a hundred."""
    reference = events(*((clip, 1, 3, label) for clip, label in zip("0123", ["Cat", "Cat", "Dog", "Dog"], strict=True)))
    frames = {str(number): steps() for number in range(36)}
    frames |= {"0": steps(cat=(10, 30)), "2": steps(dog=(10, 30)), "7": steps((50, 60), (50, 60))}
    expected = pytest.approx(0.5 * (1 - 10 / 100))  # of each class one of two events is found
    assert psds(frames, reference, PETS, 0.1) == {"psds1": expected, "psds2": expected}


def test_psds_falls_where_one_class_is_told_worse_than_the_other():
    reference = events(("a", 1, 3, "Dog"), ("b", 1, 3, "Cat"))
    found = {"a": steps(dog=(10, 30)), "b": steps()}
    assert psds(found, reference, PETS, 0.1)["psds1"] == 0, "mean 0.5 less deviation 0.5"


def test_the_first_scenario_asks_for_the_bounds_the_second_does_not():
    reference, whole = events(("a", 1, 3, "Dog"), ("b", 1, 3, "Cat")), {"a": steps(dog=(0, 99)), "b": steps((0, 99))}
    assert psds(whole, reference, PETS, 0.1) == {"psds1": 0, "psds2": 1}, "20 % of what is detected is the event"


def test_events_of_a_class_that_overlap_or_touch_are_one():
    reference = events(("a", 1, 2, "Dog"), ("a", 1.5, 3, "Dog"), ("a", 3, 4, "Dog"), ("b", 1, 3, "Cat"))
    assert psds({"a": steps(dog=(10, 40)), "b": steps(cat=(10, 30))}, reference, PETS, 0.1)["psds1"] == 1


def test_classes_without_events_are_left_out_and_one_class_is_too_few():
    reference = events(("a", 1, 3, "Dog"), ("b", 1, 3, "Cat"))
    frames = {"a": steps(dog=(10, 30)), "b": steps(cat=(10, 30))}
    noisy = {clip: np.hstack([part, np.ones((100, 1), np.float32)]) for clip, part in frames.items()}
    assert psds(noisy, reference, [*PETS, "Cow"], 0.1)["psds1"] == 1
    assert np.isnan(psds(frames, reference.iloc[:1], PETS, 0.1)["psds1"])


def test_the_workaround_for_read_only_tables_is_needed():
    """Fails once sed_scores_eval takes a plain table of pandas 3: then scoring/psds.py can do without ``_Writable``."""
    bounds = np.arange(11.0)
    table = {"onset": bounds[:-1], "offset": bounds[1:], "Cat": np.eye(10)[1], "Dog": np.eye(10)[3]}
    truth, criteria = {"a": [(1.0, 2.0, "Cat"), (3.0, 4.0, "Dog")]}, SCENARIOS["psds1"]
    ours = intersection_based.psds({"a": _Writable(table)}, truth, {"a": 10.0}, **criteria)
    assert ours[0] == 1
    with pytest.raises(ValueError, match="buffer source array is read-only"):
        intersection_based.psds({"a": pd.DataFrame(table)}, truth, {"a": 10.0}, **criteria)


# ---------------------------------------------------------------- the real label files


def label_file(name):
    """Return (events, all clips) of a label file of the challenge."""
    rows = pd.read_csv(TASK4 / name, sep="\t").set_axis(COLUMNS, axis=1)
    return rows.dropna(), rows["fname"].unique()


def whole_clips(reference):
    return reference.drop_duplicates(["fname", "event_label"]).assign(onset=0.0, offset=10.0)


def averages(reference, estimate, clips):
    metrics, _ = event_based(reference, estimate, clips, TEN)
    average = metrics.results_class_wise_average_metrics()
    assert class_means(metrics) == average["f_measure"] | {"error_rate": average["error_rate"]["error_rate"]}
    micro = metrics.results_overall_metrics()["f_measure"]["f_measure"]
    return {**average["f_measure"], **average["error_rate"], "micro": micro}


@needs_task4
def test_the_reference_finds_all_of_itself():
    reference, clips = label_file("test/test.csv")
    assert (len(reference), len(clips)) == (908, 288)
    found = averages(reference, reference, clips)
    assert (found["f_measure"], found["error_rate"]) == (1, 0)


@needs_task4
@pytest.mark.parametrize(
    ("file", "macro", "micro", "segments"),
    [("test/test.csv", 0.2598, 0.1325, 0.801), ("eval/eval.csv", 0.23995, 0.0767, 0.806)],
)
def test_perfect_tags_through_the_whole_clip(file, macro, micro, segments):
    reference, clips = label_file(file)
    found = averages(reference, whole_clips(reference), clips)
    assert found["f_measure"] == pytest.approx(macro, abs=5e-5)
    assert found["micro"] == pytest.approx(micro, abs=5e-5)
    metrics, counts = segment_based(reference, whole_clips(reference), clips, TEN)
    assert metrics.results_class_wise_average_metrics()["f_measure"]["f_measure"] == pytest.approx(segments, abs=6e-4)
    assert macro_f1(counts.sum(axis=0)) == pytest.approx(segments, abs=6e-4)


@needs_task4
def test_perfect_tags_class_by_class_and_their_error_rate():
    reference, clips = label_file("test/test.csv")
    metrics, counts = event_based(reference, whole_clips(reference), clips, TEN)
    expected = [0.038, 0.400, 0, 0, 0.013, 0.491, 0.708, 0.187, 0, 0.761]
    assert class_f1(counts.sum(axis=0)) == pytest.approx(expected, abs=6e-4)
    assert metrics.results_class_wise_average_metrics()["error_rate"]["error_rate"] == pytest.approx(1.12, abs=5e-3)


@needs_task4
def test_a_silent_class_lowers_the_score():
    """Without any output for Dog 25.85; a scorer that leaves such classes out would say 28.72."""
    reference, clips = label_file("test/test.csv")
    estimate = whole_clips(reference).query("event_label != 'Dog'")
    assert averages(reference, estimate, clips)["f_measure"] == pytest.approx(0.2585, abs=5e-5)


@needs_task4
@pytest.mark.parametrize(
    ("labels", "f1", "precision", "recall", "error_rate", "micro"),
    [
        ("eval/eval_2018.csv", 0.10802, 0.0915, 0.1606, 1.95, 0.0481),  # those that the challenge was judged with
        ("eval/eval.csv", 0.10947, 0.0931, 0.1615, 1.92, 0.0475),
    ],
)
def test_a_submission_of_the_baseline(labels, f1, precision, recall, error_rate, micro):
    reference, clips = label_file(labels)
    estimate, _ = label_file("sample/eval_results_baseline.csv")
    assert (len(clips), len(estimate)) == (880, 1811)
    found = averages(reference, estimate, clips)
    assert found["f_measure"] == pytest.approx(f1, abs=5e-6)
    assert [found["precision"], found["recall"], found["micro"]] == pytest.approx([precision, recall, micro], abs=6e-5)
    assert found["error_rate"] == pytest.approx(error_rate, abs=6e-3)


@needs_task4
def test_psds_of_the_real_labels():
    """Perfect tags satisfy the second scenario to three quarters, and the first, which asks for bounds, hardly."""
    reference, clips = label_file("test/test.csv")
    exact = {clip: np.zeros((1000, len(TEN)), np.float32) for clip in clips}
    tagged = {clip: np.zeros((1000, len(TEN)), np.float32) for clip in clips}
    for event in reference.itertuples():
        number = TEN.index(event.event_label)
        exact[event.fname][round(event.onset * 100) : round(event.offset * 100), number] = 1
        tagged[event.fname][:, number] = 1
    perfect, tags = (psds(frames, reference, TEN, 0.01) for frames in (exact, tagged))
    assert perfect["psds1"] > 0.99
    assert perfect["psds2"] > 0.99
    assert tags["psds1"] < 0.1
    assert 0.6 < tags["psds2"] < 0.9
