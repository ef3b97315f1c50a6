"""What networks take: as their modules say, as torch says, and as recipes are checked."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part
from workflow_scripts.study.network_input import _takes, values_of_a_frame
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.training.probe import stream_shape

SMALL = {
    "three_convolutions": {"filters": [2, 2, 2]},
    "log_mel_densenet": {"sample_rate": 16000, "growths": [2] * 8, "filters": 2},
    "waveform_densenet": {"growths": [2] * 15},
    "multi_level_attention": {"inputs": 1, "hidden": 2},
    "embedding_lstm": {"inputs": 1, "units": 2},
    "pooled_mlp": {"inputs": 1, "hidden": 2},
    "joined_trunks": {"seconds": 1, "raw_width": 2, "spectrogram_width": 2},
    **{name: {"seconds": 1, "width": 2} for name in ("raw_trunk", "spectrogram_trunk")},
    "vgg_like": {"width": 2, "features": 2},
    **{name: {"width": 2, "units": 2} for name in ("crnn_fsd", "deep_rcnn", "frame_crnn", "shallow_rcnn")},
    **{
        name: {"width": 2}
        for name in ("cnn8", "crnn", "gcnn", "gcrnn", "panns_cnn14", "panns_cnn6", "resnet18", "vgg13", "vgg_gap")
    },
    "vggish": {"width": 2, "units": 8},
    "pre_activation_cnn": {"filters": [2, 2, 2], "units": 2},
    "dense_se": {"filters": 1, "growths": [2, 2, 2, 2]},
}
ROOT = Path(__file__).parents[2]


def learns(name, frames, bands):
    """Whether the network learns from a batch of this shape and says something of it."""
    network = load_part("parts.networks", name).build(3, **SMALL[name]).train()
    try:
        logits = network(torch.randn(2, frames, bands))
        logits.sum().backward()
    except (RuntimeError, ValueError, UserError):
        return False
    return logits.shape in {(2, 3), (2, frames, 3)}


def test_all_networks_are_looked_at():
    assert {path.stem for path in (ROOT / "workflow_scripts/parts/networks").glob("[!_]*.py")} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_what_a_network_says_that_it_takes_is_what_torch_can_do(name):
    (frames, most_frames), (bands, most_bands) = _takes(name)["frames"], _takes(name)["bands"]
    assert learns(name, frames, bands)
    assert frames == 1 or not learns(name, frames - 1, bands)
    assert bands == 1 or not learns(name, frames, bands - 1)
    if most_frames is not None:
        assert learns(name, most_frames, bands)
        assert not learns(name, most_frames + 1, bands)
    if most_bands is not None:
        assert learns(name, frames, most_bands)
        assert not learns(name, frames, most_bands + 1)


@pytest.mark.parametrize("system", ["dorfer-a", "dorfer-c", "iqbal-vgg13-b", "densenet-logmel-16k", "t4-cpjku-deep"])
def test_the_bands_of_a_front_end_are_those_of_sound(system):
    front_end = read_recipe(system, {})["front_end"]
    assert values_of_a_frame(front_end, system) == stream_shape(front_end)[1]


TOO_SHORT = [
    ("dorfer-a", {"windows": {"frames": 190}}, ["windows.frames: 190", "vgg_gap", "191 or more"]),
    ("iqbal-gcrnn-b", {"windows": {"length": 31}}, ["windows.length: 31", "gcrnn", "32 or more"]),
    ("cross-task-cnn", {"windows": {"length": 15}}, ["windows.length: 15", "cnn8", "16 or more"]),
    ("dorfer-a", {"windows": {"frames": 400, "tiled": 399}}, ["400 frames does not fit into 399"]),
    ("densenet-waveform-16k", {"windows": {"length": 0}}, ["windows.length: 0 is no number of frames"]),
    ("fsdkaggle2018-baseline", {"windows": {"length": "25"}}, ["windows.length: '25' is no number"]),
    ("t4-baseline", {"windows": {"length": 0.5}}, ["windows.length: 0.5 is no number"]),
    ("dorfer-a", {"windows": {"tiled": "3000"}}, ["windows.tiled: '3000' is no number of frames"]),
    ("cross-task-cnn", {"windows": {"hop": 0}}, ["windows.hop: 0 is no number of frames"]),
    ("iqbal-vgg13-a", {"windows": {"least_remainder": -1}}, ["windows.least_remainder: -1 is no number"]),
    ("densenet-logmel-16k", {"windows": {"draws": 0}}, ["windows.draws: 0 is no number of draws"]),
    ("t4-baseline", {"front_end": {"spectrogram": {"bands": 40}}}, ["40 bands", "frame_crnn", "64 to 127"]),
    ("t4-cpjku-deep", {"front_end": {"spectrogram": {"bands": 128}}}, ["128 bands", "deep_rcnn", "64 to 127"]),
    ("dorfer-c", {"front_end": {"spectrogram": {"bands_per_octave": 4}}}, ["28 bands of log_frequency", "47 or more"]),
    ("dorfer-c", {"front_end": {"spectrogram": {"highest": 20000}}}, ["front_end.spectrogram", "lower `highest`"]),
    ("iqbal-vgg13-a", {"front_end": {"spectrogram": {"hop": 0}}}, ["front_end.spectrogram", "correct its parameters"]),
    (
        "densenet-logmel-16k",
        {"front_end": {"spectrogram": {"name": "log_mel", "sample_rate": 16000}}},
        ["64 bands of log_mel", "log_mel_densenet", "just 1"],
    ),
]


@pytest.mark.parametrize(("system", "changes", "words"), TOO_SHORT)
def test_a_window_that_its_network_cannot_take_is_one_line_before_anything_runs(system, changes, words):
    with pytest.raises(UserError) as error:
        read_recipe(system, {system: changes})
    message = str(error.value)
    assert message.startswith(f"systems/{system}.yaml with the sizes of this run: ")
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_the_shortest_windows_are_taken():
    for system in ("dorfer-a", "iqbal-gcrnn-b", "cross-task-cnn"):
        name, length = {"dorfer-a": ("frames", 191), "iqbal-gcrnn-b": ("length", 32)}.get(system, ("length", 16))
        assert read_recipe(system, {system: {"windows": {name: length}}})["windows"][name] == length


def test_a_network_of_ones_own_that_says_nothing_takes_anything(monkeypatch, tmp_path):
    monkeypatch.setattr("workflow_scripts.study.parts.PACKAGE", tmp_path)
    (tmp_path / "parts" / "networks").mkdir(parents=True)
    (tmp_path / "parts/networks/own.py").write_text("def build(classes):\n    pass\n")
    assert _takes("own") == {"frames": [1, None], "bands": [1, None]}


def test_recipes_are_checked_without_torch():
    checks = "import sys; from workflow_scripts.study.recipes import SYSTEMS, read_recipe\n"
    checks += "[read_recipe(path.stem, {}) for path in SYSTEMS.glob('*.yaml')]; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", checks], cwd=ROOT, check=True)
