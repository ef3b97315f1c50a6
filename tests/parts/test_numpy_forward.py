"""The networks of Iqbal et al. (2018) against their equations, transcribed in numpy.

The recurrent layer is that of Keras 2.2, which the authors used: hard sigmoids, a ReLU, and a reset gate that
multiplies the state before the matrix product.
"""

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view

from workflow_scripts.parts.layers.gru import BidirectionalGru, Gru
from workflow_scripts.training.model import build_network

NETWORKS = {"vgg13": (False, False), "gcnn": (True, False), "crnn": (False, True), "gcrnn": (True, True)}


def weights_of(module):
    """Return its state as arrays, by name."""
    return {name: tensor.numpy() for name, tensor in module.state_dict().items()}


def below(weights, prefix):
    """Return the weights whose names begin with ``prefix``, by the rest of their names."""
    return {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}


def convolution(maps, weight, bias):
    """[inputs, rows, columns] -> [outputs, rows, columns], 3 x 3, zeros around."""
    windows = sliding_window_view(np.pad(maps, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2))
    return np.tensordot(weight, windows, ([1, 2, 3], [0, 3, 4])) + bias[:, None, None]


def gate(maps):
    half = len(maps) // 2
    return maps[:half] / (1 + np.exp(-maps[half:]))


def batch_norm(maps, weight, bias, running_mean, running_var, num_batches_tracked):
    column = (slice(None), None, None)
    normalised = (maps - running_mean[column]) / np.sqrt(running_var[column] + 0.001)
    return normalised * weight[column] + bias[column]


def max_pool(maps):
    channels, rows, columns = maps.shape
    return maps.reshape(channels, rows // 2, 2, columns // 2, 2).max(axis=(2, 4))


def hard_sigmoid(x):
    return np.minimum(np.maximum(0.2 * x + 0.5, 0), 1)


def gru(sequence, kernel, recurrent, bias, seen=None):
    """[steps, inputs] -> [steps, units]; ``seen`` collects the sums that go into the two gates and the candidate."""
    units = len(recurrent)
    (w_z, w_r, w_h), (b_z, b_r, b_h) = np.split(kernel, 3), np.split(bias, 3)
    u_z, u_r, u_h = np.split(recurrent, 3, axis=1)
    h, states = np.zeros(units), []
    for x in sequence:
        update = w_z @ x + h @ u_z + b_z
        reset = w_r @ x + h @ u_r + b_r
        candidate = w_h @ x + (hard_sigmoid(reset) * h) @ u_h + b_h
        h = hard_sigmoid(update) * h + (1 - hard_sigmoid(update)) * np.maximum(candidate, 0)
        states.append(h)
        if seen is not None:
            seen.append((update, reset, candidate))
    return np.array(states)


def bidirectional_gru(sequence, weights):
    forwards = gru(sequence, **below(weights, "forwards."))
    backwards = gru(sequence[::-1], **below(weights, "backwards."))[::-1]
    return np.hstack([forwards, backwards])


def logits_of(spectrogram, weights, gated, recurrent):
    """[frames, bands] -> [classes]."""
    maps = ((spectrogram - weights["0.mean"]) / weights["0.deviation"])[None]
    for block in range(5):
        for first in (0, 3):
            maps = convolution(maps, **below(weights, f"1.blocks.{block}.{first}."))
            maps = gate(maps) if gated else np.maximum(maps, 0)
            maps = batch_norm(maps, **below(weights, f"1.blocks.{block}.{first + 2}."))
        maps = max_pool(maps)
    if recurrent:
        steps = maps.mean(axis=2).T
        features = bidirectional_gru(steps, below(weights, "1.pooling.gru.")).mean(axis=0)
    else:
        features = maps.mean(axis=(1, 2))
    return weights["1.classifier.weight"] @ features + weights["1.classifier.bias"]


def randomise(network):
    """Replace all that starts as zero or one, as training would."""
    generator = torch.Generator().manual_seed(1)
    for name, tensor in network.state_dict().items():
        drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        if name.endswith(("bias", "mean")):
            tensor.copy_(0.3 * drawn)
        elif name.endswith(("running_var", "deviation")):
            tensor.copy_(drawn.abs() + 0.2)
        elif tensor.dim() == 1:  # scales of batch norm, some of them negative
            tensor.copy_(1.5 * drawn)


@torch.inference_mode()
@pytest.mark.parametrize(("name", "gated", "recurrent"), [(name, *kind) for name, kind in NETWORKS.items()])
def test_logits_are_those_of_the_equations(name, gated, recurrent):
    torch.manual_seed(0)
    network = build_network({"name": name, "width": 3}, 4, "cpu").double().eval()
    randomise(network)
    spectrograms = torch.randn(2, 128, 64, dtype=torch.float64).cumsum(dim=1)  # they drift apart
    expected = [logits_of(spectrogram.numpy(), weights_of(network), gated, recurrent) for spectrogram in spectrograms]
    assert np.ptp(expected, axis=0).min() > 0.05, "the input matters"
    np.testing.assert_allclose(network(spectrograms), expected, rtol=1e-8)


@torch.inference_mode()
def test_states_of_the_recurrent_layer_are_those_of_the_equations_where_gates_are_shut_open_and_between():
    torch.manual_seed(0)
    layer = BidirectionalGru(5, 4).double()
    for parameter in layer.parameters():
        parameter.copy_(torch.randn_like(parameter))
    sequences = 2 * torch.randn(3, 7, 5, dtype=torch.float64)

    weights = weights_of(layer)
    expected = np.stack([bidirectional_gru(sequence, weights) for sequence in sequences.numpy()])
    np.testing.assert_allclose(layer(sequences), expected, rtol=1e-10, atol=1e-12)

    for direction in ("forwards.", "backwards."):
        seen = []
        for sequence in sequences.numpy():
            gru(sequence, **below(weights, direction), seen=seen)
        update, reset, candidate = np.swapaxes(seen, 0, 1)
        for sums in (update, reset):
            assert (sums < -2.5).any()
            assert (sums > 2.5).any()
            assert (abs(sums) < 2.5).any()
        assert (candidate < 0).any()
        assert (candidate > 0).any()


@torch.inference_mode()
def test_states_of_one_unit_by_hand():
    layer = Gru(1, 1)
    layer.kernel.copy_(torch.tensor([[1.0], [-1.0], [2.0]]))
    layer.recurrent.copy_(torch.tensor([[1.0, 2.0, 3.0]]))
    layer.bias.copy_(torch.tensor([0.5, 0.0, 1.0]))
    # z = 0.2 * 1.5 + 0.5 = 0.8, candidate 2 + 1 = 3, h = 0.2 * 3 = 0.6; then
    # z = 0.2 * (0.5 + 0.6 + 0.5) + 0.5 = 0.82, r = 0.2 * (-0.5 + 1.2) + 0.5 = 0.64,
    # candidate 1 + 3 * 0.64 * 0.6 + 1 = 3.152, h = 0.82 * 0.6 + 0.18 * 3.152 = 1.05936
    states = layer(torch.tensor([[[1.0], [0.5]]]))
    assert states.flatten().tolist() == pytest.approx([0.6, 1.05936])
