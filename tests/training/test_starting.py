"""Weights that start as another model's: by name, some layers frozen, some from scratch."""

import pytest
import torch

from tests.training.test_training import NETWORK, TRAINING, same, train
from workflow_scripts.common.errors import UserError
from workflow_scripts.tables.models import read_model
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.model import build_network
from workflow_scripts.training.starting import start_from

VGG13 = {"name": "vgg13", "width": 2}
FIRST = ["blocks.0", "blocks.1"]
CPU = torch.device("cpu")


def network(classes=3, seed=1, settings=VGG13):
    torch.manual_seed(seed)
    return build_network(settings, classes, CPU)


def state(of):
    return {name: values.clone() for name, values in of.state_dict().items()}


def equal(one, other, name):
    return torch.equal(one[name], other[name])


def test_weights_are_taken_by_name_and_standardisation_comes_with_them():
    other, own = network(seed=2), network()
    other[0].mean, other[0].deviation = torch.arange(32.0), torch.full((32,), 2.0)
    start_from(own, state(other))
    assert all(equal(state(own), state(other), name) for name in state(other))
    assert all(parameter.requires_grad for parameter in own.parameters())


def test_fresh_layers_begin_as_they_would_from_scratch():
    own = network(classes=5)
    scratch, other = state(own), state(network(classes=3, seed=2))
    start_from(own, other, fresh=["classifier"])
    taken = {name: equal(state(own), other, name) for name in other if "classifier" not in name}
    assert all(taken.values())
    assert all(equal(state(own), scratch, f"1.classifier.{name}") for name in ("weight", "bias"))


@pytest.mark.parametrize(
    ("weights", "frozen", "fresh", "words"),
    [
        (network(5), [], [], ["start: the layer 'classifier' has 5 x 16 weights", "3 x 16 here", "`fresh`"]),
        (network(3, settings=VGG13 | {"width": 4}), [], [], ["start: the layer 'blocks.0.0' has", "`fresh`"]),
        (
            network(3, settings={"name": "cnn8", "width": 2}),
            [],
            [],
            ["no weights of the layer 'blocks.0.0'", "same network"],
        ),
        (network(), ["block"], [], ["frozen: the network has no layer 'block'; it has blocks, blocks.0, blocks.1"]),
        (network(), [], ["blocks.10"], ["fresh: ", "'blocks.10'", "blocks.4, classifier"]),
        (network(), ["blocks", "classifier"], [], ["frozen: all layers are frozen", "leave some out"]),
    ],
)
def test_what_does_not_fit_is_one_line_that_names_it(weights, frozen, fresh, words):
    with pytest.raises(UserError) as caught:
        start_from(network(), state(weights), frozen, fresh)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_a_name_is_a_whole_one():
    own = network(settings={"name": "cnn8", "width": 2})  # its layers are called 1, 2, ... 10, ...
    start_from(own, state(own), frozen=["1"])
    assert [name for name, values in own.named_parameters() if not values.requires_grad] == ["1.1.weight"]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return train(Checkpoint(tmp_path_factory.mktemp("first") / "resume", "x", 1e9))[0]


def settings(**changes):
    return TRAINING | {"epochs": 3, "checkpoint_selection": {"rule": "last", "metric": "loss", "count": 1}} | changes


def test_frozen_layers_keep_weights_and_statistics_and_others_learn(first, tmp_path):
    tuned, _, _ = train(Checkpoint(tmp_path / "a", "x", 1e9), settings(frozen=FIRST), first, seed=2)
    before, after = first.weights[0], tuned.weights[0]
    kept = {name for name in after if equal(before, after, name)}
    frozen = {name for name in after if name.startswith(("1.blocks.0.", "1.blocks.1."))}
    assert any("running_var" in name for name in frozen), "batch norm is among them"
    assert kept == frozen | {"0.mean", "0.deviation"}


def test_only_what_learns_has_a_state_in_the_optimiser_and_goes_on_as_if_never_stopped(first, tmp_path):
    training = settings(frozen=FIRST)
    whole, _, _ = train(Checkpoint(tmp_path / "a", "x", 1e9), training, first)
    with pytest.raises(KeyboardInterrupt):
        train(Checkpoint(tmp_path / "b", "x", 1e9), training, first, stop_after=1)
    tensors, _ = read_model(tmp_path / "b")
    own = build_network(NETWORK, 3, CPU)
    learning = [
        number for number, (name, _) in enumerate(own.named_parameters()) if not name[2:].startswith(tuple(FIRST))
    ]
    assert {int(name.split("/")[1]) for name in tensors if name.startswith("optimizer/")} == set(learning)
    assert same(train(Checkpoint(tmp_path / "b", "x", 1e9), training, first)[0], whole)


def test_naming_no_layer_changes_nothing(first, tmp_path):
    """With none named, what comes out is what it always was: all the weights of the model before."""
    plain = train(Checkpoint(tmp_path / "a", "x", 1e9), settings(), first)[0]
    empty = train(Checkpoint(tmp_path / "b", "x", 1e9), settings(frozen=[], fresh=[]), first)[0]
    fresh = train(Checkpoint(tmp_path / "c", "x", 1e9), settings(fresh=["classifier"]), first)[0]
    assert same(plain, empty)
    assert not same(plain, fresh)
