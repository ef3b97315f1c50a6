"""Losses that wrong labels pull less on: each by hand, at its limits, by finite differences, and in its other forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from workflow_scripts.common.parts import part_function
from workflow_scripts.study.recipes import check_loss

CE = {"name": "cross_entropy"}
ELEMENTWISE = [
    {"name": "lq", "q": 0.7},
    {"name": "soft_bootstrapping", "beta": 0.3},
    {"name": "hard_bootstrapping", "beta": 0.8},
    {"name": "focal", "gamma": 2.0},
    {"name": "focal", "gamma": 0.5},
    {"name": "symmetric_cross_entropy", "alpha": 0.1, "beta": 1.0},
    {"name": "jensen_shannon", "pi": 0.3},
]
IN_BATCH = [
    {"name": "rejected_by_largest", "above": 0.6, "of": CE},
    {"name": "rejected_by_deviation", "above": 1.0, "of": CE},
    {"name": "rejected_by_percentile", "above": 50, "mean_over": "survivors", "of": {"name": "lq", "q": 0.5}},
]
ROBUST = ELEMENTWISE + IN_BATCH
HARD = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]).double()
SOFT = torch.tensor([[0.7, 0.3, 0], [0.2, 0.2, 0.6]]).double()
# the probabilities of the labels of HARD are 1/2 and 1/10
LOGITS = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.7, 0.1]]).double().log()


def said(loss):
    return " ".join(map(str, loss.values()))


def of(loss, outputs, targets, doubt=None):
    doubt = torch.ones(len(outputs), dtype=outputs.dtype) if doubt is None else doubt
    return part_function("parts.losses", loss, "losses")(outputs, targets, doubt)


def values(loss, outputs=LOGITS, targets=HARD, doubt=None):
    return of(loss, outputs, targets, doubt).tolist()


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# ------------------------------------------------------------------ by hand, and at their limits


@pytest.mark.parametrize("q", [0.3, 0.7, 1])
def test_lq_by_hand(q):
    assert values({"name": "lq", "q": q}) == pytest.approx([(1 - 0.5**q) / q, (1 - 0.1**q) / q], rel=1e-6)


def test_lq_is_between_the_mean_absolute_error_and_cross_entropy():
    assert values({"name": "lq", "q": 1}) == pytest.approx([0.5, 0.9], rel=1e-6)
    assert values({"name": "lq", "q": 1e-6}) == pytest.approx([math.log(2), math.log(10)], rel=1e-5)
    assert values({"name": "lq", "q": 1e-6}, LOGITS.float(), HARD.float()) == pytest.approx(
        [math.log(2), math.log(10)], rel=1e-5
    ), "nothing is lost in float32, either"


def test_lq_weighs_the_losses_of_classes_by_a_soft_target():
    expected = 0.7 * (1 - 0.5**0.7) / 0.7 + 0.3 * (1 - 0.3**0.7) / 0.7
    assert values({"name": "lq", "q": 0.7}, targets=SOFT)[0] == pytest.approx(expected, rel=1e-6)


def test_soft_bootstrapping_is_cross_entropy_and_an_entropy():
    entropy = -(0.5 * math.log(0.5) + 0.3 * math.log(0.3) + 0.2 * math.log(0.2))
    found = values({"name": "soft_bootstrapping", "beta": 0.3})
    assert found[0] == pytest.approx(0.3 * math.log(2) + 0.7 * entropy)
    assert values({"name": "soft_bootstrapping", "beta": 0})[0] == pytest.approx(entropy)


def test_the_gradient_of_soft_bootstrapping_flows_through_its_target():
    """By the logit z_k that of an entropy is -p_k (log p_k + H)."""
    logits = LOGITS.clone().requires_grad_()
    of({"name": "soft_bootstrapping", "beta": 0}, logits, HARD).sum().backward()
    p = LOGITS.exp()
    entropy = -(p * p.log()).sum(dim=1, keepdim=True)
    torch.testing.assert_close(logits.grad, -p * (p.log() + entropy))


def test_hard_bootstrapping_believes_the_most_probable_class():
    found = values({"name": "hard_bootstrapping", "beta": 0.8})
    assert found == pytest.approx([math.log(2), 0.8 * math.log(10) - 0.2 * math.log(0.7)])


def test_the_first_of_equally_probable_classes_is_believed():
    found = values({"name": "hard_bootstrapping", "beta": 0}, torch.tensor([[1.0, 1, 0]]), torch.zeros(1, 3))
    assert found == pytest.approx([math.log(2 + math.exp(-1))])


def test_focal_by_hand():
    expected = [0.25 * math.log(2), 0.81 * math.log(10)]
    assert values({"name": "focal", "gamma": 2}) == pytest.approx(expected)


def test_symmetric_cross_entropy_by_hand():
    """Of a hard target the reverse is -A times the probability of the other classes."""
    found = values({"name": "symmetric_cross_entropy", "alpha": 0.1, "beta": 2, "log_zero": -4})
    assert found == pytest.approx([0.1 * math.log(2) + 8 * 0.5, 0.1 * math.log(10) + 8 * 0.9])
    (soft, _) = values({"name": "symmetric_cross_entropy", "alpha": 0, "beta": 1, "log_zero": -4}, targets=SOFT)
    assert soft == pytest.approx(-(0.5 * math.log(0.7) + 0.3 * math.log(0.3) + 0.2 * -4))


def test_jensen_shannon_of_equal_weights_by_hand():
    """The mean of (1, 0, 0) and (1/2, 3/10, 1/5) is (3/4, 3/20, 1/10); Z is ln 2 / 2."""
    of_label = math.log(1 / 0.75)
    of_prediction = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(2)
    expected = (0.5 * of_label + 0.5 * of_prediction) / (0.5 * math.log(2))
    assert values({"name": "jensen_shannon", "pi": 0.5})[0] == pytest.approx(expected)


def test_jensen_shannon_is_between_cross_entropy_and_the_mean_absolute_error():
    """Of weights near 1 the loss is 1 - p + (p log p + 1 - p) / -log(1 - pi), but for terms of 1 - pi."""
    assert values({"name": "jensen_shannon", "pi": 1e-6}) == pytest.approx([math.log(2), math.log(10)], rel=1e-4)
    for pi in (0.99, 0.999):
        expected = [1 - p - (p * math.log(p) + 1 - p) / math.log(1 - pi) for p in (0.5, 0.1)]
        assert values({"name": "jensen_shannon", "pi": pi}) == pytest.approx(expected, rel=2 * (1 - pi))


def test_jensen_shannon_is_bounded_and_0_where_the_label_is_right_for_certain():
    """Label and prediction that have no class in common: H(pi, 1 - pi) / Z."""
    sure = torch.tensor([[100.0, 0, 0]])
    right, wrong = (values({"name": "jensen_shannon", "pi": 0.5}, sure, torch.eye(3)[[k]]) for k in (0, 1))
    assert right == pytest.approx([0], abs=1e-6)
    assert wrong == pytest.approx([2], rel=1e-4)


@pytest.mark.parametrize(
    "loss",
    [
        {"name": "soft_bootstrapping", "beta": 1},
        {"name": "hard_bootstrapping", "beta": 1},
        {"name": "focal", "gamma": 0},
        {"name": "symmetric_cross_entropy", "alpha": 1, "beta": 0},
    ],
    ids=said,
)
@pytest.mark.parametrize("targets", [HARD, SOFT], ids=["hard", "soft"])
def test_at_one_end_they_are_cross_entropy(loss, targets):
    torch.testing.assert_close(of(loss, LOGITS, targets), of(CE, LOGITS, targets))


# ------------------------------------------------------------------ gradients


@pytest.mark.parametrize("targets", [HARD, SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize("loss", [CE, *ELEMENTWISE], ids=said)
def test_gradients_are_those_of_finite_differences(loss, targets):
    logits = noise(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda outputs: of(loss, outputs, targets), logits)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("label", [0, 1], ids=["right", "wrong"])
@pytest.mark.parametrize("loss", ROBUST, ids=said)
def test_a_network_that_is_sure_has_a_finite_loss_and_gradient(loss, label, dtype):
    logits = torch.tensor([[1000.0, 0, -1000], [0, 0, 0]], dtype=dtype).requires_grad_()
    losses = of(loss, logits, torch.eye(3)[[label, 0]])
    losses.sum().backward()
    assert losses.dtype == torch.float32
    assert losses.isfinite().all()
    assert logits.grad.isfinite().all()


# ------------------------------------------------------------------ by origin


def by_origin(robust, verified=CE):
    return {"name": "by_origin", "verified": verified, "unverified": robust}


@pytest.mark.parametrize("robust", ROBUST, ids=said)
def test_of_verified_clips_alone_the_loss_is_theirs_and_of_unverified_ones_alone_the_robust_one(robust):
    logits, targets = noise(6, 3), torch.eye(3, dtype=torch.float64)[[0, 1, 2, 0, 1, 2]]
    none, all_of_them = torch.zeros(6).double(), torch.ones(6).double()
    assert of(by_origin(robust), logits, targets, none).equal(of(CE, logits, targets))
    assert of(by_origin(robust), logits, targets, all_of_them).equal(of(robust, logits, targets))


def test_a_mixture_has_both_losses():
    doubt = torch.tensor([0.25, 1]).double()
    found = values(by_origin({"name": "lq", "q": 1}), doubt=doubt)
    assert found == pytest.approx([0.75 * math.log(2) + 0.25 * 0.5, 0.9], rel=1e-6)


def test_a_threshold_is_that_of_the_whole_batch_and_rejects_unverified_clips_only():
    """Losses ln 16, ln 8, ln 4, ln 2: 0.6 of the largest one lies between ln 4 and ln 8."""
    p = torch.tensor([1 / 16, 1 / 8, 1 / 4, 1 / 2])
    logits, targets = torch.stack([p, 1 - p], dim=1).log(), torch.eye(2)[[0, 0, 0, 0]]
    loss = by_origin(IN_BATCH[0])
    some, none = torch.tensor([0.0, 1, 1, 0]), torch.zeros(4)
    assert of(loss, logits, targets, some).tolist() == pytest.approx([math.log(16), 0, math.log(4), math.log(2)])
    assert of(loss, logits, targets, none).tolist() == pytest.approx([math.log(n) for n in (16, 8, 4, 2)])
    mixed = torch.tensor([0.0, 0.25, 1, 0])
    assert of(loss, logits, targets, mixed)[1].item() == pytest.approx(0.75 * math.log(8))


# ------------------------------------------------------------------ clips of any number of classes

TAGS = torch.tensor([[1.0, 0, 0], [1, 1, 0.3]]).double()


def per_class(loss):
    return {"name": "per_class", "of": loss}


def test_each_class_is_a_question_of_yes_or_no():
    """sigmoid(ln 3) is 3/4: of yes by L_1 1/4 is lacking, of no 3/4."""
    logits = torch.tensor([[math.log(3)] * 2]).double()
    (found,) = values(per_class({"name": "lq", "q": 1}), logits, torch.tensor([[1.0, 0]]))
    assert found == pytest.approx((1 / 4 + 3 / 4) / 2)
    (found,) = values(per_class({"name": "focal", "gamma": 2}), logits, torch.tensor([[1.0, 0]]))
    assert found == pytest.approx((1 / 16 * math.log(4 / 3) + 9 / 16 * math.log(4)) / 2)


@pytest.mark.parametrize(
    "loss", [CE, {"name": "focal", "gamma": 0}, {"name": "soft_bootstrapping", "beta": 1}, {"name": "lq", "q": 1e-6}]
)
@pytest.mark.parametrize("shape", [(2, 3), (2, 5, 3)], ids=["clips", "frames"])
def test_cross_entropy_of_each_class_is_binary_cross_entropy(loss, shape):
    logits = noise(*shape)
    binary = of({"name": "binary_cross_entropy"}, logits.float(), TAGS.float()).double()
    torch.testing.assert_close(of(per_class(loss), logits, TAGS), binary, rtol=2e-5, atol=1e-6)


def test_targets_of_frames_are_those_of_their_clip_on_average():
    frames = torch.stack([TAGS, TAGS.flip(1)], dim=1)
    loss = per_class({"name": "soft_bootstrapping", "beta": 0.5})
    torch.testing.assert_close(of(loss, LOGITS, frames), of(loss, LOGITS, frames.mean(dim=1)))


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=said)
def test_gradients_of_each_class_are_those_of_finite_differences(loss):
    assert torch.autograd.gradcheck(lambda z: of(per_class(loss), z, TAGS), noise(2, 3).requires_grad_())


def test_the_origin_of_a_clip_is_that_of_each_of_its_classes():
    loss = per_class(by_origin({"name": "lq", "q": 1}))
    found = of(loss, LOGITS, TAGS, torch.tensor([0.0, 1]).double())
    plain, robust = of(per_class(CE), LOGITS, TAGS), of(per_class({"name": "lq", "q": 1}), LOGITS, TAGS)
    assert found.tolist() == [plain[0].item(), robust[1].item()]


# ------------------------------------------------------------------ what they suit


@pytest.mark.parametrize("loss", ROBUST, ids=said)
def test_a_loss_of_one_class_suits_several_ones_class_by_class(loss):
    check_loss(loss, "multiclass", "here")
    check_loss(per_class(loss), "multilabel", "here")
    assert "of multiclass, and this is multilabel" in refusal(check_loss, loss, "multilabel", "here")
    assert "per_class is of multilabel" in refusal(check_loss, per_class(loss), "multiclass", "here")


def test_a_loss_inside_another_is_told_by_its_name():
    message = refusal(check_loss, by_origin({"name": "lq"}), "multilabel", "here")
    assert message.startswith("here: cross_entropy is of multiclass, and this is multilabel; choose another loss, or {")
    binary = {"name": "binary_cross_entropy"}
    check_loss(by_origin(per_class({"name": "lq"}), verified=binary), "multilabel", "here")
    assert "binary_cross_entropy is of" in refusal(check_loss, per_class(binary), "multilabel", "here")


@given(st.integers(0, 10), st.sampled_from(ELEMENTWISE), st.integers(2, 5))
def test_losses_of_an_example_do_not_depend_on_others(seed, loss, size):
    logits, targets = noise(size, 3, seed=seed), noise(size, 3, seed=seed + 1).softmax(dim=1)
    alone = torch.cat([of(loss, logits[[i]], targets[[i]]) for i in range(size)])
    torch.testing.assert_close(of(loss, logits, targets), alone)
