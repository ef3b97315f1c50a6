"""Clips with any number of labels: targets, losses and measures, and when a training ends early."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.tasks import several_labels
from workflow_scripts.training.early_stopping import is_over

CLASSES = ["Cat", "Dog", "Fox"]


def test_targets_are_ones_where_a_clip_has_the_label():
    found = several_labels.targets(["Dog,Cat", "", "Fox"], CLASSES)
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert several_labels.targets([], CLASSES).shape == (0, 3)


def test_every_combination_of_labels_is_a_stratum():
    strata = several_labels.strata(several_labels.targets(["Dog", "Cat", "Cat,Dog", "Dog", ""], CLASSES))
    assert strata[0] == strata[3]
    assert len(set(strata.tolist())) == 4


def test_the_loss_of_clips_by_hand():
    logits = torch.tensor([[0.0, math.log(3)], [math.log(1 / 4), 0.0]])
    targets = torch.tensor([[1.0, 0.0], [0.5, 1.0]])
    expected = [
        (math.log(2) + math.log(4)) / 2,  # of a half, and of 3/4 where it should be 0
        (0.5 * math.log(5) + 0.5 * math.log(5 / 4) + math.log(2)) / 2,  # of 1/5 for a soft target
    ]
    assert several_labels.losses(logits, targets).tolist() == pytest.approx(expected, rel=1e-6)


def test_the_loss_of_frames_is_the_mean_over_them():
    frames = torch.tensor([[[0.0], [math.log(3)]]])
    targets = torch.tensor([[[1.0], [0.0]]])
    assert several_labels.losses(frames, targets).tolist() == pytest.approx([(math.log(2) + math.log(4)) / 2])


def test_frames_meet_the_targets_of_clips_by_the_mean_of_their_probabilities():
    """After the sigmoid: 1/2 and 3/4 make 5/8."""
    frames = torch.tensor([[[0.0], [math.log(3)]]])
    assert several_labels.losses(frames, torch.tensor([[1.0]])).tolist() == pytest.approx([math.log(8 / 5)])


def test_the_impossible_is_clipped():
    frames = torch.full((1, 3, 1), -1000.0)
    assert several_labels.losses(frames, torch.ones(1, 1)).item() == pytest.approx(-math.log(1e-7), rel=1e-5)


def test_measures_by_hand():
    probabilities = np.array([[0.5, 0.2, 0.0], [0.4, 0.8, 0.0]])
    measures = several_labels.measures(probabilities, several_labels.targets(["Cat", "Cat,Dog"], CLASSES))
    assert list(measures) == several_labels.MEASURES
    assert measures["verified_tag_f1"] == pytest.approx((2 / 3 + 1 + 0) / 3), "0.5 counts; a class nobody has counts 0"
    expected = -np.mean(np.log([0.5, 0.8, 1, 0.4, 0.8, 1]))
    assert measures["verified_loss"] == pytest.approx(expected)


# ---------------------------------------------------------------- early stopping

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
