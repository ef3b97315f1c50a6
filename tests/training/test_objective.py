"""What an update makes smaller: weighted losses, and penalties on the kernels of named layers."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from workflow_scripts.common.errors import UserError
from workflow_scripts.training.objective import Objective

LOSS = {"loss": {"name": "cross_entropy"}}
OUTPUTS = torch.log(torch.tensor([[1 / 2, 1 / 2], [1 / 4, 3 / 4]]))
TARGETS = torch.tensor([[1.0, 0.0], [1.0, 0.0]])  # losses of ln 2 and ln 4
WEIGHTS, DOUBT = torch.tensor([1.0, 0.5]), torch.zeros(2)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 1)
        self.norm = nn.BatchNorm2d(2)
        self.dense = nn.Linear(2, 2)
        self.dense_too = nn.Linear(2, 1)
        self.head = nn.Sequential(nn.Linear(2, 2, bias=False), nn.LayerNorm(2))


@pytest.fixture
def network():
    network = Network()
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters(), start=1):
            parameter.fill_(number)
    return network


def test_weights_count_in_a_mean_over_all_examples(network):
    found = Objective(LOSS, network)(OUTPUTS, TARGETS, WEIGHTS, DOUBT)
    assert found.item() == pytest.approx((math.log(2) + 0.5 * math.log(4)) / 2, rel=1e-6), "not by the weights' sum"


def test_the_penalty_is_the_sum_of_the_squares_of_the_kernels_named_and_no_others(network):
    mean = (math.log(2) + 0.5 * math.log(4)) / 2
    dense, of_the_head = network.dense.weight[0, 0].item(), network.head[0].weight[0, 0].item()
    assert dense != network.dense.bias[0].item()
    objective = Objective(LOSS | {"l2": {"dense": 0.1, "head": 0.01}}, network)
    found = objective(OUTPUTS, TARGETS, WEIGHTS, DOUBT)
    expected = mean + 0.1 * 4 * dense**2 + 0.01 * 4 * of_the_head**2
    assert found.item() == pytest.approx(expected, rel=1e-6), "no bias, no norm, not dense_too"
    found.backward()
    np.testing.assert_allclose(network.dense.weight.grad, np.full((2, 2), 2 * 0.1 * dense), rtol=1e-6)
    assert all(p.grad is None for layer in (network.convolution, network.norm) for p in layer.parameters())
    assert network.dense.bias.grad is None
    assert network.dense_too.weight.grad is None


def test_a_penalty_acts_as_adams_weight_decay_of_twice_the_factor_on_that_layer_alone(network):
    """The gradient of factor * w^2 is 2 * factor * w."""
    penalised = torch.optim.Adam(network.parameters(), lr=0.1)
    decayed = Network()
    decayed.load_state_dict(network.state_dict())
    reference = torch.optim.Adam(decayed.dense.parameters(), lr=0.1, weight_decay=0.02)
    decayed.dense.bias.requires_grad_(False)
    objective = Objective(LOSS | {"l2": {"dense": 0.01}}, network)
    for _ in range(3):
        penalised.zero_grad()
        objective(network.dense(OUTPUTS), TARGETS, WEIGHTS, DOUBT).backward()
        penalised.step()
        reference.zero_grad()
        Objective(LOSS, decayed)(decayed.dense(OUTPUTS), TARGETS, WEIGHTS, DOUBT).backward()
        reference.step()
        network.dense.bias.data.copy_(decayed.dense.bias)
    np.testing.assert_allclose(network.dense.weight.detach(), decayed.dense.weight.detach(), rtol=1e-5)


@pytest.mark.parametrize("layer", ["dens", "dense.weight", "norm", "Dense"])
def test_a_name_of_no_layer_with_a_kernel_is_one_line_that_lists_these(network, layer):
    with pytest.raises(UserError) as caught:
        Objective(LOSS | {"l2": {layer: 0.1}}, network)
    message = str(caught.value)
    assert "\n" not in message
    assert f"training.l2: the network has no layer '{layer}'" in message
    assert message.endswith("it has convolution, dense, dense_too, head.0")
