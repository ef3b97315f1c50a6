"""Networks against the figures of the papers."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from workflow_scripts.graph.recipes import read_recipe
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_clips
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.segments import WindowCutter

CLASSES = 41
DORFER = ["dorfer-a", "dorfer-b", "dorfer-c"]


def layers(network, kind):
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def parameters(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def published_network(system):
    torch.manual_seed(0)
    return build_network(read_recipe(system, {})["network"], CLASSES, "cpu")


def test_trainable_parameters_of_vgg13_with_41_classes():
    assert parameters(build_network({"name": "vgg13", "width": 64}, CLASSES, "cpu")) == 9_430_761


@pytest.mark.parametrize(
    ("system", "trainable", "with_statistics"),
    [
        ("dorfer-a", 8_362_306, 8_369_492),
        ("dorfer-b", 14_855_570, 14_865_124),  # the paper calls all of these trainable
        ("dorfer-c", 14_855_570, 14_865_124),
    ],
)
def test_parameters_of_vgg_gap_with_41_classes(system, trainable, with_statistics):
    network = published_network(system)
    statistics = sum(len(norm.running_mean) + len(norm.running_var) for norm in layers(network, nn.BatchNorm2d))
    assert parameters(network) == trainable
    assert trainable + statistics == with_statistics


def test_vgg_gap_starts_from_weights_normal_after_he_with_the_gain_of_relu():
    for convolution in layers(published_network("dorfer-a"), nn.Conv2d):
        weights = convolution.weight.detach().double() / math.sqrt(2 / convolution.weight[0].numel())
        n = weights.numel()
        # five standard errors of a normal distribution's mean, variance and kurtosis (that of a uniform one is 1.8)
        assert weights.mean() == pytest.approx(0, abs=5 * math.sqrt(1 / n))
        assert (weights**2).mean() == pytest.approx(1, abs=5 * math.sqrt(2 / n))
        assert (weights**4).mean() == pytest.approx(3, abs=5 * math.sqrt(96 / n))


def test_vgg_gap_has_no_biases_but_those_of_batch_norm():
    network = published_network("dorfer-a")
    norms = layers(network, nn.BatchNorm2d)
    assert all(convolution.bias is None for convolution in layers(network, nn.Conv2d))
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-4, 0.1)}
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)


def test_layers_of_vgg_gap_are_in_the_order_of_the_papers_table():
    convolution, pool, dropout = ["Conv2d", "BatchNorm2d", "ReLU"], ["MaxPool2d"], ["Dropout"]
    expected = [
        *(convolution * 2 + pool + dropout) * 2,
        *(convolution + dropout) * 3,
        *convolution + pool + dropout,
        *(convolution * 2 + pool + dropout) * 2,
        *(convolution + dropout) * 2,
        *["Conv2d", "BatchNorm2d"],  # the classifier has no ReLU
    ]
    network = published_network("dorfer-a")
    assert [type(layer).__name__ for layer in network.modules() if type(layer).__name__ in set(expected)] == expected
    assert [layer.p for layer in layers(network, nn.Dropout)] == [0.3] * 8 + [0.5] * 2


def published_training(system, clips):
    """Return recipe, frame bank and segments: ``clips`` of 500 frames of noise, on a CPU."""
    frames = np.random.default_rng(0).standard_normal((500 * clips, 128), dtype=np.float32)
    segments = pd.DataFrame({"clip": range(clips), "first": 500 * np.arange(clips), "frames": 500, "minimum": 0.0})
    return read_recipe(system, {}), FrameBank(frames, torch.device("cpu")), segments


@pytest.mark.parametrize("system", DORFER)
def test_one_update_at_the_published_width_changes_every_parameter(system, tmp_path):
    recipe, bank, segments = published_training(system, 2)
    cut = WindowCutter(recipe["windows"])
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), np.arange(2), np.ones(2), CLASSES)
    network = published_network(system)
    start = Model(recipe["network"], CLASSES, [0], [network.state_dict()])

    def uniform(network):
        return np.full((1, CLASSES), 1 / CLASSES), np.zeros(1, int)

    training = recipe["training"] | {"epochs": 1, "batch": 2}  # a single update
    checkpoint = Checkpoint(tmp_path / "resume", "x", 1e9)
    model, history = fit(recipe["network"], training, training_set, bank, uniform, 0, start, checkpoint)
    assert history["learning_rate"].item() == 0.001
    assert history["training_loss"].item() == pytest.approx(math.log(CLASSES), abs=0.5)
    for name, before in network.named_parameters():
        after = model.weights[0][name]
        assert torch.isfinite(after).all(), name
        assert not torch.equal(after, before), name


@pytest.mark.parametrize("system", DORFER)
def test_a_whole_clip_at_the_published_width_gets_probabilities(system):
    recipe, bank, segments = published_training(system, 1)
    windows = WindowCutter(recipe["windows"]).inference(segments)
    assert windows["length"].tolist() == [3000]
    probabilities = predict_clips(published_network(system), bank, windows, 1, recipe["combine"])
    assert probabilities.shape == (1, CLASSES)
    assert probabilities.min() >= 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)


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
