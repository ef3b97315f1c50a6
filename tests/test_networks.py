"""Networks against the figures of the papers."""

import pytest
import torch
from torch import nn

from workflow_scripts.training.model import build_network


def parameters(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("settings", "published"),
    [
        ({"name": "vgg_gap", "width": 48}, 8_362_306),
        ({"name": "vgg_gap", "width": 64}, 14_855_570),
        ({"name": "vgg13", "width": 64}, 9_430_761),
    ],
)
def test_trainable_parameters_with_41_classes(settings, published):
    assert parameters(build_network(settings, 41, "cpu")) == published


def test_dropout_rates_and_places_of_vgg_gap():
    rates = [
        layer.p for layer in build_network({"name": "vgg_gap"}, 41, "cpu").modules() if isinstance(layer, nn.Dropout)
    ]
    assert rates == [0.3] * 8 + [0.5] * 2


def shapes_in(network, spectrogram, kind):
    shapes = []
    hooks = [
        layer.register_forward_hook(lambda _, __, output: shapes.append(tuple(output.shape[1:])))
        for layer in network.modules()
        if isinstance(layer, kind)
    ]
    network.eval()(spectrogram)
    for hook in hooks:
        hook.remove()
    return shapes


@torch.inference_mode()
@pytest.mark.parametrize(
    ("frames", "after_pools", "last"),
    [
        (384, [(32, 96), (16, 48), (8, 24), (8, 12), (8, 6)], (6, 4)),
        (3000, [(32, 750), (16, 375), (8, 187), (8, 93), (8, 46)], (6, 44)),
    ],
)
def test_vgg_gap_maps_are_those_of_the_papers_table(frames, after_pools, last):
    network = build_network({"name": "vgg_gap", "width": 2}, 41, "cpu")
    spectrogram = torch.zeros(1, frames, 128)
    assert [shape[1:] for shape in shapes_in(network, spectrogram, nn.MaxPool2d)] == after_pools
    assert shapes_in(network, spectrogram, nn.Conv2d)[-1] == (41, *last)


@torch.inference_mode()
def test_vgg13_maps_are_those_of_the_papers_table():
    network = build_network({"name": "vgg13", "width": 64}, 41, "cpu")
    shapes = shapes_in(network, torch.zeros(1, 128, 64), nn.MaxPool2d)
    assert shapes == [(64, 64, 32), (128, 32, 16), (256, 16, 8), (512, 8, 4), (512, 4, 2)]


@torch.inference_mode()
@pytest.mark.parametrize("name", ["vgg_gap", "vgg13"])
def test_logits_of_a_clip_do_not_depend_on_its_batch_in_evaluation_mode(name):
    torch.manual_seed(0)
    network = build_network({"name": name, "width": 4}, 5, "cpu").eval()
    spectrogram = torch.randn(3, 192, 128)
    assert torch.allclose(network(spectrogram)[1], network(spectrogram[1:2])[0], atol=1e-5)
    assert network(spectrogram).shape == (3, 5)


def test_the_input_is_standardised_inside_the_network():
    network = build_network({"name": "vgg13", "width": 2}, 3, "cpu")
    network[0].mean.fill_(3.0)
    network[0].deviation.fill_(2.0)
    assert network[0](torch.tensor([5.0])).item() == 1.0
    assert {"0.mean", "0.deviation"} <= network.state_dict().keys(), "they are kept with the weights"
