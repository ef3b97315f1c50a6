"""The networks of Fonseca et al. (2019) for FSDnoisy18k: the baseline's pre-activation CNN, and DenSE."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from workflow_scripts.parts.layers.dense_modules import DenseModule
from workflow_scripts.parts.layers.keras_initialisation import he_normal_
from workflow_scripts.parts.networks import dense_se, pre_activation_cnn
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.objective import Objective
from workflow_scripts.training.segments import WindowCutter

CLASSES, FRAMES, BANDS = 20, 100, 96
SYSTEMS = ["fsdnoisy18k-baseline", "dense-se"]


def published_network(system):
    torch.manual_seed(0)
    return build_network(read_recipe(system, {})["network"], CLASSES, "cpu")


def layers(network, kind):
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def outputs_of(network, kind, spectrograms):
    """Return what each layer of ``kind`` says of ``spectrograms``, in order."""
    outputs = []
    for layer in layers(network, kind):
        layer.register_forward_hook(lambda _, __, output: outputs.append(output))
    with torch.inference_mode():
        network.eval()(spectrograms)
    return outputs


# ------------------------------------------------------------------ sizes


def convolution(inputs, outputs, size):
    return (inputs * size**2 + 1) * outputs


def dense(inputs, outputs):
    return (inputs + 1) * outputs


def of_pre_activation_cnn():
    """Trainable, and channels of all norms."""
    filters = [1, 24, 48, 48]
    channels = sum(inputs + outputs for inputs, outputs in pairwise(filters))
    convolutions = sum(convolution(inputs, outputs, 5) for inputs, outputs in pairwise(filters))
    return convolutions + 2 * channels + dense(6912, 64) + dense(64, CLASSES), channels


def of_dense_se():
    total, channels, width = convolution(1, 15, 3), 1, 16
    for new in (16, 32, 64, 128):
        total += convolution(width, new, 1) + convolution(new, new, 3) + dense(new, new // 2) + dense(new // 2, new)
        channels += width + new
        width += new
    channels += width
    return total + 2 * channels + dense(7 * 6 * 256, CLASSES), channels


@pytest.mark.parametrize(
    ("part", "by_hand", "trainable", "as_keras_counts"),
    [(pre_activation_cnn, of_pre_activation_cnn, 531_238, 531_624), (dense_se, of_dense_se, 456_884, 458_358)],
    ids=["pre_activation_cnn", "dense_se"],
)
def test_parameters_with_20_classes_are_the_published_ones(part, by_hand, trainable, as_keras_counts):
    """The 531,624 stand in the authors' README; Keras counts two running statistics of each channel of a norm."""
    network = part.build(CLASSES)
    statistics = sum(len(norm.running_mean) + len(norm.running_var) for norm in layers(network, nn.BatchNorm2d))
    assert sum(p.numel() for p in network.parameters()) == trainable == by_hand()[0]
    assert statistics == 2 * by_hand()[1]
    assert trainable + statistics == as_keras_counts
    assert f"{trainable:,}" in part.build.__doc__
    assert f"{as_keras_counts:,}" in part.build.__doc__


@pytest.mark.parametrize("system", SYSTEMS)
def test_norms_are_keras_default_ones_and_biases_start_at_zero(system):
    network = published_network(system)
    assert {(norm.eps, norm.momentum) for norm in layers(network, nn.BatchNorm2d)} == {(1e-3, 0.01)}
    assert not any(p.any() for name, p in network.named_parameters() if name.endswith("bias"))
    assert {dropout.p for dropout in layers(network, nn.Dropout)} == {0.5}


# ------------------------------------------------------------------ the pre-activation CNN


