"""Losses: each against its formula by hand, one for each example of a batch, and what they suit."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.losses import binary_cross_entropy, cross_entropy, masked_in_batch
from workflow_scripts.parts.losses.masked_in_batch import unmasked
from workflow_scripts.study.parts import constant, named_parts
from workflow_scripts.study.recipes import check_loss, default_loss

NO_DOUBT = None  # what most losses do not look at
TASKS = sorted(path.stem for path in (ROOT / "workflow_scripts/tasks").glob("[!_]*.py"))
LOSSES = sorted(path.stem for path in (ROOT / "workflow_scripts/parts/losses").glob("[!_]*.py"))


# ------------------------------------------------------------------ clips of one class


def test_cross_entropy_by_hand():
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
    targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    expected = [np.log(2), 0.5 * np.log(10) + 0.5 * np.log(1.25)]
    assert cross_entropy.losses(logits, targets, NO_DOUBT).tolist() == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_of_the_impossible_is_clipped_at_1e_7():
    logits, targets = torch.tensor([[0.0, -1000.0]]), torch.tensor([[0.0, 1.0]])
    found = cross_entropy.losses(logits, targets, NO_DOUBT).item()
    assert found == pytest.approx(-np.log(1e-7), rel=1e-5)


# ------------------------------------------------------------------ clips of any number of classes, and frames


def of_clips(outputs, targets):
    return binary_cross_entropy.losses(outputs, targets, NO_DOUBT).tolist()


def of_frames(outputs, targets):
    return binary_cross_entropy.losses(outputs, targets, NO_DOUBT, level="frame").tolist()


FRAMES = torch.tensor([[[0.0], [math.log(3)]]])  # the probabilities 1/2 and 3/4


def test_binary_cross_entropy_of_clips_by_hand():
    logits = torch.tensor([[0.0, math.log(3)], [math.log(1 / 4), 0.0]])
    targets = torch.tensor([[1.0, 0.0], [0.5, 1.0]])
    expected = [
        (math.log(2) + math.log(4)) / 2,  # of a half, and of 3/4 where it should be 0
        (0.5 * math.log(5) + 0.5 * math.log(5 / 4) + math.log(2)) / 2,  # of 1/5 for a soft target
    ]
    assert of_clips(logits, targets) == pytest.approx(expected, rel=1e-6)


def test_binary_cross_entropy_of_frames_is_the_mean_over_them():
    targets = torch.tensor([[[1.0], [0.0]]])
    assert of_frames(FRAMES, targets) == pytest.approx([(math.log(2) + math.log(4)) / 2])


def test_frames_without_targets_of_their_own_have_those_of_their_clip():
    assert of_frames(FRAMES, torch.tensor([[1.0]])) == pytest.approx([(math.log(2) + math.log(4 / 3)) / 2])


def test_frames_meet_the_targets_of_clips_by_the_mean_of_their_probabilities():
    """After the sigmoid: 1/2 and 3/4 make 5/8."""
    assert of_clips(FRAMES, torch.tensor([[1.0]])) == pytest.approx([math.log(8 / 5)])


def test_clips_meet_the_targets_of_frames_by_their_mean():
    targets = torch.tensor([[[1.0], [0.0]]])
    half = 0.5 * math.log(8 / 5) + 0.5 * math.log(8 / 3)
    assert of_clips(FRAMES, targets) == pytest.approx([half])
    assert of_clips(torch.tensor([[math.log(5 / 3)]]), targets) == pytest.approx([half]), "whoever takes the mean"


def test_binary_cross_entropy_of_the_impossible_is_clipped():
    frames = torch.full((1, 3, 1), -1000.0)
    assert of_clips(frames, torch.ones(1, 1)) == pytest.approx([-math.log(1e-7)], rel=1e-5)


def test_a_network_that_says_nothing_of_frames_has_no_loss_of_frames():
    with pytest.raises(UserError, match="level: frame"):
        of_frames(torch.zeros(2, 3), torch.zeros(2, 3))


# ------------------------------------------------------------------ masking


def test_unverified_examples_of_outlying_loss_are_masked():
    losses = torch.tensor([1.0, 4.0, 3.1, 3.2, 5.0, 4.5])
    doubt = torch.tensor([1.0, 1.0, 0.0, 1.0, 0.4, 0.6])  # mixtures, too: the larger part decides
    assert unmasked(losses, doubt, 0.8).tolist() == [1, 0, 1, 1, 1, 0]


@given(st.lists(st.tuples(st.floats(0, 20, width=32), st.booleans()), min_size=1, max_size=20), st.floats(0.1, 1))
def test_verified_examples_are_never_masked_and_the_largest_loss_of_an_unverified_one_always_is(examples, share):
    losses, doubtful = map(torch.tensor, zip(*examples, strict=True))
    kept = unmasked(losses, doubtful.float(), share).bool()
    assert kept[~doubtful].all()
    assert not kept[doubtful & (losses == losses.max())].any()


def test_masked_losses_and_their_gradients_are_0_and_the_others_stay():
    """Probabilities of the given class: 1/2, 1/8 and 1/16; ln 8 is 3/4 of ln 16."""
    logits = torch.log(torch.tensor([[1 / 2, 1 / 2], [1 / 8, 7 / 8], [1 / 16, 15 / 16]])).requires_grad_()
    targets = torch.tensor([[1.0, 0.0]]).expand(3, -1)
    losses = masked_in_batch.losses(logits, targets, torch.ones(3), of={"name": "cross_entropy"}, above=0.76)
    assert losses.tolist() == pytest.approx([math.log(2), math.log(8), 0], rel=1e-5)
    losses.sum().backward()
    expected = [[-1 / 2, 1 / 2], [-7 / 8, 7 / 8], [0, 0]]  # probability minus target
    np.testing.assert_allclose(logits.grad, expected, atol=1e-6)


def test_what_is_masked_can_be_any_loss_with_its_parameters():
    targets = torch.tensor([[1.0]])
    inner = {"name": "binary_cross_entropy", "level": "frame"}
    losses = masked_in_batch.losses(FRAMES, targets, torch.zeros(1), of=inner, above=0.8)
    assert losses.tolist() == of_frames(FRAMES, targets)


# ------------------------------------------------------------------ what they suit


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_says_which_tasks_it_suits(name):
    tasks = constant("parts.losses", name, "TASKS")
    assert tasks
    assert set(tasks) <= set(TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_the_default_loss_suits_its_task(task):
    check_loss(default_loss(task), task, "here")


def test_a_wrapper_suits_what_its_inner_loss_suits():
    loss = {"name": "masked_in_batch", "of": {"name": "cross_entropy"}, "above": 0.8}
    check_loss(loss, "multiclass", "here")
    with pytest.raises(UserError, match="cross_entropy is of multiclass, and this is detection"):
        check_loss(loss, "detection", "here")


def test_all_parts_that_a_loss_names_are_listed():
    loss = {"name": "masked_in_batch", "of": {"name": "masked_in_batch", "of": {"name": "cross_entropy"}}}
    names = ["masked_in_batch", "masked_in_batch", "cross_entropy"]
    assert named_parts("parts.losses", loss) == [("parts.losses", name) for name in names]
    assert named_parts("parts.augmentations", None) == []
