"""The networks of Lederle & Wilhelm on waveform, spectrogram and both, against the paper's table."""

from itertools import pairwise

import librosa
import numpy as np
import pytest
import torch
from torch import nn

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.layers.mel_power import MelPower
from workflow_scripts.parts.networks import joined_trunks, raw_trunk, spectrogram_trunk
from workflow_scripts.training.model import build_network
from workflow_scripts.training.starting import start_from

CLASSES = 41
LAYERS = (
    {  # (size of the kernel, inputs, outputs) on the waveform, and on the spectrogram
        "convolutions": [
            *[(11, 1, 32), (11, 32, 32), (9, 32, 64), (9, 64, 64)],
            *[(7, 64, 128), (7, 128, 128), (5, 128, 256), (5, 256, 256)],
        ],
        "norms": [32, 64, 128, 256],
    },
    {
        "convolutions": [
            *[(16, 1, 64), (16, 64, 64), (16, 64, 64), (9, 64, 128)],
            *[(9, 128, 128), (9, 128, 256), (9, 256, 256)],
        ],
        "norms": [64, 64, 128, 128, 256, 256],
    },
)


def parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def by_hand(convolutions, norms):
    return sum((size * inputs + 1) * outputs for size, inputs, outputs in convolutions) + 2 * sum(norms)


def dense(*sizes):
    return sum((inputs + 1) * outputs + 2 * outputs for inputs, outputs in pairwise(sizes))


@pytest.mark.parametrize(
    ("seconds", "features", "raw", "spectrogram", "joined"),
    [
        (1, (256, 2048), 886_025, 1_776_361, 1_417_769),
        (2, (256, 1024), 886_025, 1_514_217, 893_481),
        (3, (512, 1536), 1_017_097, 1_645_289, 1_286_697),
    ],
)
def test_parameters_of_the_published_sizes(seconds, features, raw, spectrogram, joined):
    """Of the waveform's network as computed of the paper's table; of the spectrogram's it is about 1.8, 1.5, 1.6 M."""
    of_raw, of_spectrogram = (by_hand(**layers) for layers in LAYERS)
    assert parameters(raw_trunk.build(CLASSES, seconds)) == raw
    assert raw == of_raw + dense(features[0], 512) + 513 * CLASSES
    assert parameters(spectrogram_trunk.build(CLASSES, seconds)) == spectrogram
    assert spectrogram == of_spectrogram + dense(features[1], 256) + 257 * CLASSES
    network = joined_trunks.build(CLASSES, seconds)
    assert parameters(network.dense) + parameters(network.classifier) == joined
    assert joined == dense(sum(features), 512, 256, 256, 128) + 129 * CLASSES
    assert parameters(network) == joined + of_raw + of_spectrogram


def shapes_in(network, seconds, kind):
    """Return the shape of the output of every layer of ``kind``, without batch and channels."""
    shapes = []
    for layer in network.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda _, __, output: shapes.append(tuple(output.shape[2:])))
    network.eval()(torch.zeros(1, 44_100 * seconds, 1))
    return shapes


@torch.inference_mode()
@pytest.mark.parametrize(
    ("seconds", "lengths"), [(1, [5512, 344, 21, 1]), (2, [5512, 344, 21, 1]), (3, [8268, 516, 32, 2])]
)
def test_lengths_of_the_waveforms_maps_are_those_of_the_papers_table(seconds, lengths):
    assert shapes_in(raw_trunk.build(3, seconds, width=2), seconds, nn.MaxPool1d) == [(n,) for n in lengths]


@torch.inference_mode()
@pytest.mark.parametrize(
    ("seconds", "columns", "maps"),
    [
        (1, 170, [(128, 170), (64, 85), (32, 21), (16, 10), (8, 5), (4, 2)]),
        (2, 300, [(64, 150), (32, 75), (16, 18), (8, 9), (4, 4), (2, 2)]),
        (3, 400, [(64, 200), (32, 100), (16, 25), (8, 12), (4, 6), (2, 3)]),
    ],
)
def test_maps_of_the_spectrogram_are_those_of_the_papers_table(seconds, columns, maps):
    network = spectrogram_trunk.build(3, seconds, width=2)
    assert shapes_in(network, seconds, nn.Conv2d)[:2] == [(128, columns)] * 2
    assert shapes_in(network, seconds, nn.MaxPool2d) == maps


