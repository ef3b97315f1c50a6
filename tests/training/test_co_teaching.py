"""Co-teaching: what is forgotten of a batch, which of two networks learns from what, and which one is the model."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tests.training import test_checkpoint
from tests.training.test_checkpoint import NEVER, TRAINING, Training
from workflow_scripts.parts.optimizers import adam
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.co_teaching import CoTeaching, Pair, remembered
from workflow_scripts.training.objective import Objective

LOSS = {"loss": {"name": "cross_entropy"}}


def co_teaching(forget_rate, over_epochs=1, clips="all", training=LOSS, networks=(None, None)):
    objectives = tuple(Objective(training, network) for network in networks)
    return CoTeaching(objectives, forget_rate, over_epochs, clips)


def logits(*probabilities):
    """Of the first of two classes."""
    return [[math.log(p), math.log(1 - p)] for p in probabilities]


# ------------------------------------------------------------------ what is forgotten


@pytest.mark.parametrize(
    ("epoch", "share"), [(1, 0.98), (5, 0.9), (10, 0.8), (11, 0.8), (200, 0.8)]
)  # 1 - 0.2 * min(t / 10, 1), Algorithm 1 of the paper
def test_the_share_that_is_remembered_falls_until_the_noise_rate_is_forgotten(epoch, share):
    assert co_teaching(0.2, 10).at(epoch).share == pytest.approx(share)


@pytest.mark.parametrize(
    ("share", "kept"),
    [(1, [0, 1, 2, 3, 4]), (0.8, [0, 1, 3, 4]), (0.61, [0, 1, 3, 4]), (0.6, [0, 1, 3]), (0.05, [1])],
)
def test_no_fewer_than_the_share_of_the_smallest_losses_are_remembered(share, kept):
    """The smallest set of at least R(t) times the batch; losses in the order 1, 3, 0, 4, 2."""
    losses = torch.tensor([0.4, 0.1, 2.0, 0.3, 1.0])
    kept_of_all = remembered(losses, torch.ones(5, dtype=torch.bool), share)
    assert kept_of_all.nonzero().flatten().tolist() == kept


@pytest.mark.parametrize("number", [10, 64, 128, 250])
def test_rounding_remembers_no_example_more(number):
    for tenths in range(1, 10):
        share = 1 - (10 - tenths) / 10  # such as 0.19999999999999996
        kept = remembered(torch.rand(number), torch.ones(number, dtype=torch.bool), share)
        assert kept.sum() == -(-number * tenths // 10)


def test_of_equal_losses_the_earlier_example_is_remembered():
    assert remembered(torch.ones(4), torch.ones(4, dtype=torch.bool), 0.5).tolist() == [True, True, False, False]


def test_verified_examples_are_never_forgotten_nor_counted():
    losses = torch.tensor([9.0, 1.0, 8.0, 2.0, 3.0, 4.0])
    unverified = torch.tensor([False, True, False, True, True, True])
    kept = remembered(losses, unverified, 0.5)
    assert kept.tolist() == [True, True, True, True, False, False], "two of four unverified ones"
    assert remembered(losses, torch.zeros(6, dtype=torch.bool), 0.1).all()


# ------------------------------------------------------------------ who learns from what

TARGETS = torch.tensor([[1.0, 0.0]] * 4)
WEIGHTS = torch.ones(4)
# The first network finds example 3 the hardest, then 2; the second one 0, then 1.
OUTPUTS = [logits(0.9, 0.8, 0.2, 0.1), logits(0.1, 0.2, 0.8, 0.9)]


def gradients(objective, doubt, weights=WEIGHTS):
    outputs = torch.tensor(OUTPUTS, requires_grad=True)
    loss = objective(outputs, TARGETS, weights, torch.tensor(doubt))
    loss.backward()
    return loss.item(), outputs.grad


def learned_from(gradient):
    return [example for example in range(len(gradient)) if gradient[example].any()]


def test_each_network_learns_from_what_the_other_one_remembers():
    loss, (first, second) = gradients(co_teaching(0.5), [1.0] * 4)
    assert (learned_from(first), learned_from(second)) == ([2, 3], [0, 1])
    assert loss == pytest.approx(2 * (-math.log(0.2) - math.log(0.1)) / 2, rel=1e-5), "means over two examples each"
    # the gradient of a mean over two of the cross-entropy: (p - target) / 2
    np.testing.assert_allclose(first[2:], [[(0.2 - 1) / 2, 0.8 / 2], [(0.1 - 1) / 2, 0.9 / 2]], rtol=1e-5)


def test_only_unverified_examples_are_forgotten_unless_all_may_be():
    doubt = [0.0, 1.0, 1.0, 1.0]
    _, (first, second) = gradients(co_teaching(0.5, clips="unverified"), doubt)
    assert (learned_from(first), learned_from(second)) == ([0, 2, 3], [0, 1, 2]), "of three, two are remembered"
    _, (first, second) = gradients(co_teaching(0.5, clips="all"), doubt)
    assert (learned_from(first), learned_from(second)) == ([2, 3], [0, 1])


def test_of_a_mixture_the_larger_part_decides_what_it_is():
    _, (first, second) = gradients(co_teaching(0.5, clips="unverified"), [0.4, 0.6, 0.6, 0.4])
    assert (learned_from(first), learned_from(second)) == ([0, 2, 3], [0, 1, 3])


def test_weights_count_in_the_loss_and_not_in_the_choice():
    weights = torch.tensor([100.0, 1.0, 0.5, 0.01])
    loss, (first, second) = gradients(co_teaching(0.5), [1.0] * 4, weights)
    assert (learned_from(first), learned_from(second)) == ([2, 3], [0, 1])
    expected = (-0.5 * math.log(0.2) - 0.01 * math.log(0.1) - 100 * math.log(0.1) - math.log(0.2)) / 2
    assert loss == pytest.approx(expected, rel=1e-5)


def test_nothing_is_forgotten_before_the_first_epoch_of_a_slow_schedule_tells_so():
    _, (first, _) = gradients(co_teaching(0.5, over_epochs=10).at(1), [1.0] * 4)
    assert learned_from(first) == [0, 1, 2, 3], "95 % of four are four"


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Identity(), nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)))


def test_a_forget_rate_of_0_is_two_plain_trainings():
    rng = np.random.default_rng(0)
    training = LOSS | {"l2": {"0": 0.01}}
    rates = {"2": 0.1}
    pair = Pair(network(1), network(2))
    objective = co_teaching(0, training=training, networks=(pair.network[1], pair.peer[1]))
    alone = [network(1), network(2)]
    optimizer, *optimizers = map(adam.build, [pair.parameter_groups(None), *(one.parameters() for one in alone)])
    assert [len(pair.parameter_groups(rates)), pair.parameter_groups(rates)[3]["rate"]] == [4, 0.1], "of both"
    for _ in range(5):
        inputs, weights = (torch.from_numpy(rng.random(shape, np.float32)) for shape in ((6, 3), 6))
        targets = torch.from_numpy(np.eye(2, dtype=np.float32)[rng.integers(2, size=6)])
        optimizer.zero_grad()
        objective(pair(inputs), targets, weights, torch.ones(6)).backward()
        optimizer.step()
        for one, own in zip(alone, optimizers, strict=True):
            own.zero_grad()
            Objective(training, one[1])(one(inputs), targets, weights, torch.ones(6)).backward()
            own.step()
    for taught, plain in zip((pair.network, pair.peer), alone, strict=True):
        for mine, other in zip(taught.parameters(), plain.parameters(), strict=True):
            np.testing.assert_allclose(mine.detach(), other.detach(), rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------ a whole training


def fitted(monkeypatch, path, options, changes=None):
    training = Training(monkeypatch)
    training.settings = TRAINING | (changes or {}) | {"co_teaching": options}
    return training.run(Checkpoint(path / "resume", "x", NEVER))


def without_dropout(monkeypatch):
    """Change the network of the training: the random numbers of dropout would be shared out between two."""
    monkeypatch.setattr(test_checkpoint, "NETWORK", {"name": "vgg_gap", "width": 2, "dropout": 0.0})


def test_the_model_is_the_first_network_which_learns_alone_where_nothing_is_forgotten(monkeypatch, tmp_path):
    without_dropout(monkeypatch)
    plain, history = fitted(monkeypatch, tmp_path, None)
    taught, of_two = fitted(monkeypatch, tmp_path, {"forget_rate": 0, "over_epochs": 2})
    assert taught == plain, "the model file, to the byte"
    measures = history.columns.drop("training_loss")
    pd.testing.assert_frame_equal(of_two[measures], history[measures])
    assert (of_two["training_loss"] > 1.5 * history["training_loss"]).all(), "it is of both networks"


def test_what_the_peer_chooses_changes_the_model(monkeypatch, tmp_path):
    without_dropout(monkeypatch)
    options = {"forget_rate": 0.5, "over_epochs": 1}
    plain, _ = fitted(monkeypatch, tmp_path, options)  # all clips are verified
    taught, _ = fitted(monkeypatch, tmp_path, options | {"clips": "all"})
    assert taught != plain
    assert len(taught) == len(plain), "a single network, too"
