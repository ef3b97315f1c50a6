"""Networks against the figures of the papers."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from workflow_scripts.parts.layers.convolution_blocks import Gate
from workflow_scripts.parts.layers.gru import BidirectionalGru, Gru
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_clips
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.segments import WindowCutter

CLASSES = 41
DORFER = ["dorfer-a", "dorfer-b", "dorfer-c"]
TRAINABLE = {"vgg13": 9_430_761, "gcnn": 18_834_601, "crnn": 12_600_553, "gcrnn": 22_004_393}
IQBAL = [f"iqbal-{name}-a" for name in TRAINABLE]


def one_by_day(systems, by_day, *others):
    """Return the parameters of a test for ``systems``, all but one of which are of the nightly tier."""
    return [
        pytest.param(system, *others, marks=[pytest.mark.nightly] if system != by_day else []) for system in systems
    ]


def layers(network, kind):
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def parameters(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def published_network(system):
    torch.manual_seed(0)
    return build_network(read_recipe(system, {})["network"], CLASSES, "cpu")


@pytest.mark.parametrize("front_end", ["a", "b"])
@pytest.mark.parametrize(("name", "trainable"), TRAINABLE.items())
def test_trainable_parameters_of_iqbals_networks_with_41_classes(name, front_end, trainable):
    assert parameters(published_network(f"iqbal-{name}-{front_end}")) == trainable


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


def glorot_kernels(network):
    """Yield each kernel with what enters an output and where an input goes, as Keras counts them."""
    for convolution in layers(network, nn.Conv2d):
        yield convolution.weight, 9 * convolution.in_channels, 9 * convolution.out_channels
    for dense in layers(network, nn.Linear):
        yield dense.weight, dense.in_features, dense.out_features
    for gru in layers(network, Gru):  # one matrix for update gate, reset gate and candidate
        units, three_units = gru.recurrent.shape
        assert three_units == 3 * units
        yield gru.kernel, units, three_units  # as many units as inputs


@pytest.mark.parametrize(("system", "kernels"), [*zip(IQBAL, [11, 11, 13, 13], strict=True)])
def test_iqbals_networks_start_from_weights_uniform_after_glorot(system, kernels):
    network = published_network(system)
    for weight, fan_in, fan_out in glorot_kernels(network):
        weights = weight.detach().double() / math.sqrt(6 / (fan_in + fan_out))
        n = weights.numel()
        # five standard errors of the mean and the variance of a uniform distribution on [-1, 1]; its ends are reached
        assert weights.mean() == pytest.approx(0, abs=5 * math.sqrt(1 / 3 / n))
        assert (weights**2).mean() == pytest.approx(1 / 3, abs=5 * math.sqrt(4 / 45 / n))
        assert 1 - 20 / n < weights.abs().max() < 1 + 1e-6
        kernels -= 1
    assert kernels == 0


@pytest.mark.parametrize("system", ["iqbal-crnn-a", "iqbal-gcrnn-a"])
def test_recurrent_kernels_start_with_orthonormal_rows(system):
    forwards, backwards = layers(published_network(system), Gru)
    for gru in (forwards, backwards):
        assert torch.allclose(gru.recurrent @ gru.recurrent.T, torch.eye(512), atol=1e-5)
    assert not torch.equal(forwards.recurrent, backwards.recurrent)


@pytest.mark.parametrize("system", IQBAL)
def test_iqbals_networks_start_from_zero_biases_and_keras_batch_norm(system):
    network = published_network(system)
    biases = [parameter for name, parameter in network.named_parameters() if name.endswith("bias")]
    norms = layers(network, nn.BatchNorm2d)
    assert len(biases) == 10 + 10 + 1 + len(layers(network, Gru))
    assert not any(bias.any() for bias in biases)
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.01)}  # PyTorch's momentum is one minus Keras'
    assert all((norm.weight == 1).all() for norm in norms)


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


def narrow_network(name):
    torch.manual_seed(0)
    return build_network({"name": name, "width": 4}, 5, "cpu")


@pytest.mark.parametrize(
    ("name", "non_linearity"), [("vgg13", "ReLU"), ("crnn", "ReLU"), ("gcnn", "Gate"), ("gcrnn", "Gate")]
)
def test_each_convolution_is_followed_by_its_non_linearity_and_then_by_batch_norm(name, non_linearity):
    convolution = ["Conv2d", non_linearity, "BatchNorm2d"]
    kinds = {*convolution, "ReLU", "Gate", "MaxPool2d"}
    found = [type(layer).__name__ for layer in narrow_network(name).modules()]
    assert [kind for kind in found if kind in kinds] == [*convolution * 2, "MaxPool2d"] * 5


def test_a_gate_multiplies_the_first_half_of_the_channels_by_the_sigmoid_of_the_second():
    maps = torch.tensor([2.0, -3.0, 0.0, math.log(3)]).reshape(1, 4, 1, 1)
    assert Gate()(maps).flatten().tolist() == pytest.approx([2 * 1 / 2, -3 * 3 / 4])


def published_training(system, clips):
    """Return recipe, frame bank and segments: ``clips`` of noise, each of one training window, on a CPU."""
    length, bands = (500, 128) if system in DORFER else (128, 64)
    frames = np.random.default_rng(0).standard_normal((length * clips, bands), dtype=np.float32)
    firsts = length * np.arange(clips)
    segments = pd.DataFrame({"clip": range(clips), "first": firsts, "frames": length, "minimum": 0.0})
    return read_recipe(system, {}), FrameBank(frames, torch.device("cpu")), segments


@pytest.mark.parametrize(
    ("system", "rate", "spread"),  # of the loss: after Glorot, the classifier's outputs differ more at the start
    [*one_by_day(DORFER, "dorfer-a", 0.001, 0.5), *one_by_day(IQBAL, "iqbal-gcrnn-a", 0.9 * 0.0005, 3)],
)
def test_one_update_at_the_published_width_changes_every_parameter(system, rate, spread, tmp_path):
    recipe, bank, segments = published_training(system, 2)
    cut, targets = WindowCutter(recipe["windows"]), np.eye(CLASSES, dtype=np.float32)[:2]
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), targets, np.ones(2), multiclass)
    network = published_network(system)
    start = Model(recipe["network"], CLASSES, [0], [network.state_dict()])

    def uniform(network):
        return np.full((1, CLASSES), 1 / CLASSES), targets[:1]

    training = recipe["training"] | {"epochs": 1, "batch": 2}  # a single update
    checkpoint = Checkpoint(tmp_path / "resume", "x", 1e9)
    model, history = fit(recipe["network"], training, training_set, bank, uniform, 0, start, checkpoint)
    assert history["learning_rate"].item() == pytest.approx(rate)
    assert history["training_loss"].item() == pytest.approx(math.log(CLASSES), abs=spread)
    for name, before in network.named_parameters():
        after = model.weights[0][name]
        assert torch.isfinite(after).all(), name
        assert not torch.equal(after, before), name


@pytest.mark.parametrize("system", one_by_day(DORFER, "dorfer-a"))
def test_a_whole_clip_at_the_published_width_gets_probabilities(system):
    recipe, bank, segments = published_training(system, 1)
    windows = WindowCutter(recipe["windows"]).inference(segments)
    assert windows["length"].tolist() == [3000]
    probabilities = predict_clips(published_network(system), bank, windows, 1, recipe["aggregation"], multiclass)
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
@pytest.mark.parametrize("system", IQBAL)
def test_maps_of_iqbals_networks_are_those_of_the_papers_table(system):
    shapes = shapes_in(published_network(system), torch.zeros(1, 128, 64), nn.MaxPool2d)
    assert shapes == [(64, 64, 32), (128, 32, 16), (256, 16, 8), (512, 8, 4), (512, 4, 2)]


@torch.inference_mode()
@pytest.mark.parametrize("name", ["gcnn", "gcrnn"])
def test_a_gated_convolution_has_a_filter_for_each_value_and_one_for_its_gate(name):
    network, spectrogram = narrow_network(name), torch.zeros(1, 32, 32)
    filters = [4, 4, 8, 8, 16, 16, 32, 32, 32, 32]
    assert [shape[0] for shape in shapes_in(network, spectrogram, nn.Conv2d)] == [2 * n for n in filters]
    assert [shape[0] for shape in shapes_in(network, spectrogram, Gate)] == filters


@torch.inference_mode()
@pytest.mark.parametrize("system", ["iqbal-crnn-a", "iqbal-gcrnn-a"])
def test_a_recurrent_network_reads_four_time_steps_in_both_directions(system):
    network, spectrogram = published_network(system), torch.zeros(1, 128, 64)
    assert shapes_in(network, spectrogram, Gru) == [(4, 512), (4, 512)]
    assert shapes_in(network, spectrogram, BidirectionalGru) == [(4, 1024)]


@torch.inference_mode()
@pytest.mark.parametrize("name", ["vgg_gap", *TRAINABLE])
def test_logits_of_a_clip_do_not_depend_on_its_batch_in_evaluation_mode(name):
    network = narrow_network(name).eval()
    spectrogram = torch.randn(3, 192, 128)
    assert torch.allclose(network(spectrogram)[1], network(spectrogram[1:2])[0], atol=1e-5)
    assert network(spectrogram).shape == (3, 5)


@pytest.mark.parametrize("name", TRAINABLE)
def test_logits_in_mixed_precision_are_near_those_in_single_precision_and_gradients_are_finite(name):
    network, spectrogram = narrow_network(name), torch.randn(4, 128, 64)
    single = network(spectrogram)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = network(spectrogram)
    assert mixed.dtype == torch.bfloat16
    assert (mixed.float() - single).norm() < 0.1 * single.norm()  # eight significant bits in ten convolutions
    mixed.float().logsumexp(dim=1).sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_the_input_is_standardised_inside_the_network():
    network = build_network({"name": "vgg13", "width": 2}, 3, "cpu")
    network[0].mean.fill_(3.0)
    network[0].deviation.fill_(2.0)
    assert network[0](torch.tensor([5.0])).item() == 1.0
    assert {"0.mean", "0.deviation"} <= network.state_dict().keys(), "they are kept with the weights"
