"""Sampling by the number of clips of a class."""

import numpy as np

from workflow_scripts.parts.sampling import class_ratio


def drawn(targets, batches, batch, **limits):
    found = class_ratio.batches(targets, batch, np.random.default_rng(0), batches, **limits)
    return np.concatenate([chosen for chosen, _ in found])


def test_a_class_comes_in_proportion_to_its_clips_within_limits():
    """Of 30, 12 and 4 clips with steps of 10 and 3 turns at most: 3, 2 and 1 of every 6 places."""
    labels = np.repeat([0, 1, 2], [30, 12, 4])
    places = labels[drawn(np.eye(3)[labels], batches=10, batch=6, step=10, most=3)].reshape(10, 6)
    assert [np.bincount(batch, minlength=3).tolist() for batch in places] == [[3, 2, 1]] * 10


def test_thousands_of_clips_are_at_most_five_turns():
    """As in the authors' code: below 1,000 one, below 2,000 two, ..., from 4,000 on five."""
    counts = [999, 1000, 3999, 4000, 9000]
    labels = np.repeat(range(5), counts)
    places = labels[drawn(np.eye(5)[labels], batches=1, batch=17)]
    assert np.bincount(places).tolist() == [1, 2, 4, 5, 5]


def test_all_clips_of_a_class_come_before_one_comes_again():
    chosen = drawn(np.array([[1, 0], [1, 0], [1, 0], [0, 1]]), batches=3, batch=2)
    assert sorted(chosen[chosen < 3]) == [0, 1, 2] and (chosen == 3).sum() == 3


def test_a_clip_of_several_classes_comes_for_each_and_a_class_without_clips_for_none():
    targets = np.array([[1, 1, 0], [0, 1, 0]])
    chosen = drawn(targets, batches=50, batch=2)
    assert np.bincount(chosen, minlength=2).tolist() == [75, 25]
