"""Embeddings that networks in torch compute with published weights: as the network alone, or one line."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from tests.refusals import refusal
from workflow_scripts.common.parts import load_part
from workflow_scripts.front_ends.plan import front_end_parts, made_from
from workflow_scripts.parts.embeddings.network import load
from workflow_scripts.study.weights import read_weights

CNN6 = {"name": "panns_cnn6", "width": 2}  # embeddings of 16 values
FRONT_END = {"spectrogram_extractor.stft.conv_real.weight": torch.zeros(5, 1, 8)}
SETTINGS = {"network": CNN6, "left_out": ["spectrogram_extractor"], "ignored": ["fc_audioset"]}


@pytest.fixture
def published(tmp_path):
    """A network of five classes that has learned something, and its file in the form of PANNs'."""
    torch.manual_seed(1)
    network = load_part("parts.networks", "panns_cnn6").build(5, width=2)
    network(torch.randn(8, 32, 64))  # batch norm gets statistics
    torch.save({"iteration": 7, "model": FRONT_END | network.state_dict()}, tmp_path / "x.pth")
    return network.eval(), tmp_path / "x.pth"


@torch.inference_mode()
def test_vectors_are_those_of_the_network_whatever_the_number_of_windows_and_from_any_thread(published):
    network, path = published
    embed = load(path, (32, 64), 16, "cpu", **SETTINGS)
    windows = np.random.default_rng(0).standard_normal((19, 32, 64), np.float32)
    expected = network.embed(torch.from_numpy(windows)).numpy()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(embed, [windows] * 6))
    assert all(vectors.dtype == np.float32 for vectors in found)
    assert all(np.allclose(vectors, expected, rtol=1e-4, atol=1e-6) for vectors in found)
    assert all(vectors.tobytes() == found[0].tobytes() for vectors in found)


def test_a_call_leaves_the_number_of_threads_as_it_was(published):
    embed, before = load(published[1], (32, 64), 16, "cpu", **SETTINGS), torch.get_num_threads()
    embed(np.zeros((1, 32, 64), np.float32))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("changes", "shape", "values", "words"),
    [
        ({}, (32, 64), 17, "a vector has 16 values, not 17; correct `values` in its weights/*.yaml"),
        ({}, (32, 63), 16, "cannot take windows of 32 x 63 values ("),
        ({"ignored": []}, (32, 64), 16, "fc_audioset.weight is 5 x 16 in the file and 1 x 16 in the network; "),
        (
            {"left_out": []},
            (32, 64),
            16,
            "spectrogram_extractor.stft.conv_real.weight, 5 x 1 x 8 in the file, is ",
        ),
        (
            {"network": CNN6 | {"width": 4}},
            (32, 64),
            32,
            "conv_block1.conv1.weight is 2 x 1 x 5 x 5 in the file and 4",
        ),
        ({"network": {"name": "vgg13"}}, (32, 64), 16, "the network vgg13 has no embedding; correct `runtime.network`"),
    ],
)
def test_what_does_not_fit_is_one_line_that_names_the_file(published, changes, shape, values, words):
    message = refusal(load, published[1], shape, values, "cpu", **(SETTINGS | changes))
    assert message.startswith(f"{published[1]}: {words}") or words in message


def test_a_file_that_is_no_checkpoint_is_one_line(tmp_path):
    (tmp_path / "x.pth").write_text("<html>404 not found</html>")
    assert "no checkpoint that can be read" in refusal(load, tmp_path / "x.pth", (32, 64), 16, "cpu", **SETTINGS)


@pytest.mark.parametrize(
    ("name", "shape"), [("panns-cnn14", [1001, 64]), ("panns-cnn6", [1001, 64]), ("vggish", [96, 64])]
)
def test_windows_of_the_published_weights_are_what_their_networks_take(name, shape):
    heard = read_weights(name)["input"]
    spectrogram = dict(heard["spectrogram"])
    part = load_part("parts.spectrograms", spectrogram.pop("name"))
    silence = np.zeros(heard["window"], np.float32)
    assert list(part.spectrogram(silence, heard["sample_rate"], **spectrogram).shape) == shape


@pytest.mark.parametrize("name", ["panns-cnn6", "vggish"])
def test_published_weights_have_as_many_parameters_as_their_file_says(name):
    content = read_weights(name)
    network = dict(content["runtime"]["network"])
    model = load_part("parts.networks", network.pop("name")).build(527, **network)
    ignored = [] if name != "vggish" else content["runtime"]["ignored"]  # PANNs count their classifier
    named = [(n, p) for n, p in model.named_parameters() if n.split(".")[0] not in ignored]
    assert sum(parameter.numel() for _, parameter in named) == content["parameters"]


def test_the_network_that_embeds_is_part_of_the_front_ends_code():
    front_end = {"store": "x", "silence": {"name": "keep_all"}, "embedding": {"weights": "vggish"}}
    parts = front_end_parts(made_from(front_end))
    assert ("parts.networks", "vggish") in parts
    assert ("parts.embeddings", "network") in parts
