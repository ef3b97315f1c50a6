"""Labels seen through a transition matrix, fixed or learned, in training alone."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.training.test_checkpoint import NEVER, TRAINING, Training
from workflow_scripts.parts.losses import cross_entropy
from workflow_scripts.parts.optimizers import adam
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.noise_transition import Given, NoiseLayer, seen_through
from workflow_scripts.training.objective import Objective
from workflow_scripts.training.rates import set_rate

LOSS = {"loss": {"name": "cross_entropy"}}
MATRIX = torch.tensor([[0.9, 0.1], [0.4, 0.6]])
P = torch.tensor([[0.5, 0.5], [0.2, 0.8]])


def network(classes=2, inputs=2):
    return nn.Sequential(nn.Identity(), nn.Linear(inputs, classes))


# ------------------------------------------------------------------ what is seen


def test_given_labels_are_seen_by_hand():
    """0.5 * 0.9 + 0.5 * 0.4 = 0.65; 0.2 * 0.9 + 0.8 * 0.4 = 0.5."""
    seen = seen_through(P.log() + 7, torch.ones(2), MATRIX)
    np.testing.assert_allclose(seen.exp(), [[0.65, 0.35], [0.5, 0.5]], rtol=1e-6)


@pytest.mark.parametrize(("doubt", "expected"), [(0.0, 0.5), (0.5, 0.575), (1.0, 0.65)])
def test_verified_labels_are_seen_as_they_are_and_mixtures_by_their_share(doubt, expected):
    seen = seen_through(P.log(), torch.tensor([doubt, 0.0]), MATRIX)
    np.testing.assert_allclose(seen.exp(), [[expected, 1 - expected], [0.2, 0.8]], rtol=1e-6)


def test_the_identity_is_plain_cross_entropy_with_its_gradient():
    rng = torch.Generator().manual_seed(0)
    logits, targets = torch.randn(50, 4, generator=rng), torch.eye(4)[torch.arange(50) % 4]
    found = []
    for transition in (None, Given(np.eye(4, dtype=np.float32), "cpu")):
        outputs = logits.clone().requires_grad_()
        loss = Objective(LOSS, nn.Identity(), transition=transition)(outputs, targets, torch.ones(50), torch.ones(50))
        loss.backward()
        found.append((loss.item(), outputs.grad.numpy()))
    (plain, gradient), (corrected, of_corrected) = found
    assert corrected == pytest.approx(plain, rel=1e-6)
    np.testing.assert_allclose(of_corrected, gradient, atol=1e-7)


def test_what_a_matrix_makes_impossible_has_a_finite_loss():
    outputs = torch.tensor([[200.0, -200.0]], requires_grad=True)
    seen = seen_through(outputs, torch.ones(1), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    loss = cross_entropy.losses(seen, torch.tensor([[0.0, 1.0]]), None)
    loss.sum().backward()
    assert loss.item() == pytest.approx(-math.log(1e-7), rel=1e-4)
    assert outputs.grad.isfinite().all()


def test_forward_correction_finds_the_true_classes_behind_noisy_labels():
    """Patrini et al., theorem 2: the minimiser is that of clean labels. Here p(given | x) is known, for four inputs."""
    true = torch.tensor([[0.95, 0.05], [0.7, 0.3], [0.3, 0.7], [0.05, 0.95]])
    logits = torch.zeros(4, 2, requires_grad=True)
    objective, optimizer = Objective(LOSS, nn.Identity(), transition=Given(MATRIX.numpy(), "cpu")), adam.build([logits])
    set_rate(optimizer, 0.1)
    for _ in range(500):
        optimizer.zero_grad()
        objective(logits, true @ MATRIX, torch.ones(4), torch.ones(4)).backward()
        optimizer.step()
    np.testing.assert_allclose(logits.detach().softmax(dim=1), true, atol=0.005)


# ------------------------------------------------------------------ the layer that is learned


def test_a_layer_begins_near_the_identity():
    layer = NoiseLayer(network(5), 5, diagonal=0.8, trace=0.0)
    np.testing.assert_allclose(layer.matrix.detach(), np.full((5, 5), 0.05) + 0.75 * np.eye(5), rtol=1e-5)


def test_the_trace_is_a_penalty():
    layer = NoiseLayer(network(), 2, diagonal=0.8, trace=0.5)
    layer.logits.data = MATRIX.log()
    doubt = torch.tensor([1.0, 0.0])
    loss = Objective(LOSS, layer.network[1], transition=layer)(P.log(), torch.eye(2)[[0, 0]], torch.ones(2), doubt)
    expected = (-math.log(0.65) - math.log(0.2)) / 2 + 0.5 * (0.9 + 0.6) / 2
    assert loss.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("clips", "second"), [("unverified", 0.2), ("all", 0.5)])
def test_it_concerns_unverified_clips_or_all(clips, second):
    layer = NoiseLayer(network(), 2, diagonal=0.8, trace=0.0, clips=clips)
    layer.logits.data = MATRIX.log()
    seen = layer.seen(P.log(), torch.tensor([1.0, 0.0]))
    np.testing.assert_allclose(seen[:, 0].detach().exp(), [0.65, second], rtol=1e-6)


def test_verified_clips_teach_it_nothing():
    layer = NoiseLayer(network(), 2, diagonal=0.8, trace=0.0)
    Objective(LOSS, layer.network[1], transition=layer)(
        layer(P), torch.eye(2), torch.ones(2), torch.zeros(2)
    ).backward()
    assert not layer.logits.grad.any()
    assert layer.network[1].weight.grad.any()


@pytest.mark.parametrize("rates", [None, {"0": 0.5}])
def test_it_has_its_own_rate_and_does_not_decay(rates):
    inner = nn.Sequential(nn.Identity(), nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)))
    layer = NoiseLayer(inner, 2, diagonal=0.8, trace=0.0, rate=10)
    optimizer = adam.build(layer.parameter_groups(rates), weight_decay=0.1)
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(layer.parameters()))
    of_network, of_layer = optimizer.param_groups[0], optimizer.param_groups[-1]
    assert of_layer["params"] == [layer.logits]
    assert (of_layer["rate"], of_layer["weight_decay"], of_network["weight_decay"]) == (10, 0.0, 0.1)


def test_it_learns_the_noise_and_its_network_the_true_classes():
    """Of 3 classes of points: 60 verified, 3000 labelled by a known matrix."""
    rng, noise = np.random.default_rng(0), np.array([[0.6, 0.3, 0.1], [0.05, 0.9, 0.05], [0.25, 0.05, 0.7]])
    classes = rng.integers(3, size=3060)
    points = np.eye(3)[classes] * 3 + rng.normal(size=(3060, 3))
    given = np.array([rng.choice(3, p=noise[one]) for one in classes])
    given[:60] = classes[:60]
    drawn = np.stack([np.bincount(given[60:][classes[60:] == one], minlength=3) for one in range(3)])
    inputs, targets = (torch.from_numpy(np.float32(values)) for values in (points, np.eye(3)[given]))
    doubt = torch.from_numpy(np.float32(np.arange(3060) >= 60))
    torch.manual_seed(0)
    layer = NoiseLayer(network(3, 3), 3, diagonal=0.9, trace=0.01)
    objective = Objective(LOSS, layer.network[1], transition=layer)
    optimizer = adam.build(layer.parameter_groups(None))
    set_rate(optimizer, 0.1)
    for _ in range(150):
        optimizer.zero_grad()
        objective(layer(inputs), targets, torch.ones(3060), doubt).backward()
        optimizer.step()
    np.testing.assert_allclose(layer.matrix.detach(), drawn / drawn.sum(axis=1, keepdims=True), atol=0.02)
    right = layer(inputs).argmax(dim=1).numpy() == classes
    assert right.mean() > 0.95
    assert (given == classes).mean() < 0.75, "of the labels fewer are"


# ------------------------------------------------------------------ a whole training


def test_no_model_has_a_layer_of_noise(monkeypatch, tmp_path):
    files = []
    for options in (None, {"diagonal": 0.8, "trace": 0.1, "clips": "all"}):
        training = Training(monkeypatch)
        training.settings = TRAINING | {"noise_layer": options}
        files.append(training.run(Checkpoint(tmp_path / "resume", "x", NEVER))[0])
    plain, noisy = files
    assert noisy != plain
    assert len(noisy) == len(plain)
    assert b"logits" not in noisy
