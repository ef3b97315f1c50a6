"""On a GPU networks are trained in bfloat16, and what they predict is computed in float32."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from workflow_scripts.common.device import mixed_precision
from workflow_scripts.parts.windows import consecutive
from workflow_scripts.tasks import multiclass, multilabel
from workflow_scripts.training.fit import Examples, TrainingSet, train_batch
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict, predict_clips, predict_frames
from workflow_scripts.training.objective import Objective

SEGMENTS = pd.DataFrame({"clip": [0, 1], "first": [0, 4], "frames": 4, "minimum": 0.0})
WINDOWS = consecutive.inference_windows(SEGMENTS, length=4, least_share=0.1)
COMBINE = {"mean": "arithmetic", "renormalise": False}


class Probe(nn.Module):
    """A linear network of frames that notes in which precision it is asked; ``of_frames``: not their mean."""

    def __init__(self, of_frames=False):
        super().__init__()
        self.linear, self.of_frames, self.seen = nn.Linear(3, 2), of_frames, []

    def forward(self, inputs):
        logits = self.linear(inputs)
        self.seen.append(SimpleNamespace(dtype=logits.dtype, tf32=torch.backends.cudnn.allow_tf32))
        return logits if self.of_frames else logits.mean(dim=1)


@pytest.fixture
def bank():
    frames = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    return FrameBank(frames, torch.device("cpu"))


@pytest.fixture
def like_a_gpu(monkeypatch):
    """Autocast does on this CPU what it would do on a GPU: wherever a device is asked about, it is one that has it."""
    autocast = torch.autocast
    monkeypatch.setattr(torch, "autocast", lambda _, dtype=None, enabled=True: autocast("cpu", torch.bfloat16))
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)


def test_on_a_gpu_networks_are_trained_in_bfloat16(bank, like_a_gpu):
    network, targets = Probe(), np.eye(2, dtype=np.float32)
    training_set = TrainingSet(lambda rng: WINDOWS, targets, np.ones(2), multiclass)
    rows = torch.arange(2)
    optimizer, objective = (
        torch.optim.SGD(network.parameters(), 0.1),
        Objective({"loss": {"name": "cross_entropy"}}, network),
    )
    train_batch(network, optimizer, objective, Examples(training_set, bank, WINDOWS), rows, rows, torch.zeros(2, 0))
    assert [seen.dtype for seen in network.seen] == [torch.bfloat16]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_bfloat16_is_for_gpus(monkeypatch, device):
    asked = []
    monkeypatch.setattr(torch, "autocast", lambda *arguments, **options: asked.append((*arguments, options)))
    mixed_precision(torch.device(device))
    assert asked == [(device, torch.bfloat16, {"enabled": device == "cuda"})]


def test_predictions_are_computed_in_float32_not_in_bfloat16_or_tf32(bank, like_a_gpu):
    network = Probe()
    model = SimpleNamespace(classes=2, networks=lambda device: [network])
    probabilities = predict(model, bank, WINDOWS, 2, COMBINE, multiclass)
    assert [(seen.dtype, seen.tf32) for seen in network.seen] == [(torch.float32, False)]
    assert torch.backends.cudnn.allow_tf32, "as before"
    means = bank.frames.reshape(2, 4, 3).double().mean(dim=1)
    logits = means @ network.linear.weight.detach().double().T + network.linear.bias.detach().double()
    np.testing.assert_allclose(probabilities, logits.softmax(dim=1), rtol=1e-6)


def test_predictions_of_frames_are_computed_in_float32_not_in_bfloat16_or_tf32(bank, like_a_gpu):
    network = Probe(of_frames=True)
    frames = list(predict_frames(network, bank.windows(WINDOWS), multilabel))
    assert [(seen.dtype, seen.tf32) for seen in network.seen] == [(torch.float32, False)]
    assert torch.backends.cudnn.allow_tf32, "as before"
    assert len(frames) == 2


def test_validation_is_in_float32(bank, like_a_gpu):
    network = Probe()
    predict_clips(network, bank, WINDOWS, 2, COMBINE, multiclass)
    assert [seen.dtype for seen in network.seen] == [torch.float32]


def test_an_error_leaves_the_precision_as_it_was(bank, like_a_gpu):
    with pytest.raises(ZeroDivisionError):
        predict(SimpleNamespace(classes=2, networks=lambda device: 1 / 0), bank, WINDOWS, 2, COMBINE, multiclass)
    assert torch.backends.cudnn.allow_tf32
