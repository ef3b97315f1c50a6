"""Cnn14 and Cnn6 of PANNs and VGGish against their papers; their front ends against librosa and by definition."""

import librosa
import numpy as np
import pytest
import torch
from torch.nn import functional

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.signal.mel import mel_filters
from workflow_scripts.parts.networks import panns_cnn6, panns_cnn14, vggish
from workflow_scripts.parts.spectrograms import log_mel, log_mel_magnitude

PANNS = {"panns_cnn14": (6, 2, 3), "panns_cnn6": (4, 1, 5)}  # blocks, convolutions of each, size of their kernels
NARROW = {"panns_cnn14": {"width": 4}, "panns_cnn6": {"width": 4}, "vggish": {"width": 4, "units": 16}}
FRONT_ENDS = {
    "PANNs": {"hop": 320, "lowest": 50, "highest": 14000, "relative": False},
    "VGGish": {"sample_rate": 16000, "window": 400, "taper": "hann", "n_fft": 512, "hop": 160, "centred": False}
    | {"lowest": 125, "highest": 7500, "triangles": "vggish", "floor": 0.01},
}


def on_paper(module, *arguments, **settings):
    """Return a network of the published size without its values."""
    with torch.device("meta"):
        return module.build(*arguments, **settings)


def narrow(name, classes=5):
    """Return a small network in evaluation mode; its batch norms and biases have values as of some training."""
    torch.manual_seed(0)
    network = load_part("parts.networks", name).build(classes, **NARROW[name]).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.running_var, module.weight.data):
                values.uniform_(0.5, 1.5)
            module.running_mean.uniform_(-0.2, 0.1)
        if getattr(module, "bias", None) is not None:
            module.bias.data.uniform_(-0.1, 0.2)
    return network


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def shapes(network):
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


# ------------------------------------------------------------------ sizes and names


@pytest.mark.parametrize(
    ("module", "classes", "expected"),
    [
        (panns_cnn14, 527, 80_753_615),  # the paper's number, of AudioSet's classes
        (panns_cnn6, 527, 4_837_455),
        (panns_cnn14, 41, 79_757_801),
        (panns_cnn6, 41, 4_588_137),
        (vggish, 41, 72_158_225),
    ],
)
def test_parameters_of_the_published_sizes(module, classes, expected):
    assert parameters(on_paper(module, classes)) == expected


@pytest.mark.parametrize(("hidden", "head"), [(100, 128 * 100 + 100 + 100 * 41 + 41), (None, 128 * 41 + 41)])
def test_parameters_of_vggish_up_to_its_embedding(hidden, head):
    assert parameters(on_paper(vggish, 41, hidden=hidden)) == 72_141_184 + head


def norm(name, size):
    values = {f"{name}.{value}": (size,) for value in ("weight", "bias", "running_mean", "running_var")}
    return values | {f"{name}.num_batches_tracked": ()}


def dense(name, outputs, *inputs):
    return {f"{name}.weight": (outputs, *inputs), f"{name}.bias": (outputs,)}


@pytest.mark.parametrize("name", PANNS)
def test_names_and_shapes_of_panns_are_the_published_ones(name):
    blocks, convolutions, size = PANNS[name]
    expected, inputs = norm("bn0", 64), 1
    for block in range(blocks):
        outputs = 64 * 2**block
        for number in range(1, convolutions + 1):
            layer = f"conv_block{block + 1}."
            expected |= {f"{layer}conv{number}.weight": (outputs, inputs, size, size)}
            expected |= norm(f"{layer}bn{number}", outputs)
            inputs = outputs
    expected |= dense("fc1", inputs, inputs) | dense("fc_audioset", 527, inputs)
    assert shapes(on_paper(load_part("parts.networks", name), 527)) == expected


def test_names_and_shapes_of_vggish_are_those_of_the_public_port():
    filters = {0: (1, 64), 3: (64, 128), 6: (128, 256), 8: (256, 256), 11: (256, 512), 13: (512, 512)}
    units = {0: (12288, 4096), 2: (4096, 4096), 4: (4096, 128)}
    expected = {}
    for layer, (inputs, outputs) in filters.items():
        expected |= dense(f"features.{layer}", outputs, inputs, 3, 3)
    for layer, (inputs, outputs) in units.items():
        expected |= dense(f"embeddings.{layer}", outputs, inputs)
    found = shapes(on_paper(vggish, 41))
    assert {name: shape for name, shape in found.items() if name.startswith(("features", "embeddings"))} == expected
    assert found.keys() - expected.keys() == {
        *dense("hidden.0", 100, 128),
        *dense("classifier", 41, 100),
    }


