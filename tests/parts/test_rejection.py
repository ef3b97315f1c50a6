"""Rejection of large losses in a batch: thresholds by hand, ties, and batches of which nothing is left."""

import math

import pytest
import torch

from workflow_scripts.parts.losses import rejected_by_deviation, rejected_by_largest, rejected_by_percentile

PARTS = {"largest": rejected_by_largest, "deviation": rejected_by_deviation, "percentile": rejected_by_percentile}
EVERY_PART = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)


def after(part, given, above, **parameters):
    """Return what is left of ``given``, losses: those by cross-entropy of examples whose labels are as probable."""
    p = torch.exp(-torch.tensor(given, dtype=torch.float64))
    logits = torch.stack([p.log(), torch.log1p(-p)], dim=1)
    targets = torch.tensor([[1.0, 0]]).double().expand(len(given), -1)
    return part.losses(logits, targets, None, of={"name": "cross_entropy"}, above=above, **parameters).tolist()


def test_losses_up_to_a_share_of_the_largest_one_count():
    assert after(rejected_by_largest, [1.0, 2, 3, 5], 0.5) == pytest.approx([1, 2, 0, 0])
    assert after(rejected_by_largest, [1.0, 2, 3, 5], 1) == pytest.approx([1, 2, 3, 5])


def test_losses_up_to_some_deviations_over_the_median_count():
    """Median (2 + 3) / 2; mean 4, variance (9 + 4 + 1 + 36) / 4 of the population: the threshold is 6.04."""
    deviation = math.sqrt(12.5)
    for above, kept in ((1, 3), (7.4 / deviation, 3), (7.6 / deviation, 4), (0, 2)):
        found = after(rejected_by_deviation, [1.0, 2, 3, 10], above)
        assert found == pytest.approx([1.0, 2, 3, 10][:kept] + [0] * (4 - kept)), above


def test_the_median_of_an_odd_number_is_the_one_in_the_middle():
    assert after(rejected_by_deviation, [4.0, 1, 2], 0) == pytest.approx([0, 1, 2])


@pytest.mark.parametrize(("percentile", "rejected"), [(100, 0), (99, 1), (98, 2), (96, 3), (93, 5), (50, 32), (0, 63)])
def test_a_percentile_is_the_lower_one_of_two_losses(percentile, rejected):
    """The numbers of patches of 64 that the paper's percentiles drop."""
    given = [(7 * number % 64 + 1) / 10 for number in range(64)]
    found = after(rejected_by_percentile, given, percentile)
    assert found.count(0) == rejected
    assert [loss for loss in found if loss] == pytest.approx([loss for loss in given if loss <= (64 - rejected) / 10])


@pytest.mark.parametrize(
    ("part", "above", "left"),
    [
        (rejected_by_largest, 0.99, [1, 0, 0, 0]),
        (rejected_by_deviation, 0, [1, 2, 2, 2]),
        (rejected_by_percentile, 50, [1, 2, 2, 2]),
        (rejected_by_percentile, 33, [1, 0, 0, 0]),
    ],
    ids=["largest", "deviation", "percentile", "percentile below"],
)
def test_equal_losses_are_all_kept_or_all_rejected(part, above, left):
    assert after(part, [1.0, 2, 2, 2], above) == pytest.approx(left)


@EVERY_PART
@pytest.mark.parametrize("mean_over", ["batch", "survivors"])
def test_a_batch_of_equal_losses_stays(part, mean_over):
    above = {rejected_by_percentile: 93}.get(part, 1)
    assert after(part, [2.0, 2, 2], above, mean_over=mean_over) == pytest.approx([2, 2, 2])


@pytest.mark.parametrize("mean_over", ["batch", "survivors"])
def test_of_a_batch_of_which_nothing_is_left_the_loss_and_its_gradient_are_0(mean_over):
    logits = torch.randn(4, 3, requires_grad=True)
    targets = torch.eye(3)[[0, 1, 2, 0]]
    losses = rejected_by_largest.losses(logits, targets, None, {"name": "cross_entropy"}, 0, mean_over=mean_over)
    assert losses.tolist() == [0] * 4
    losses.mean().backward()
    assert logits.grad.eq(0).all()


@EVERY_PART
def test_the_mean_over_the_survivors_leaves_the_rejected_out(part):
    above = {rejected_by_percentile: 70}.get(part, 0.5)
    left = after(part, [1.0, 2, 3, 10], above, mean_over="batch")
    found = after(part, [1.0, 2, 3, 10], above, mean_over="survivors")
    survivors = [loss for loss in left if loss]
    assert 0 < len(survivors) < 4
    assert sum(found) / 4 == pytest.approx(sum(survivors) / len(survivors))
    assert [loss > 0 for loss in found] == [loss > 0 for loss in left]


@EVERY_PART
def test_no_gradient_flows_through_a_threshold(part):
    """That of each example is cross-entropy's, probability minus target, or 0."""
    logits = torch.tensor([[0.0, 0], [1, 0], [-3, 0]], requires_grad=True)
    targets = torch.tensor([[1.0, 0]]).expand(3, -1)
    losses = part.losses(logits, targets, None, {"name": "cross_entropy"}, {rejected_by_percentile: 50}.get(part, 0.9))
    assert losses[2] == 0
    losses.sum().backward()
    expected = (logits.softmax(dim=1) - targets) * torch.tensor([[1.0], [1], [0]])
    torch.testing.assert_close(logits.grad, expected.detach())
