"""The optimizer: torch's, in less time."""

import copy
import subprocess
import sys

import torch

from tests.project import ROOT
from workflow_scripts.training.adam import Adam


def trained(optimizer_class, interrupted):
    """Return the weights of a small network after ten updates, and what the optimizer then knows."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    optimizer = optimizer_class(network.parameters())
    for number in range(10):
        if interrupted and number == 5:
            state = copy.deepcopy(optimizer.state_dict())
            optimizer = optimizer_class(network.parameters())
            optimizer.load_state_dict(state)
        optimizer.param_groups[0]["lr"] = 0.1 / (number + 1)
        optimizer.zero_grad()
        network(torch.randn(4, 6)).square().sum().backward()
        optimizer.step()
    state = [tensor for values in optimizer.state_dict()["state"].values() for tensor in values.values()]
    return [*network.state_dict().values(), *state]


def test_it_does_what_torchs_does_to_the_last_bit():
    expected = trained(torch.optim.Adam, interrupted=False)
    assert len(expected) == 4 + 4 * 3
    for interrupted in (False, True):
        found = trained(Adam, interrupted)
        assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


TRAINING = """
import sys
from tests.training.test_adam import Adam, trained
from workflow_scripts.common.device import choose_device

choose_device("cpu", threads=1)
trained(Adam, interrupted=True)
assert not {"torch._dynamo", "torch._inductor", "sympy"} & sys.modules.keys()
"""


def test_a_training_does_not_import_torchs_compiler():
    subprocess.run([sys.executable, "-c", TRAINING], cwd=ROOT, check=True)
