"""Networks that say something of every frame: parameters of the published sizes, shapes, layers against the paper."""

import numpy as np
import pandas as pd
import pytest
import torch

from workflow_scripts.parts.layers.sru import BidirectionalSru
from workflow_scripts.parts.networks import deep_rcnn, frame_crnn, shallow_rcnn
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tasks import detection, multilabel
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.frame_targets import FrameTargets
from workflow_scripts.training.inference import predict_frames, predict_windows
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.segments import WindowCutter

SYSTEMS = ["t4-baseline", "t4-cpjku-deep", "t4-cpjku-shallow"]
CLASSES = 10


def parameters(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_of_the_published_sizes():
    """Convolutions, norms, recurrent and dense layers by hand."""
    convolutions = (9 + 1) * 64 + 2 * (9 * 64 + 1) * 64 + 3 * 2 * 64  # with biases
    gru = 2 * (3 * 64 * (64 + 64) + 2 * 3 * 64)  # PyTorch has two vectors of biases
    assert parameters(frame_crnn.build(CLASSES)) == convolutions + gru + (128 + 1) * CLASSES == 126_090

    def sru(inputs, units):
        skip = 0 if inputs == 2 * units else inputs * 2 * units
        return 2 * 3 * units * inputs + 2 * 2 * units + skip  # W, and W and b of both gates, of two directions

    head = (256 + 1) * CLASSES
    shallow = 9 * 64 + 2 * 9 * 64 * 64 + 3 * 2 * 64
    assert parameters(shallow_rcnn.build(CLASSES, gated=False)) == shallow + sru(64, 128) + head == 143_306
    assert parameters(shallow_rcnn.build(CLASSES)) == shallow + 2 * sru(64, 128) + head
    deep = 4 * 64 + 7 * 4 * 64 * 64 + 8 * 2 * 64 + (64 + 1) * 256
    assert parameters(deep_rcnn.build(CLASSES, gated=False)) == deep + sru(256, 128) + head == 332_298
    assert parameters(deep_rcnn.build(CLASSES)) == deep + 2 * sru(256, 128) + head


@pytest.mark.parametrize(("module", "frames"), [(frame_crnn, 500), (deep_rcnn, 240), (shallow_rcnn, 240)])
def test_every_frame_gets_its_logits(module, frames):
    network = module.build(CLASSES).eval()
    assert network(torch.zeros(2, frames, 64)).shape == (2, frames, CLASSES)


@pytest.mark.parametrize("inputs", [6, 4])
def test_the_sru_is_that_of_its_equations(inputs):
    """Step by step, with the state carried along; a direction that reads backwards sees the reversed sequence."""
    torch.manual_seed(0)
    units, layer = 3, BidirectionalSru(inputs, 3)
    sequence = torch.randn(2, 5, inputs)
    found = layer(sequence).detach().numpy()
    skip = layer.skip(sequence).detach().numpy()
    gates = 1 / (
        1 + np.exp(-(sequence.numpy() @ layer.gates.weight.detach().numpy().T + layer.gates.bias.detach().numpy()))
    )
    candidate = sequence.numpy() @ layer.candidate.weight.detach().numpy().T
    for direction, steps in enumerate([range(5), range(4, -1, -1)]):
        part = slice(direction * units, (direction + 1) * units)
        forget, reset = gates[:, :, : 2 * units][:, :, part], gates[:, :, 2 * units :][:, :, part]
        state = np.zeros((2, units))
        for step in steps:
            state = forget[:, step] * state + (1 - forget[:, step]) * candidate[:, step, part]
            expected = reset[:, step] * np.tanh(state) + (1 - reset[:, step]) * skip[:, step, part]
            np.testing.assert_allclose(found[:, step, part], expected, atol=1e-6)


def training_of(system, clips):
    """Return recipe, bank and windows of ``clips`` of noise of ten seconds."""
    recipe = read_recipe(system, {})
    length = recipe["windows"]["length"]
    frames = np.random.default_rng(0).standard_normal((length * clips, 64), dtype=np.float32)
    segments = pd.DataFrame(
        {"clip": range(clips), "first": length * np.arange(clips), "frames": length, "minimum": 0.0}
    )
    return recipe, FrameBank(frames, torch.device("cpu")), WindowCutter(recipe["windows"]).inference(segments)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("targets", ["of clips", "of clips for frames", "of frames"])
def test_one_update_at_the_published_size_changes_every_parameter(system, targets, tmp_path):
    recipe, bank, windows = training_of(system, 2)
    network = build_network(recipe["network"], CLASSES, torch.device("cpu"))
    start = Model(recipe["network"], CLASSES, [0], [network.state_dict()])
    taught = np.random.default_rng(1).random((len(bank.frames), CLASSES), dtype=np.float32)
    frame_targets = FrameTargets(FrameBank(taught, bank.device), windows) if targets == "of frames" else None
    training_set = TrainingSet(
        windows=lambda rng: windows,
        targets=np.eye(CLASSES, dtype=np.float32)[:2],
        weights=np.ones(2),
        kind=detection,
        frame_targets=frame_targets,
    )
    loss = {"name": "binary_cross_entropy", "level": "clip" if targets == "of clips" else "frame"}
    training = recipe["training"] | {"epochs": 1, "batch": 2, "loss": loss}
    checkpoint = Checkpoint(tmp_path / "resume", "x", 1e9)
    judged = np.full((1, CLASSES), 0.5), np.ones((1, CLASSES), np.float32)
    model, history = fit(recipe["network"], training, training_set, bank, lambda _: judged, 0, start, checkpoint)
    assert 0.3 < history["training_loss"].item() < 1.2, "a coin has 0.69"
    for name, before in network.named_parameters():
        assert torch.isfinite(model.weights[0][name]).all(), name
        assert not torch.equal(model.weights[0][name], before), name


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_clip_at_the_published_size_gets_the_mean_of_its_frames(system):
    recipe, bank, windows = training_of(system, 1)
    network = build_network(recipe["network"], CLASSES, torch.device("cpu"))
    (frames,) = predict_frames(network, bank.windows(windows), multilabel)
    assert frames.shape == (recipe["windows"]["length"], CLASSES)
    assert 0 < frames.min() <= frames.max() < 1
    clip = predict_windows(network, bank.windows(windows), multilabel)
    np.testing.assert_allclose(clip, frames.mean(axis=0, keepdims=True), atol=1e-6)