def test_layers_of_the_pre_activation_cnn_in_their_order():
    before, convolution, after = ["BatchNorm2d", "ReLU"], ["Conv2d"], ["BatchNorm2d", "ReLU"]
    block = [*before, *convolution, *after]
    dense = ["Flatten", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    expected = [*block, "MaxPool2d", *block, "MaxPool2d", *block, *dense]
    found = [type(layer).__name__ for layer in published_network("fsdnoisy18k-baseline").modules()]
    assert [kind for kind in found if kind in set(expected)] == expected


def test_maps_of_the_pre_activation_cnn():
    network = published_network("fsdnoisy18k-baseline")
    spectrograms = torch.zeros(1, FRAMES, BANDS)
    assert [tuple(maps.shape[1:]) for maps in outputs_of(network, nn.MaxPool2d, spectrograms)] == [
        (24, 25, 48),
        (48, 6, 24),
    ]
    assert outputs_of(network, nn.Flatten, spectrograms)[0].shape == (1, 6912)


def test_the_input_itself_goes_through_norm_and_relu():
    network = published_network("fsdnoisy18k-baseline").eval()  # its norm is the identity as yet
    spectrograms = torch.randn(2, FRAMES, BANDS)
    torch.testing.assert_close(network(spectrograms), network(spectrograms.clamp(min=0)), rtol=0, atol=0)
    assert not torch.equal(network(spectrograms), network(spectrograms.clamp(max=0)))


# ------------------------------------------------------------------ DenSE


def test_maps_of_dense_se():
    network = published_network("dense-se")
    spectrograms = torch.zeros(1, FRAMES, BANDS)
    assert [tuple(maps.shape[1:]) for maps in outputs_of(network, DenseModule, spectrograms)] == [
        (32, 100, 96),
        (64, 50, 48),
        (128, 25, 24),
        (256, 13, 12),
    ]
    assert outputs_of(network, nn.Flatten, spectrograms)[0].shape == (1, 256 * 7 * 6)
    assert [type(layer) for layer in network[1].classifier] == [nn.Flatten, nn.Dropout, nn.Linear]


def test_the_first_module_is_given_the_normed_input_beside_what_the_convolution_makes_of_it():
    network, seen = published_network("dense-se").eval(), []
    first = layers(network, DenseModule)[0]
    first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    spectrograms = torch.randn(2, FRAMES, BANDS)
    with torch.no_grad():
        network[1].norm.running_mean.fill_(3.0)
        network[1].norm.running_var.fill_(4.0 - 1e-3)
        network(spectrograms)
        normed = (spectrograms[:, None] - 3) / 2
        torch.testing.assert_close(seen[0][:, :1], normed)
        torch.testing.assert_close(seen[0][:, 1:], network[1].convolution(normed))


def test_new_channels_are_scaled_by_the_gate_of_their_means_before_the_modules_input_joins_them():
    network = published_network("dense-se").eval()
    module = layers(network, DenseModule)[1]
    maps = torch.randn(2, 32, 50, 48)
    with torch.no_grad():
        grown = module.grown[:-1](maps)
        gate = module.grown[-1]
        hidden = np.maximum(grown.mean(dim=(2, 3)).numpy() @ gate.squeezed.weight.numpy().T, 0)
        scales = 1 / (1 + np.exp(-hidden @ gate.excited.weight.numpy().T))  # biases are zero
        assert hidden.shape == (2, 16), "half as many"
        assert np.ptp(scales) > 0.01
        expected = torch.cat([maps, grown * torch.from_numpy(scales)[:, :, None, None]], dim=1)
        torch.testing.assert_close(module(maps), expected)


def test_the_classifier_is_given_what_is_above_the_mean_of_the_last_maps():
    network = published_network("dense-se").train()
    inputs = []
    network[1].classifier.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    network(torch.randn(4, FRAMES, BANDS))
    assert inputs[0].shape == (4, 256, 7, 6)
    assert inputs[0].min() == 0
    assert 0.3 < (inputs[0] > 0).float().mean() < 0.7, "behind a norm and a ReLU"


# ------------------------------------------------------------------ the weights to begin with


def is_he_normal(kernel):
    """Five standard errors of mean and variance; nothing is beyond two deviations of what the ends are cut from."""
    weights = kernel.detach().double() / math.sqrt(2 / kernel[0].numel())
    near = 5 / math.sqrt(kernel.numel())
    ends = 2 / 0.8796
    return abs(weights.mean()) < near and abs((weights**2).mean() - 1) < 2 * near and weights.abs().max() < ends


def test_he_normal_fills_a_kernel_up_to_its_ends():
    kernel = torch.empty(200, 50, 3, 3)
    he_normal_(kernel)
    assert is_he_normal(kernel)
    assert kernel.abs().max() > 0.99 * 2 / 0.8796 * math.sqrt(2 / 450)
    assert not is_he_normal(nn.init.kaiming_normal_(kernel, nonlinearity="relu")), "which has no ends"
    assert not is_he_normal(nn.init.xavier_uniform_(kernel))


def test_all_kernels_of_the_baseline_are_he_normal_and_of_dense_se_the_classifiers():
    kernels = [p for p in published_network("fsdnoisy18k-baseline").parameters() if p.dim() > 1]
    assert len(kernels) == 5
    assert all(map(is_he_normal, kernels))
    *others, classifier = [p for p in published_network("dense-se").parameters() if p.dim() > 1]
    assert len(others) == 1 + 4 * 4
    assert is_he_normal(classifier)
    fans = [(k[0].numel(), k.shape[0] * k[0, 0].numel()) for k in others]
    bounds = [math.sqrt(6 / (inputs + outputs)) for inputs, outputs in fans]
    for kernel, bound in zip(others, bounds, strict=True):
        assert (1 - 20 / kernel.numel()) * bound < kernel.abs().max() <= bound * (1 + 1e-6), "Glorot-uniform"


# ------------------------------------------------------------------ training


@pytest.mark.parametrize(("system", "kernels"), [("fsdnoisy18k-baseline", 2), ("dense-se", 1)])
def test_the_penalty_of_the_recipe_is_on_the_kernels_of_the_dense_layers_behind_the_maps(system, kernels):
    network, training = published_network(system)[1], read_recipe(system, {})["training"]
    outputs, targets = torch.zeros(1, CLASSES), torch.eye(CLASSES)[:1]
    objective = Objective(training, network)
    objective(outputs, targets, torch.ones(1), torch.zeros(1)).backward()
    penalised = {name for name, parameter in network.named_parameters() if parameter.grad is not None}
    behind = {f"classifier.{i}.weight" for i, layer in enumerate(network.classifier) if isinstance(layer, nn.Linear)}
    assert penalised == behind
    assert len(behind) == kernels
    for name in behind:
        weight = network.get_parameter(name)
        torch.testing.assert_close(weight.grad, 2 * 1e-3 * weight.detach())


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_update_at_the_published_size_changes_every_parameter(system, tmp_path):
    recipe = read_recipe(system, {})
    clips, frames = 3, 151  # of two patches each
    values = np.random.default_rng(0).normal(-3, 2, (clips * frames, BANDS)).astype(np.float32)
    bank, firsts = FrameBank(values, torch.device("cpu")), frames * np.arange(clips)
    segments = pd.DataFrame({"clip": range(clips), "first": firsts, "frames": frames, "minimum": 0.0})
    cut, targets = WindowCutter(recipe["windows"]), np.eye(CLASSES, dtype=np.float32)[:clips]
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), targets, np.ones(clips), multiclass)
    network = published_network(system)
    start = Model(recipe["network"], CLASSES, [0], [network.state_dict()])

    def uniform(network):
        return np.full((1, CLASSES), 1 / CLASSES), targets[:1]

    options = {"seed": 0, "start": start, "checkpoint": Checkpoint(tmp_path / "resume", "x", 1e9)}
    training = recipe["training"] | {"epochs": 1}
    model, history = fit(recipe["network"], training, training_set, bank, uniform, **options)
    assert history["learning_rate"].item() == pytest.approx(0.001)
    assert history["training_loss"].item() == pytest.approx(math.log(CLASSES), abs=4), "logits deviate by 2"
    for name, before in network.named_parameters():
        after = model.weights[0][name]
        assert torch.isfinite(after).all(), name
        assert not torch.equal(after, before), name
