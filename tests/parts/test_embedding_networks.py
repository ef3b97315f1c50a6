"""Networks on embeddings: parameters of the published sizes, attention and pooling against their equations."""

import numpy as np
import pytest
import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.layers.attention_pooling import AttentionPooling
from workflow_scripts.parts.networks import embedding_lstm, multi_level_attention, pooled_mlp

AUDIOSET = {"levels": [2, 1], "input_norm": True, "module_norm": True, "classification": "sigmoid"}


def parameters(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def values(layer):
    return layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()


def dense(inputs, layer):
    weight, bias = values(layer)
    return inputs @ weight.T + bias


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


KINDS = {"softmax": softmax, "sigmoid": sigmoid}


def test_parameters_of_the_published_sizes():
    """Dense layers and norms by hand."""
    hidden = (128 + 1) * 600 + 2 * (600 + 1) * 600 + 3 * 2 * 600
    last = (3 * 41 + 1) * 41
    attention, mean = multi_level_attention.build(41), multi_level_attention.build(41, attention="mean")
    assert parameters(attention) == hidden + 3 * 2 * (600 + 1) * 41 + last == 955_130
    assert parameters(mean) == hidden + 3 * (600 + 1) * 41 + last == 881_207
    modules, norms = 2 * 2 * (600 + 1) * 527, 2 * (128 + 2 * 2 * 527 + 527)
    of_audioset = multi_level_attention.build(527, **AUDIOSET)
    assert parameters(of_audioset) == hidden + modules + (2 * 527 + 1) * 527 + norms == 2_630_619
    lstm = 4 * 600 * (128 + 600) + 2 * 4 * 600  # PyTorch has two vectors of biases
    assert parameters(embedding_lstm.build(41)) == lstm + (600 + 1) * 41 == 1_776_641
    assert parameters(pooled_mlp.build(41)) == 2 * 256 + (256 + 1) * 512 + (512 + 1) * 41 == 153_129


@pytest.mark.parametrize("classification", KINDS)
@pytest.mark.parametrize("attention", KINDS)
def test_attention_is_that_of_its_equations(classification, attention):
    torch.manual_seed(0)
    pool, frames = AttentionPooling(4, 3, classification, attention, norm=False), torch.randn(2, 5, 4)
    f = KINDS[classification](dense(frames.double().numpy(), pool.classification[0]))
    v = KINDS[attention](dense(frames.double().numpy(), pool.attention[0])).clip(1e-7, 1 - 1e-7)
    expected = np.zeros((2, 3))
    for clip, k in np.ndindex(2, 3):
        shares = v[clip, :, k] / v[clip, :, k].sum()
        expected[clip, k] = sum(shares[n] * f[clip, n, k] for n in range(5))
    np.testing.assert_allclose(pool(frames).detach(), expected, atol=1e-6)


def test_a_class_that_gets_no_attention_in_any_frame_is_its_mean():
    pool = AttentionPooling(1, 2, "sigmoid", "softmax", norm=False)
    with torch.no_grad():
        for layer, weights, biases in ((pool.classification, [1, 1], [0, 0]), (pool.attention, [0, 1], [0, 200])):
            layer[0].weight.copy_(torch.tensor(weights)[:, None])
            layer[0].bias.copy_(torch.tensor(biases))
    frames = torch.tensor([[[-2.0], [0.0], [3.0]]])  # the first class' weights are all clipped to 1e-7
    np.testing.assert_allclose(pool(frames)[0].detach(), [sigmoid(np.array([-2, 0, 3])).mean()] * 2, rtol=1e-5)


def in_batch_norm(frames, norm):
    """Return what batch norm makes of frames [batch, frames, features] in training: of all frames, or of all clips."""
    weight, bias = values(norm)
    axes = tuple(range(frames.ndim - 1))
    return (frames - frames.mean(axes)) / np.sqrt(frames.var(axes) + norm.eps) * weight + bias


@pytest.mark.parametrize("norms", [True, False])
def test_multi_level_attention_is_that_of_its_equations(norms):
    """2-A-1-A in training mode, without dropout: norms over all frames of the batch, classifiers on both levels."""
    torch.manual_seed(0)
    network = multi_level_attention.build(
        3, inputs=4, levels=[2, 1], hidden=5, dropout=0, input_norm=norms, module_norm=norms, classification="sigmoid"
    )
    for norm in (layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm1d)):
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    embeddings = torch.randn(6, 2, 4)

    def of_module(layers, h):
        h = dense(h, layers[0])
        return in_batch_norm(h, layers[1]) if norms else h

    h = embeddings.double().numpy()
    h = in_batch_norm(h, network.norm) if norms else h
    levels = []
    for level, pool in zip(network.levels, network.pools, strict=True):
        for linear, norm in zip(level[0::4], level[1::4], strict=True):
            h = in_batch_norm(dense(h, linear), norm).clip(0)
        v = softmax(of_module(pool.attention, h)).clip(1e-7, 1 - 1e-7)
        levels.append((v / v.sum(axis=1, keepdims=True) * sigmoid(of_module(pool.classification, h))).sum(axis=1))
    expected = dense(np.concatenate(levels, axis=1), network.classifier)
    expected = in_batch_norm(expected, network.last_norm) if norms else expected
    assert [len(level) for level in network.levels] == [8, 4]
    np.testing.assert_allclose(network.train()(embeddings).detach(), expected, atol=1e-4)