# ------------------------------------------------------------------ values


def panns_by_definition(state, blocks, convolutions, spectrogram):
    """Return the embedding in evaluation mode."""

    def normalised(maps, name):
        weight, bias, mean, variance = (
            state[f"{name}.{value}"].reshape(-1, 1, 1) for value in ("weight", "bias", "running_mean", "running_var")
        )
        return (maps - mean) / (variance + 1e-5).sqrt() * weight + bias

    maps = normalised(spectrogram.transpose(1, 2)[..., None], "bn0").transpose(1, 3)
    for block in range(1, blocks + 1):
        for number in range(1, convolutions + 1):
            layer = f"conv_block{block}."
            weight = state[f"{layer}conv{number}.weight"]
            maps = functional.conv2d(maps, weight, padding=weight.shape[2] // 2)
            maps = normalised(maps, f"{layer}bn{number}").clamp(min=0)
        if block < 6:  # Cnn14's last block does not halve
            frames, bands = (size // 2 * 2 for size in maps.shape[2:])
            maps = maps[:, :, :frames, :bands]
            maps = sum(maps[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4
    steps = maps.sum(dim=3) / maps.shape[3]
    pooled = steps.max(dim=2).values + steps.sum(dim=2) / steps.shape[2]
    return (pooled @ state["fc1.weight"].T + state["fc1.bias"]).clamp(min=0)


@torch.inference_mode()
@pytest.mark.parametrize("name", PANNS)
@pytest.mark.parametrize("frames", [32, 101])
def test_the_embedding_of_panns_is_that_of_its_definition(name, frames):
    network, spectrogram = narrow(name), 10 * torch.randn(3, frames, 64)
    state = network.state_dict()
    expected = panns_by_definition(state, *PANNS[name][:2], spectrogram)
    assert expected.max() > 0.01
    torch.testing.assert_close(network.embed(spectrogram), expected, rtol=1e-4, atol=1e-5)
    logits = expected @ state["fc_audioset.weight"].T + state["fc_audioset.bias"]
    torch.testing.assert_close(network(spectrogram), logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "rates"), [("panns_cnn14", [0.2] * 6 + [0.5]), ("panns_cnn6", [0.2] * 4 + [0.5])])
def test_dropouts_of_panns_are_the_published_ones(name, rates):
    found = [layer.p for layer in narrow(name).modules() if isinstance(layer, torch.nn.Dropout)]
    assert sorted(found) == rates


@torch.inference_mode()
def test_vggish_flattens_its_maps_as_tensorflow_does():
    """By a dense layer that picks one value: that of step 2, row 3, filter 5 is at (2 * 4 + 3) * filters + 5."""
    network, spectrogram = narrow("vggish"), torch.randn(2, 96, 64)
    maps = network.features(spectrogram[:, None])
    assert maps.shape == (2, 32, 6, 4)
    first, second, third = (network.embeddings[number] for number in (0, 2, 4))
    for layer in (first, second, third):
        layer.weight.zero_()
        layer.bias.zero_()
        layer.weight[0, 0] = 1
    first.weight[0, 0] = 0
    first.weight[0, (2 * 4 + 3) * 32 + 5] = 1
    network.features[13].bias[5] = 1  # so that the value is not 0, as half of them are
    expected = network.features(spectrogram[:, None])[:, 5, 2, 3]
    assert (expected > 0).all()
    embedding = network.embed(spectrogram)
    torch.testing.assert_close(embedding[:, 0], expected)
    assert not embedding[:, 1:].any()


@torch.inference_mode()
def test_vggish_and_its_classifier_by_definition():
    network, maps = narrow("vggish"), torch.randn(2, 1, 96, 64)
    state = network.state_dict()

    def dense_layer(values, name):
        return values @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    values = maps
    for layer, pooled in {0: True, 3: True, 6: False, 8: True, 11: False, 13: True}.items():
        values = functional.conv2d(
            values, state[f"features.{layer}.weight"], state[f"features.{layer}.bias"], padding=1
        )
        values = values.clamp(min=0)
        if pooled:
            values = values.unflatten(3, (-1, 2)).amax(4).unflatten(2, (-1, 2)).amax(3)
    values = values.movedim(1, 3).reshape(2, -1)
    for layer in (0, 2, 4):
        values = dense_layer(values, f"embeddings.{layer}").clamp(min=0)
    torch.testing.assert_close(network.embed(maps[:, 0]), values, rtol=1e-4, atol=1e-5)
    logits = dense_layer(dense_layer(values, "hidden.0").clamp(min=0), "classifier")
    torch.testing.assert_close(network(maps[:, 0]), logits, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_vggish_without_a_hidden_layer_classifies_its_embedding():
    network, spectrogram = vggish.build(5, hidden=None, width=2, units=8).eval(), torch.randn(2, 96, 64)
    assert network(spectrogram).equal(network.classifier(network.embed(spectrogram)))


@torch.inference_mode()
@pytest.mark.parametrize(("name", "embedding"), [("panns_cnn14", 4 * 32), ("panns_cnn6", 4 * 8), ("vggish", 128)])
def test_shapes_of_what_comes_out(name, embedding):
    network, spectrogram = narrow(name), torch.randn(3, 96, 64)
    assert network.embed(spectrogram).shape == (3, embedding)
    assert network(spectrogram).shape == (3, 5)
    torch.testing.assert_close(network(spectrogram)[1], network(spectrogram[1:2])[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NARROW)
def test_one_step_changes_every_weight(name):
    network, spectrogram = narrow(name).train(), torch.randn(8, 96, 64)
    before = {key: values.detach().clone() for key, values in network.named_parameters()}
    loss = functional.cross_entropy(network(spectrogram), torch.arange(8) % 5)
    loss.backward()
    torch.optim.SGD(network.parameters(), 0.1).step()
    for key, values in network.named_parameters():
        assert torch.isfinite(values).all(), key
        assert not values.equal(before[key]), key


# ------------------------------------------------------------------ front ends


def noise(seconds, rate, level=0.1):
    return np.random.default_rng(0).normal(0, level, int(seconds * rate)).astype(np.float32)


@pytest.mark.parametrize("level", [0.1, 1e-5])
def test_the_log_mel_of_panns_is_librosas(level):
    samples = noise(1, 32000, level)
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=32000,
        n_fft=1024,
        hop_length=320,
        n_mels=64,
        fmin=50,
        fmax=14000,
        pad_mode="reflect",
        norm="slaney",
    )
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None).T
    found = log_mel.spectrogram(samples, 32000, **FRONT_ENDS["PANNs"])
    assert found.shape == (101, 64)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_the_log_mel_of_panns_of_silence_is_its_floor():
    found = log_mel.spectrogram(np.zeros(3200, np.float32), 32000, **FRONT_ENDS["PANNs"])
    assert found.shape == (11, 64)
    assert found == pytest.approx(-100)


def vggish_weights():
    """Return [64, 257]: triangles whose sides are straight over mel, between 66 points from 125 to 7500 Hz."""
    edges = np.linspace(*(1127 * np.log(1 + np.array([125, 7500]) / 700)), 66)
    bins = 1127 * np.log(1 + np.arange(257) * 31.25 / 700)
    weights = np.array([np.interp(bins, edges[k : k + 3], [0, 1, 0]) for k in range(64)])
    assert not weights[:, 0].any(), "0 Hz"
    return weights


def test_the_triangles_of_vggish_are_straight_over_mel():
    expected, found = vggish_weights(), mel_filters(16000, 512, 64, 125, 7500, "vggish")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    over_hertz = mel_filters(16000, 512, 64, 125, 7500, "htk")
    side = np.log(8200 / 825) / 65  # of a triangle, in units of mel / 1127: halfway a chord is off by an eighth of it
    assert np.abs(found - over_hertz).max() == pytest.approx(side / 8, rel=0.02), "HTK's own are others"
    assert not mel_filters(16000, 512, 64, 0, 7500, "vggish")[:, 0].any(), "0 Hz, where the first band begins there"


@pytest.mark.parametrize("level", [0.1, 1e-5])
def test_the_log_mel_of_vggish_is_that_of_its_definition(level):
    """As many windows of 25 ms as fit, zeros behind each up to the FFT's length, magnitudes and not power."""
    samples = noise(0.975, 16000, level)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = np.stack([samples[first : first + 400] * window for first in range(0, len(samples) - 399, 160)])
    expected = np.log(np.abs(np.fft.rfft(frames, 512)) @ vggish_weights().T + 0.01)
    found = log_mel_magnitude.spectrogram(samples, 16000, **FRONT_ENDS["VGGish"])
    assert found.shape == (96, 64)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
