"""Published weights: files of every form are read, none runs code, and what does not fit the network is said."""

import argparse
import os
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.refusals import refusal
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.pretrained import check_state, read_state

FRONT_END = {
    "spectrogram_extractor.stft.conv_real.weight": torch.zeros(513, 1, 8),
    "logmel_extractor.melW": torch.zeros(513, 64),
}
LEFT_OUT = ["spectrogram_extractor", "logmel_extractor"]
NETWORKS = {"panns_cnn14": {"width": 2}, "panns_cnn6": {"width": 2}, "vggish": {"width": 2, "units": 8}}


def network(name="panns_cnn6", classes=5, seed=0):
    torch.manual_seed(seed)
    return load_part("parts.networks", name).build(classes, **NETWORKS[name]).eval()


def save_nested(state, path):
    torch.save({"iteration": 600_000, "model": FRONT_END | state}, path)


def save_legacy(state, path):
    """As torch did before 1.6."""
    torch.save({"iteration": 600_000, "model": FRONT_END | state}, path, _use_new_zipfile_serialization=False)


def save_with_sampler(state, path):
    torch.save({"model": state, "sampler": {"indexes": np.arange(9), "pointer": 3}}, path)


def save_with_sampler_of_numpy_1(state, path):
    content = {"model": state, "sampler": {"indexes": np.arange(9), "pointer": 3}}
    torch.save(content, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))


FORMS = {
    "state.pth": torch.save,
    "nested.pth": save_nested,
    "legacy.pth": save_legacy,
    "sampler.pth": save_with_sampler,
    "sampler_of_numpy_1.pth": save_with_sampler_of_numpy_1,
    "state.safetensors": save_file,
}


@torch.inference_mode()
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("form", FORMS)
def test_a_network_with_the_weights_of_a_file_says_what_their_source_says(name, form, tmp_path):
    source, own, path = network(name, seed=1), network(name, seed=2), tmp_path / form
    FORMS[form](source.state_dict(), path)
    state = read_state(path, LEFT_OUT)
    assert state.keys() == source.state_dict().keys()
    check_state(own, state, path)
    own.load_state_dict(state)
    spectrogram = torch.randn(2, 96, 64)
    assert own(spectrogram).equal(source(spectrogram))


# ------------------------------------------------------------------ files


def truncated(path, **form):
    torch.save(network().state_dict(), path, **form)
    path.write_bytes(path.read_bytes()[:-500])


DAMAGED = {
    "empty.pth": lambda path: path.touch(),
    "text.pth": lambda path: path.write_text("<html>404 not found</html>\n" * 9),
    "truncated.pth": truncated,
    "truncated_legacy.pth": lambda path: truncated(path, _use_new_zipfile_serialization=False),
    "empty.safetensors": lambda path: path.touch(),
    "text.safetensors": lambda path: path.write_text("<html>404 not found</html>\n" * 9),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_file_that_is_no_checkpoint_is_one_line(name, tmp_path):
    DAMAGED[name](tmp_path / name)
    message = refusal(read_state, tmp_path / name)
    assert message.startswith(f"{tmp_path / name}: no checkpoint that can be read (")
    assert message.endswith("fetch the file anew")


@pytest.mark.parametrize("name", ["nowhere.pth", "nowhere.safetensors", ""])
def test_where_there_is_no_file_is_one_line(name, tmp_path):
    assert refusal(read_state, tmp_path / name).startswith(f"{tmp_path / name}: no such file; put ")


class MakesFolder:
    """A folder where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_that_would_run_code_is_not_run(legacy, tmp_path):
    content = {"model": network().state_dict(), "scheduler": MakesFolder(tmp_path / "made")}
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=not legacy)
    message = refusal(read_state, tmp_path / "x.pth")
    assert message.startswith(f"{tmp_path / 'x.pth'}: not read, for its pickle wants to call posix.mkdir, ")
    assert message.endswith("as safetensors")
    assert not (tmp_path / "made").exists()


def test_a_class_beside_the_weights_is_named(tmp_path):
    torch.save({"model": network().state_dict(), "options": argparse.Namespace(epochs=3)}, tmp_path / "x.pth")
    assert "its pickle wants to call argparse.Namespace, " in refusal(read_state, tmp_path / "x.pth")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        (2, "not read, for its pickle wants to call argparse.Namespace, "),
        (4, "it is no pickle, or none of weights alone"),
    ],
)
def test_a_plain_pickle_is_one_line(protocol, words, tmp_path):
    (tmp_path / "x.pth").write_bytes(pickle.dumps(argparse.Namespace(epochs=3), protocol))
    assert words in refusal(read_state, tmp_path / "x.pth")


@pytest.mark.parametrize(
    "content", [{}, [torch.zeros(2)], torch.zeros(2), {"model": {}}, {"epoch": 3}, {"model": {"fc1": {"bias": 3}}}]
)
def test_a_file_without_weights_is_one_line(content, tmp_path):
    torch.save(content, tmp_path / "x.pth")
    message = refusal(read_state, tmp_path / "x.pth")
    assert message.startswith(f"{tmp_path / 'x.pth'}: holds no state dict")


# ------------------------------------------------------------------ what is in them


def test_layers_are_left_out_by_whole_names(tmp_path):
    save_nested({"logmel_extractor2.melW": torch.zeros(1), "bn0.weight": torch.zeros(1)}, tmp_path / "x.pth")
    assert list(read_state(tmp_path / "x.pth", LEFT_OUT)) == ["logmel_extractor2.melW", "bn0.weight"]
    assert list(read_state(tmp_path / "x.pth"))[:2] == list(FRONT_END)


def without(state, name):
    return {key: tensor for key, tensor in state.items() if key != name}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            lambda state: without(without(state, "fc1.bias"), "conv_block2.conv1.weight"),
            "w.pth: conv_block2.conv1.weight, 4 x 2 x 5 x 5 in the network, is missing; ",
        ),
        (lambda state: without(state, "bn0.num_batches_tracked"), "bn0.num_batches_tracked, a single number in the"),
        (
            lambda state: state | {"fc_audioset.weight": torch.zeros(527, 16), "fc1.bias": torch.zeros(3)},
            "w.pth: fc1.bias is 3 in the file and 16 in the network; ",
        ),
        (
            lambda state: FRONT_END | state,
            f"w.pth: {next(iter(FRONT_END))}, 513 x 1 x 8 in the file, is unexpected",
        ),
    ],
)
def test_the_first_weight_that_does_not_fit_is_named(changed, words):
    message = refusal(check_state, network(), changed(network().state_dict()), "w.pth")
    assert words in message
    assert message.endswith("name the layer among those that are ignored")


@pytest.mark.parametrize(
    "changed",
    [
        lambda state: state | {"fc_audioset.weight": torch.zeros(527, 16), "fc_audioset.bias": torch.zeros(527)},
        lambda state: without(without(state, "fc_audioset.weight"), "fc_audioset.bias"),
        lambda state: state | {"fc_audioset.scale": torch.zeros(1)},
    ],
    ids=["other classes", "no classifier", "more than that"],
)
def test_ignored_layers_need_not_fit(changed):
    state = changed(network().state_dict())
    check_state(network(), state, "w.pth", ignored=["fc_audioset"])
    assert "w.pth: fc_audioset." in refusal(check_state, network(), state, "w.pth", ignored=["fc_audio", "fc1"])
