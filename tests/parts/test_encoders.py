"""Networks of an encoder and a head: their sizes, what the encoder says, and how one training leaves it to another."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from workflow_scripts.parts.layers.encoder_and_head import projection_head
from workflow_scripts.parts.networks import crnn_fsd, resnet18, vgg_like
from workflow_scripts.training.model import build_network
from workflow_scripts.training.starting import start_from

CLASSES = 20
NARROW = {
    "vgg_like": {"width": 4, "features": 6},
    "resnet18": {"width": 2},
    "crnn_fsd": {"width": 4, "units": 3},
}


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def convolution(inputs, outputs, size):
    """With the scale and the shift of its batch norm."""
    return inputs * outputs * size**2 + 2 * outputs


def dense(inputs, outputs):
    return (inputs + 1) * outputs


def of_vgg_like():
    filters = [1, 32, 32, 32, 64, 64, 128]
    return sum(convolution(a, b, 3) for a, b in pairwise(filters)) + dense(256, 512)


def of_resnet18():
    total = convolution(1, 64, 7) + 4 * convolution(64, 64, 3)
    for n in (64, 128, 256):
        total += convolution(n, 2 * n, 3) + 3 * convolution(2 * n, 2 * n, 3) + convolution(n, 2 * n, 1)
    return total


def of_crnn_fsd():
    gru = 3 * 64 * (256 + 64 + 2)  # three gates, PyTorch's two biases
    return convolution(1, 128, 5) + 2 * convolution(128, 128, 5) + 2 * gru


@pytest.mark.parametrize(
    ("part", "features", "encoder", "classifying", "projecting"),
    [
        (vgg_like, 512, of_vgg_like(), 290_292, 806_368),
        (resnet18, 512, of_resnet18(), 11_180_500, 11_696_576),
        (crnn_fsd, 64, of_crnn_fsd(), 948_116, 1_243_776),
    ],
    ids=["vgg_like", "resnet18", "crnn_fsd"],
)
def test_parameters_with_20_classes_are_those_of_the_formula_and_of_the_docstring(
    part, features, encoder, classifying, projecting
):
    network = part.build(CLASSES)
    assert parameters(network.encoder) == encoder
    assert parameters(network) == encoder + dense(features, CLASSES) == classifying
    head = dense(features, 512) + 2 * 512 + dense(512, 512)
    assert parameters(part.build(CLASSES, projection=512)) == encoder + head == projecting
    assert f"{classifying:,}" in part.build.__doc__
    assert f"{projecting:,}" in part.build.__doc__


def test_resnet18_is_that_of_he_et_al_but_for_its_input_and_classes():
    """11,689,512 with three channels and 1000 classes (torchvision's count)."""
    assert of_resnet18() + 2 * 64 * 7**2 + dense(512, 1000) == 11_689_512


def maps_after(network, kind, frames=101, bands=96):
    shapes = []
    for layer in network.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda _, __, output: shapes.append(tuple(output.shape[1:])))
    network.eval()(torch.zeros(1, frames, bands))
    return shapes


@torch.inference_mode()
def test_maps_of_a_patch_of_101_frames_and_96_bands():
    assert maps_after(vgg_like.build(20), nn.MaxPool2d) == [(32, 50, 48), (64, 25, 24), (128, 12, 12)]
    assert maps_after(crnn_fsd.build(20), nn.MaxPool2d) == [(128, 50, 19), (128, 25, 4), (128, 12, 2)]
    assert maps_after(resnet18.build(20), nn.MaxPool2d) == [(64, 26, 24)]
    blocks = [(64, 26, 24), (128, 13, 12), (256, 7, 6), (512, 4, 3)]
    assert maps_after(resnet18.build(20), resnet18.Block) == [shape for shape in blocks for _ in range(2)]


@torch.inference_mode()
def test_the_dense_layer_of_vgg_like_sees_maximum_and_mean_of_every_map():
    encoder = vgg_like.build(2, width=1, features=8).eval().encoder
    encoder.dense = nn.Identity()
    patch = torch.randn(1, 1, 16, 24)
    maps = encoder.convolutions(patch)
    assert maps.shape == (1, 4, 2, 3)
    assert torch.equal(encoder(patch)[0, :4], maps.flatten(2).amax(dim=2)[0])
    torch.testing.assert_close(encoder(patch)[0, 4:], maps.flatten(2).mean(dim=2)[0])


@torch.inference_mode()
def test_the_crnn_multiplies_what_each_direction_knows_after_all_steps():
    torch.manual_seed(0)
    encoder = crnn_fsd.build(2, width=2, units=3).eval().encoder
    patch = torch.randn(1, 1, 24, 96)
    maps = encoder.convolutions(patch)  # [1, 2 channels, 3 steps, 2 rows]
    steps = torch.stack([torch.cat([maps[0, 0, i], maps[0, 1, i]]) for i in range(3)])
    states = encoder.gru(steps[None])[0][0]
    torch.testing.assert_close(encoder(patch)[0], states[-1, :3] * states[0, 3:])


@torch.inference_mode()
def test_a_block_adds_what_enters_it():
    torch.manual_seed(0)
    block = resnet18.Block(3, 3).eval()
    maps = torch.randn(2, 3, 5, 4)
    torch.testing.assert_close(block(maps), (block.residual(maps) + maps).relu())
    narrower = resnet18.Block(3, 6, stride=2).eval()
    assert narrower(maps).shape == (2, 6, 3, 2)
    assert [layer.kernel_size for layer in narrower.shortcut if isinstance(layer, nn.Conv2d)] == [(1, 1)]


def test_a_projection_head_has_its_layers_in_the_published_order():
    assert [type(layer).__name__ for layer in projection_head(4, 8)] == ["Linear", "BatchNorm1d", "ReLU", "Linear"]


@pytest.mark.parametrize("name", NARROW)
def test_a_classifier_starts_from_the_encoder_that_projections_have_taught(name):
    settings = {"name": name, **NARROW[name]}
    torch.manual_seed(0)
    taught = build_network(settings | {"projection": 10}, 1, "cpu")
    assert taught(torch.randn(4, 32, 96)).shape == (4, 10), "whatever the classes"
    network = build_network(settings, CLASSES, "cpu")
    start_from(network, taught.state_dict(), fresh=["head"])
    patches = torch.randn(3, 1, 32, 96)
    assert torch.equal(network.eval()[1].encoder(patches), taught.eval()[1].encoder(patches))
    assert network(patches[:, 0]).shape == (3, CLASSES)


@pytest.mark.parametrize("name", NARROW)
def test_projections_in_mixed_precision_are_near_those_in_single_precision_and_gradients_are_finite(name):
    torch.manual_seed(0)
    network = build_network({"name": name, **NARROW[name], "projection": 16}, 1, "cpu").eval()
    patches = torch.randn(4, 101, 96)
    single = network(patches)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = network(patches)
    assert (mixed.float() - single).norm() < 0.1 * single.norm()
    mixed.float().logsumexp(dim=1).sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())
