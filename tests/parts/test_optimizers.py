"""Optimizers: torch's to the last bit, in less time; and by the formulas of their papers."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import part_function

KINDS = {  # what a recipe says, and what torch is told
    "adam": ({"name": "adam"}, torch.optim.Adam, {}),
    "adam as in Keras": (
        {"name": "adam", "epsilon": 1e-7, "weight_decay": 0.1, "betas": [0.8, 0.99]},
        torch.optim.Adam,
        {"eps": 1e-7, "weight_decay": 0.1, "betas": (0.8, 0.99)},
    ),
    "adamw": (
        {"name": "adamw", "weight_decay": 0.2, "epsilon": 1e-6, "betas": [0.8, 0.99]},
        torch.optim.AdamW,
        {"weight_decay": 0.2, "eps": 1e-6, "betas": (0.8, 0.99)},
    ),
    "sgd": ({"name": "sgd", "weight_decay": 0.1}, torch.optim.SGD, {"weight_decay": 0.1}),
    "momentum": ({"name": "sgd", "momentum": 0.9}, torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (
        {"name": "sgd", "momentum": 0.9, "nesterov": True},
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True},
    ),
}


def part(section):
    return part_function("parts.optimizers", section, "build")


def trained(build, interrupted):
    """Return the weights of a small network after ten updates, and what the optimizer then knows."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    optimizer = build(network.parameters())
    for number in range(10):
        if interrupted and number == 5:
            state = copy.deepcopy(optimizer.state_dict())
            optimizer = build(network.parameters())
            optimizer.load_state_dict(state)
        optimizer.param_groups[0]["lr"] = 0.1 / (number + 1)
        optimizer.zero_grad()
        network(torch.randn(4, 6)).square().sum().backward()
        optimizer.step()
    state = [tensor for values in optimizer.state_dict()["state"].values() for tensor in values.values()]
    return [*network.state_dict().values(), *state]


@pytest.mark.parametrize("kind", KINDS)
def test_it_does_what_torchs_does_to_the_last_bit(kind):
    section, reference, arguments = KINDS[kind]
    expected = trained(lambda parameters: reference(parameters, **arguments), interrupted=False)
    moments = 3 if section["name"] != "sgd" else int("momentum" in section)  # Adam's count of updates is one
    assert len(expected) == 4 + 4 * moments
    for interrupted in (False, True):
        found = trained(part(section), interrupted)
        assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


# ------------------------------------------------------------------ by the formulas

RATE = 0.1
GRADIENTS = np.array([[0.5, -2.0], [1.5, 0.25], [-1.0, 3.0]])


def steps(section):
    """Return the weights, from (1, -2) on, after each of three updates with ``GRADIENTS``."""
    weights = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer = part(section)([weights])
    optimizer.param_groups[0]["lr"] = RATE
    found = []
    for gradient in GRADIENTS:
        weights.grad = torch.tensor(gradient)
        optimizer.step()
        found.append(weights.detach().numpy().copy())
    return found


def test_adam_by_algorithm_1_of_its_paper():
    """Epsilon is as large as here so that its place matters."""
    w, m, v, expected = np.array([1.0, -2.0]), 0.0, 0.0, []
    for t, gradient in enumerate(GRADIENTS, start=1):
        g = gradient + 0.3 * w
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        w = w - RATE * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.9**t)) + 0.5)
        expected.append(w)
    found = steps({"name": "adam", "betas": [0.8, 0.9], "epsilon": 0.5, "weight_decay": 0.3})
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_adamw_by_algorithm_2_of_its_paper():
    w, m, v, expected = np.array([1.0, -2.0]), 0.0, 0.0, []
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - RATE * ((m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8) + 0.3 * w)
        expected.append(w)
    np.testing.assert_allclose(steps({"name": "adamw", "weight_decay": 0.3}), expected, rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_with_momentum_by_hand(nesterov):
    w, v, expected = np.array([1.0, -2.0]), 0.0, []
    for gradient in GRADIENTS:
        g = gradient + 0.3 * w
        v = 0.9 * v + g
        w = w - RATE * (g + 0.9 * v if nesterov else v)
        expected.append(w)
    found = steps({"name": "sgd", "momentum": 0.9, "nesterov": nesterov, "weight_decay": 0.3})
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_plain_sgd_by_hand():
    expected = np.array([1.0, -2.0]) - RATE * GRADIENTS.cumsum(axis=0)
    np.testing.assert_allclose(steps({"name": "sgd"}), expected, rtol=1e-12)


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(UserError, match="nesterov needs a momentum"):
        steps({"name": "sgd", "nesterov": True})


# ------------------------------------------------------------------ in less time

TRAINING = """
import sys
from tests.parts.test_optimizers import KINDS, part, trained
from workflow_scripts.common.device import choose_device

choose_device("cpu", threads=1)
for section, _, _ in KINDS.values():
    trained(part(section), interrupted=True)
assert not {"torch._dynamo", "torch._inductor", "sympy"} & sys.modules.keys()
"""


def test_a_training_does_not_import_torchs_compiler():
    subprocess.run([sys.executable, "-c", TRAINING], cwd=ROOT, check=True)