def test_without_attention_a_level_says_the_mean_of_its_frames():
    network = multi_level_attention.build(3, inputs=4, levels=[1], hidden=5, attention="mean").eval()
    embeddings = torch.randn(2, 6, 4)
    h = network.levels[0](embeddings.flatten(0, 1)).unflatten(0, (2, 6)).detach().double().numpy()
    expected = dense(softmax(dense(h, network.pools[0].classification[0])).mean(axis=1), network.classifier)
    np.testing.assert_allclose(network(embeddings).detach(), expected, atol=1e-5)


def test_the_order_of_frames_matters_to_the_lstm_only():
    embeddings = torch.randn(2, 6, 128)
    for module, depends in ((multi_level_attention, False), (pooled_mlp, False), (embedding_lstm, True)):
        network = module.build(5).eval()
        assert torch.allclose(network(embeddings), network(embeddings.flip(1)), atol=1e-5) != depends


def test_the_lstm_classifies_its_last_state():
    network, embeddings = embedding_lstm.build(3, inputs=4, units=5), torch.randn(2, 6, 4)
    state = torch.zeros(1, 2, 5), torch.zeros(1, 2, 5)
    for step in range(6):
        _, state = network.lstm(embeddings[:, step : step + 1], state)
    assert torch.allclose(network(embeddings), network.classifier(state[0][0]), atol=1e-6)


def test_the_pooled_mlp_by_hand():
    network = pooled_mlp.build(3, inputs=4, hidden=5).eval()
    embeddings = torch.randn(2, 6, 4)
    x = embeddings.double().numpy()
    pooled = np.concatenate([x.mean(axis=1), x.max(axis=1)], axis=1) / np.sqrt(1 + network.norm.eps)
    expected = dense(dense(pooled, network.hidden).clip(0), network.classifier)
    np.testing.assert_allclose(network(embeddings).detach(), expected, atol=1e-5)


@pytest.mark.parametrize("parameters", [{}, {"attention": "sigmoid"}, {"attention": "mean"}, AUDIOSET])
def test_one_update_in_mixed_precision_reaches_every_parameter(parameters):
    torch.manual_seed(0)
    network, embeddings = multi_level_attention.build(5, hidden=8, **parameters), torch.randn(16, 6, 128)
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(embeddings)
    torch.nn.functional.cross_entropy(logits.float(), torch.arange(16) % 5).backward()
    for name, parameter in network.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
    assert all(layer[0].weight.grad.any() for layer in network.levels)


@pytest.mark.parametrize("module", [multi_level_attention, embedding_lstm, pooled_mlp])
def test_embeddings_of_another_width_are_one_line(module):
    with pytest.raises(UserError, match=r"takes 128 values a frame, and its inputs have 64; correct .*`inputs`"):
        module.build(3)(torch.zeros(2, 6, 64))


@pytest.mark.parametrize("levels", [2, [], [2, 0], "2-A-1-A", [1.5]])
def test_levels_that_are_none_are_one_line(levels):
    with pytest.raises(UserError, match=r"levels: .* is no list of numbers of dense layers"):
        multi_level_attention.build(3, levels=levels)
