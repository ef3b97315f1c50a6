"""Learning rates of layers: by hand, over an interruption, and as before where there are none."""

import pytest
import torch

from tests.training.test_starting import VGG13, network, settings
from tests.training.test_training import same, train
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tables.models import read_model
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.model import Network, Standardise
from workflow_scripts.training.rates import parameter_groups, set_rate


def two_layers():
    layers = torch.nn.ModuleDict({name: torch.nn.Linear(1, 1, bias=False) for name in ("trunk", "head")})
    for layer, weight in (("trunk", 2.0), ("head", 3.0)):
        torch.nn.init.constant_(layers[layer].weight, weight)
    return Network(Standardise(), layers)


def test_a_step_of_sgd_by_hand():
    """With loss head * trunk * 5, the gradients are 15 and 10."""
    both = two_layers()
    optimizer = torch.optim.SGD(parameter_groups(both, {"trunk": 0.1}), lr=7.0)
    trunk, head = both[1]["trunk"].weight, both[1]["head"].weight
    (head * trunk * 5).sum().backward()
    set_rate(optimizer, 0.02)
    optimizer.step()
    assert trunk.item() == pytest.approx(2 - 0.02 * 0.1 * 15)
    assert head.item() == pytest.approx(3 - 0.02 * 10)


def rates_of(rates):
    model = network()
    groups = parameter_groups(model, rates)
    names = {id(parameter): name for name, parameter in model[1].named_parameters()}
    found = {names[id(parameter)]: group["rate"] for group in groups for parameter in group["params"]}
    return found, set(names.values())


def test_of_two_names_that_fit_the_longer_one_counts_and_every_parameter_learns_once():
    found, names = rates_of({"blocks": 0.1, "blocks.1": 0.5})
    assert set(found) == names
    for name, rate in found.items():
        assert rate == (0.5 if name.startswith("blocks.1.") else 0.1 if name.startswith("blocks.") else 1.0)


def test_without_rates_there_is_one_group_in_the_network_order():
    model = network()
    for rates in (None, {}):
        assert [id(p) for p in parameter_groups(model, rates)] == [id(p) for p in model.parameters()]


@pytest.mark.parametrize("name", ["block", "blocks.10", "classifier.weights"])
def test_a_layer_that_is_not_there_is_one_line(name):
    with pytest.raises(UserError) as caught:
        parameter_groups(network(), {"classifier": 0.1, name: 0.1})
    message = str(caught.value)
    assert message.startswith(f"rates: the network has no layer {name!r} with weights; it has blocks.0.0, ")
    assert "\n" not in message


def test_rates_of_one_change_nothing_and_others_do(tmp_path):
    plain = train(Checkpoint(tmp_path / "a", "x", 1e9), settings())[0]
    assert same(train(Checkpoint(tmp_path / "b", "x", 1e9), settings(rates={"classifier": 1.0}))[0], plain)
    assert not same(train(Checkpoint(tmp_path / "c", "x", 1e9), settings(rates={"classifier": 0.1}))[0], plain)


def test_an_interrupted_training_goes_on_with_the_same_rates_and_moments(tmp_path):
    training = settings(rates={"blocks.0": 0.1, "classifier": 3.0})
    whole, _, _ = train(Checkpoint(tmp_path / "a", "x", 1e9), training)
    with pytest.raises(KeyboardInterrupt):
        train(Checkpoint(tmp_path / "b", "x", 1e9), training, stop_after=1)
    tensors, _ = read_model(tmp_path / "b")
    count = len(list(network(settings=VGG13).parameters()))
    assert {int(name.split("/")[1]) for name in tensors if name.startswith("optimizer/")} == set(range(count))
    assert same(train(Checkpoint(tmp_path / "b", "x", 1e9), training)[0], whole)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rates": {"blocks": 0}}, "rates.blocks"),
        (
            {"rates": {"blocks.0": 0.1}, "start": "previous", "frozen": ["blocks"]},
            "rates: 'blocks.0' is frozen and never",
        ),
    ],
)
def test_a_mistake_in_rates_is_one_line(changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe("dorfer-a", {"dorfer-a": {"stages": {"self_verification": changes}}})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
