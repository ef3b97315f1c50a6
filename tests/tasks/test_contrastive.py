"""Pre-training without labels: its targets and measures, and a whole training by the engine of all others."""

import numpy as np
import pandas as pd
import pytest
import torch

from workflow_scripts.scoring.nearest_neighbours import predict, votes_of_patches
from workflow_scripts.tasks import contrastive
from workflow_scripts.training import fit as loop
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_windows
from workflow_scripts.training.segments import WindowCutter

CLIPS, CLASSES, BANDS, FRAMES = 12, 3, 8, 40
NETWORK = {"name": "vgg_like", "width": 4, "features": 16, "projection": 16}
TRAINING = {
    "epochs": 8,
    "batch": 8,
    "learning_rate": 0.03,
    "lr_schedule": {"name": "constant"},
    "loss": contrastive.DEFAULT_LOSS,
    "optimizer": {"name": "sgd", "momentum": 0.9, "weight_decay": 1e-4},
    "sampling": {"name": "pairs"},
    "augmentation": {"name": "contrastive_views", "masks": 2, "widest": 3},
    "normalisation": "globally",
    "checkpoint_selection": {"rule": "best", "metric": "knn", "count": 1},
}


def test_every_clip_is_a_class_of_its_own():
    targets = contrastive.targets(["Dog", "Dog", None], ["Cat", "Dog"])
    assert targets.dtype == np.float32
    assert targets.tolist() == [[0], [1], [2]]
    assert contrastive.strata(targets).tolist() == [0, 1, 2]
    assert contrastive.targets([], []).shape == (0, 1)


def test_projections_are_given_a_length_of_one():
    found = contrastive.probabilities(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0]], rtol=1e-6)


def test_measures_by_hand():
    votes = np.array([[1, 0], [0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
    measures = contrastive.measures(votes, np.eye(2)[[0, 0, 0, 1]])
    assert list(measures) == contrastive.MEASURES
    assert measures["knn_accuracy"] == pytest.approx((2 / 3 + 0) / 2), "of equal shares the first class has it"


def run(path, on_batch=lambda: None):
    """Return the preferred weights and the history of a small training on clips of three kinds of sounds."""
    labels, rng = np.arange(CLIPS) % CLASSES, np.random.default_rng(0)
    spectra = rng.normal(0, 1, (CLASSES, BANDS))[labels].repeat(FRAMES, axis=0)
    frames = (spectra + rng.normal(0, 0.5, spectra.shape)).astype(np.float32)
    segments = pd.DataFrame(
        {"clip": range(CLIPS), "first": FRAMES * np.arange(CLIPS), "frames": FRAMES, "minimum": 0.0}
    )
    bank, cut = (
        FrameBank(frames, torch.device("cpu")),
        WindowCutter({"name": "patches", "length": 16, "hop": 8, "draws": 2}),
    )
    targets = contrastive.targets(labels, CLASSES)
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), targets, np.ones(CLIPS), contrastive)
    windows = cut.inference(segments)
    clip = windows["clip"].to_numpy(copy=True)

    def validate(network):
        vectors = torch.from_numpy(predict_windows(network, bank.windows(windows), contrastive))
        own, classes = torch.from_numpy(clip), torch.from_numpy(labels[clip])
        shares = predict(vectors, classes, vectors, 5, (own, own))
        return votes_of_patches(shares.numpy(), clip, CLIPS), np.eye(CLASSES)[labels]

    train_batch = loop.train_batch

    def update(*arguments):
        on_batch()
        return train_batch(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "train_batch", update)
        model, history = fit(NETWORK, TRAINING, training_set, bank, validate, 1, None, Checkpoint(path, "x", 1e9))
    return model.weights[0], history


def test_a_training_without_labels_learns_and_goes_on_after_an_interruption_as_if_there_were_none(tmp_path):
    weights, history = run(tmp_path / "undisturbed")
    losses = history["training_loss"].tolist()
    assert losses[-1] < losses[0] - 0.1
    assert history["knn_accuracy"].iloc[-1] > 0.9

    batches = iter(range(8))

    def stop():
        if next(batches, None) == 4:  # in the middle of the second epoch: each has three batches
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "resume", stop)
    again, same = run(tmp_path / "resume")
    pd.testing.assert_frame_equal(same, history)
    assert all(torch.equal(again[name], values) for name, values in weights.items())