@torch.inference_mode()
@pytest.mark.parametrize(("seconds", "frames"), [(1, 173), (2, 345), (3, 517)])
def test_the_spectrogram_is_resized_decibels_of_mel_bands(seconds, frames):
    samples = np.random.default_rng(0).normal(0, 0.1, 44_100 * seconds).astype(np.float32)
    samples[:20_000] = 0
    network, seen = spectrogram_trunk.build(3, seconds, width=2).eval(), []
    network.convolutions.norm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0].double().numpy()))
    network(torch.from_numpy(samples)[None, :, None])
    lacking = (frames - 1) * 256 + 2048 - len(samples)
    padded = np.pad(samples, (lacking // 2, lacking - lacking // 2))
    mel = librosa.feature.melspectrogram(
        y=padded, sr=44_100, n_fft=2048, hop_length=256, n_mels=128, center=False, dtype=np.float64
    )
    decibels = librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)
    columns = {1: 170, 2: 300, 3: 400}[seconds]
    assert decibels.shape == (128, frames)
    places = (np.arange(columns) + 0.5) * frames / columns - 0.5  # the middles of the columns
    expected = [np.interp(places, np.arange(frames), band) for band in decibels]
    np.testing.assert_allclose(seen[0], expected, atol=2e-2)
    assert seen[0].min() == pytest.approx(-100)


def test_each_band_is_standardised_without_anything_to_learn():
    network, seen = spectrogram_trunk.build(3, 1, width=2), []
    network.convolutions.norm.register_forward_hook(lambda _, __, output: seen.append(output))
    network(torch.randn(4, 44_100, 1))
    deviation, mean = torch.std_mean(seen[0], dim=(0, 2), correction=0)
    assert torch.allclose(mean, torch.zeros(128), atol=1e-3)
    assert torch.allclose(deviation, torch.ones(128), atol=1e-3)
    assert not list(network.convolutions.norm.parameters())


def test_frames_of_mel_power_are_those_of_their_samples():
    """A click is heard in the frames that it lies in only."""
    samples = torch.zeros(1, 10_240)
    samples[0, 5000] = 1
    heard = MelPower(44_100, window=2048, hop=256, bands=128)(samples)[0].sum(dim=1) > 0
    before = (39 * 256 + 2048 - 10_240) // 2
    starts = 256 * torch.arange(40) - before
    assert torch.equal(heard, (starts < 5000) & (starts + 2048 > 5000))  # a Hann window's first weight is 0


SMALL = {"raw_width": 2, "spectrogram_width": 2, "units": [4, 3]}


def test_the_joined_networks_trunks_are_the_single_networks_by_name():
    torch.manual_seed(0)
    raw, spectrogram = raw_trunk.build(3, 1, width=2), spectrogram_trunk.build(3, 1, width=2)
    network = joined_trunks.build(3, 1, **SMALL).eval()
    heads = ("dense", "classifier")
    state = {
        f"{module}.{name}": values
        for module, trunk in (("raw", raw), ("spectrogram", spectrogram))
        for name, values in trunk.state_dict().items()
        if not name.startswith(heads)
    }
    own = {name for name in network.state_dict() if not name.startswith(heads)}
    assert own == state.keys()
    network.load_state_dict(state, strict=False)
    seen, waveforms = [], torch.randn(2, 44_100, 1)
    network.dense.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(waveforms)
    expected = torch.cat([trunk.eval().convolutions(waveforms) for trunk in (raw, spectrogram)], dim=1)
    assert torch.equal(seen[0], expected)


def test_frozen_trunks_keep_weights_and_statistics():
    torch.manual_seed(0)
    network = build_network({"name": "joined_trunks", "seconds": 1, **SMALL}, 3, "cpu")
    start_from(network, {k: v.clone() for k, v in network.state_dict().items()}, frozen=["raw", "spectrogram"])
    before = {name: values.clone() for name, values in network.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network.train()(torch.randn(4, 44_100, 1)).square().sum().backward()
    optimizer.step()
    for name, values in network.state_dict().items():
        changed = name.startswith(("1.dense", "1.classifier"))
        assert torch.equal(values, before[name]) != changed, name


@pytest.mark.parametrize("module", [raw_trunk, spectrogram_trunk, joined_trunks])
def test_excerpts_of_another_length_are_one_line(module):
    with pytest.raises(UserError, match=r"takes 44100 samples, and its inputs have 88200; set windows.length to 44100"):
        module.build(3, 1)(torch.zeros(1, 88_200, 1))
    with pytest.raises(UserError, match=r"seconds: 1.5 is none of 1, 2 and 3"):
        module.build(3, 1.5)
