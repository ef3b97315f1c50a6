"""When a training ends early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.training.early_stopping import is_over

RULE = {"after": 2, "patience": 3, "least_gain": 0.01}


@pytest.mark.parametrize(
    ("scores", "over"),
    [
        ([], False),
        ([0.5, 0.5, 0.5, 0.5, 0.5], False),  # the third one counts as a gain
        ([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], True),
        ([0.9, 0.9, 0.1, 0.2, 0.2, 0.2], False),  # the first two do not count, whatever they are
        ([0, 0, 0.5, 0.505, 0.508, 0.509], True),  # gains below 0.01 are none
        ([0, 0, 0.5, 0.505, 0.509, 0.511], False),  # but they add up
    ],
)
def test_a_training_ends_after_so_many_epochs_without_a_gain(scores, over):
    assert is_over(scores, RULE) == over
    assert not is_over(scores, None)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_training_that_is_over_stays_so(scores):
    lengths = [is_over(scores[:length], RULE) for length in range(len(scores) + 1)]
    assert lengths == sorted(lengths)


def test_a_gain_is_more_than_the_least_one():
    assert is_over([0, 0, 0.25, 0.5, 0.5, 0.5], RULE | {"least_gain": 0.25}), "a quarter is no gain of a quarter"
    assert not is_over([0, 0, 0.25, 0.5, 0.5, 0.5], RULE | {"least_gain": 0.2})
    assert is_over([0, 0, 0.5, 0.5, 0.5, 0.5], RULE | {"least_gain": 0}), "nor is the same again"


def test_the_baseline_of_task_4_ends_at_the_16th_epoch_without_a_gain():
    """Its code: a callback that waits for 6 epochs, finds the best score in the 7th, and counts from the 8th on."""
    rule = read_recipe("t4-baseline", {})["training"]["early_stopping"]
    scores = [0.9] * 6 + [0.3] + [0.305] * 16
    assert not is_over(scores[:-1], rule)
    assert is_over(scores, rule)
