"""Mixup, sampling, selection, and the training loop with its resume file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.parts.augmentations import mixup
from workflow_scripts.parts.augmentations.mixup import weighted_sum
from workflow_scripts.parts.sampling import class_balanced, shuffled
from workflow_scripts.tasks import multiclass
from workflow_scripts.training import fit as loop
from workflow_scripts.training.batches import draw_batches
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import Examples, TrainingSet, fit, train_batch
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict, predict_clips
from workflow_scripts.training.model import Model
from workflow_scripts.training.objective import Objective
from workflow_scripts.training.segments import WindowCutter
from workflow_scripts.training.selection import Candidate, keep


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


# ------------------------------------------------------------------ mixup


def test_mixup_by_hand_with_one_share_per_example():
    x = torch.tensor([[[1.0, 3.0]], [[10.0, 30.0]]])
    y = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    share = torch.tensor([0.25, 1.0])
    assert weighted_sum(x, x.flip(0), share).tolist() == [[[7.75, 23.25]], [[10.0, 30.0]]]
    assert weighted_sum(y, y.flip(0), share).tolist() == [[0.25, 0.75], [0.0, 1.0]]
    weights = torch.tensor([0.7, 1.0])
    assert weighted_sum(weights, weights.flip(0), share).tolist() == pytest.approx([0.925, 1.0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_mixed_labels_still_sum_to_one_and_inputs_stay_between_their_sources(shares):
    share = torch.tensor(shares)
    labels = torch.eye(4)[torch.arange(len(shares)) % 4]
    assert torch.allclose(weighted_sum(labels, labels.flip(0), share).sum(dim=1), torch.ones(len(shares)))
    x = torch.arange(len(shares)).float()
    mixed = weighted_sum(x, x.flip(0), share)
    assert ((mixed >= torch.minimum(x, x.flip(0)) - 1e-5) & (mixed <= torch.maximum(x, x.flip(0)) + 1e-5)).all()


# ------------------------------------------------------------------ batches


@pytest.mark.parametrize("sampling", ["shuffled", "class_balanced"])
@pytest.mark.parametrize("alpha", [None, 0.3])
def test_batches_are_drawn_for_a_whole_epoch(sampling, alpha):
    training = {
        "batch": 10,
        "sampling": {"name": sampling},
        "augmentation": alpha and {"name": "mixup", "alpha": alpha},
    }
    chosen, partners, shares = draw_batches(training, np.arange(40) % 3, np.random.default_rng(0))
    assert chosen.shape == partners.shape == (4, 10)
    assert shares.shape == ((4, 10, 1) if alpha else (4, 0))
    assert ((shares >= 0) & (shares <= 1)).all()
    assert len(np.unique(shares)) == shares.size, "one for each example"


MIXED = {"name": "mixup", "alpha": 0.3}


def drawn(batch, windows, augmentation, seed=0):
    training = {"batch": batch, "sampling": {"name": "shuffled"}, "augmentation": augmentation}
    return draw_batches(training, np.zeros(windows, int), np.random.default_rng(seed))


def test_a_partner_is_in_the_next_batch_and_of_the_last_one_in_the_first():
    chosen, partners, shares = drawn(2, 6, MIXED | {"partner": "next_batch"})
    assert partners.tolist() == [chosen[1].tolist(), chosen[2].tolist(), chosen[0].tolist()]
    same_batch = drawn(2, 6, MIXED)
    np.testing.assert_array_equal(chosen, same_batch[0])
    np.testing.assert_array_equal(shares, same_batch[2])
    assert same_batch[1].tolist() == chosen[:, ::-1].tolist()
    assert drawn(2, 6, MIXED | {"partner": "sampled", "after": 0})[1].tolist() == same_batch[1].tolist()


def test_the_only_batch_of_an_epoch_is_its_own_next_one():
    chosen, partners, _ = drawn(4, 4, MIXED | {"partner": "next_batch"})
    assert partners.tolist() == chosen.tolist()


class Recorder(torch.nn.Module):
    """Keeps what it is given; answers with fixed logits."""

    def __init__(self, classes):
        super().__init__()
        self.logits, self.inputs = torch.nn.Parameter(torch.arange(float(classes))), []

    def forward(self, spectrogram):
        self.inputs.append(spectrogram)
        return self.logits.expand(len(spectrogram), -1)


def windows_of_three_clips():
    """Clips of the values 1, 10 and 100, of classes 2, 0 and 1, of weights 1, 0.7 and 0.4; two windows of the last."""
    bank = FrameBank(np.repeat(np.float32([1, 10, 100]), 4)[:, None] * np.ones((1, 5), np.float32), torch.device("cpu"))
    table = pd.DataFrame({"clip": [2, 0, 2, 1], "first": [8, 0, 8, 4], "frames": 4, "offset": 0, "minimum": 0.0})
    table = table.assign(length=2, repeat=False)
    return bank, TrainingSet(lambda rng: table, one_hot([2, 0, 1], 3), np.array([1, 0.7, 0.4]), multiclass)


@pytest.mark.parametrize("mixed", [True, False])
def test_an_update_mixes_inputs_labels_and_weights_of_the_windows_chosen(mixed):
    bank, training_set = windows_of_three_clips()
    examples = Examples(training_set, bank, training_set.windows(None), mixup if mixed else None)
    network = Recorder(3)
    shares = torch.tensor([[0.25], [1.0], [0.5]] if mixed else [])
    chosen, partners = torch.tensor([0, 1, 3]), torch.tensor([3, 2, 0])  # values 100, 1, 10 with 10, 100, 100
    optimizer, objective = torch.optim.SGD(network.parameters(), lr=0), Objective(TRAINING, network)
    loss = train_batch(network, optimizer, objective, examples, chosen, partners, shares)
    values = [32.5, 1, 55] if mixed else [100, 1, 10]
    assert network.inputs[0].shape == (3, 2, 5)
    assert network.inputs[0][:, 0, 0].tolist() == values
    targets = [[0.75, 0.25, 0], [0, 0, 1], [0.5, 0.5, 0]] if mixed else [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    weights = [0.625, 1, 0.55] if mixed else [0.4, 1, 0.7]
    log_probabilities = np.arange(3) - np.log(np.exp(np.arange(3)).sum())
    expected = np.mean(-(np.array(targets) @ log_probabilities) * weights)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_an_epoch_samples_by_the_labels_of_its_windows(monkeypatch):
    bank, training_set = windows_of_three_clips()
    drawn = []

    def draw(training, labels, rng):
        drawn.append(labels.tolist())
        return draw_batches(training, labels, rng)

    monkeypatch.setattr(loop, "draw_batches", draw)
    monkeypatch.setattr(loop, "build_network", lambda *_: torch.nn.Sequential(torch.nn.Identity(), Recorder(3)))
    training = TRAINING | {"epochs": 1, "batch": 2, "normalisation": None}
    checkpoint = Checkpoint(Path("never-written"), "x", 1e9)
    validated = np.full((1, 3), 1 / 3), one_hot([0], 3)
    loop.fit({}, training, training_set, bank, lambda _: validated, 1, None, checkpoint)
    assert drawn == [[1, 2, 1, 0]]


def test_the_first_epochs_are_without_augmentation_and_their_scores_stop_nothing(tmp_path, monkeypatch):
    """No score after the first is a gain: without a warm-up the training ends after two epochs."""
    mixing, unwatched = [], loop.Examples

    def examples(training_set, bank, table, augmentation):
        mixing.append(augmentation)
        return unwatched(training_set, bank, table, augmentation)

    monkeypatch.setattr(loop, "Examples", examples)
    stopping = {"early_stopping": {"after": 0, "patience": 1, "least_gain": 1e9}}
    warm = TRAINING | stopping | {"augmentation": MIXED | {"after": 3}}
    train(Checkpoint(tmp_path / "warm", "x", 1e9), warm)
    assert mixing == [None, None, None, mixup, mixup]
    mixing.clear()
    train(Checkpoint(tmp_path / "cold", "x", 1e9), TRAINING | stopping | {"augmentation": MIXED})
    assert mixing == [mixup, mixup]


# ------------------------------------------------------------------ sampling


@given(st.integers(1, 60), st.integers(2, 20))
def test_shuffled_takes_every_window_and_tops_up_the_last_batch(windows, batch):
    rng = np.random.default_rng(0)
    batches = list(shuffled.batches(np.zeros(windows), batch, rng))
    taken = np.concatenate([chosen for chosen, _ in batches])
    assert all(len(chosen) == batch for chosen, _ in batches)
    assert sorted(taken[:windows]) == list(range(windows))
    assert (taken[windows:] == np.resize(taken[:windows], len(taken))[windows:]).all(), "topped up from the front"
    assert all((partners == chosen[::-1]).all() for chosen, partners in batches)


def test_class_balanced_draws_classes_evenly_and_uses_up_a_class_before_repeating():
    classes = np.array([0] * 90 + [1] * 7 + [2] * 3)
    batches = list(class_balanced.batches(classes, 10, np.random.default_rng(0)))
    assert len(batches) == 10
    drawn = np.concatenate([np.concatenate(pair) for pair in batches])
    assert np.bincount(classes[drawn]) == pytest.approx(np.full(3, 200 / 3), abs=20)
    of_class_1 = drawn[classes[drawn] == 1]
    for start in range(0, len(of_class_1) - 6, 7):
        assert sorted(of_class_1[start : start + 7]) == list(range(90, 97))


# ------------------------------------------------------------------ selection


def epochs_kept(scores, rule, count, after=0):
    kept = []
    for epoch, score in enumerate(scores, start=1):
        kept = keep(kept, Candidate(epoch, score, {}), rule, count, after)
    return [candidate.epoch for candidate in kept]


def test_selection():
    scores = [3.0, 1.0, 2.0, 1.0, 5.0]
    assert epochs_kept(scores, "best", 1) == [2], "of equal scores the earlier epoch"
    assert epochs_kept(scores, "best", 3) == [2, 4, 3]
    assert epochs_kept(scores, "last", 2) == [5, 4]


def test_the_first_epochs_cannot_be_chosen():
    scores = [3.0, 1.0, 2.0, 1.0, 5.0, 2.0]
    assert epochs_kept(scores, "best", 1, after=2) == [4]
    assert epochs_kept(scores, "best", 3, after=3) == [4, 6, 5]
    assert epochs_kept(scores, "last", 3, after=4) == [6, 5]


@pytest.mark.parametrize("rule", ["best", "last"])
def test_a_training_of_which_no_epoch_can_be_chosen_keeps_its_last_one(rule):
    assert epochs_kept([3.0, 1.0, 2.0], rule, 2, after=6) == [3]
    assert epochs_kept([3.0, 1.0, 2.0], rule, 2, after=3) == [3]


# ------------------------------------------------------------------ the loop

CLIPS, CLASSES = 24, 3
TRAINING = {
    "epochs": 6,
    "batch": 8,
    "learning_rate": 0.01,
    "lr_schedule": {"name": "step", "factor": 0.9, "every": 2},
    "loss": {"name": "cross_entropy"},
    "optimizer": {"name": "adam"},
    "sampling": {"name": "class_balanced"},
    "augmentation": {"name": "mixup", "alpha": 1.0},
    "normalisation": "globally",
    "checkpoint_selection": {"rule": "best", "metric": "loss", "count": 2},
}
NETWORK = {"name": "vgg13", "width": 2}
COMBINE = {"mean": "geometric", "renormalise": False}


def problem(seed=0):
    """Clips of three classes, each with energy in its own third of the bands."""
    rng = np.random.default_rng(seed)
    labels = np.arange(CLIPS) % CLASSES
    frames = rng.normal(size=(CLIPS, 32, 33)).astype(np.float32)
    for clip, label in enumerate(labels):
        frames[clip, :, 11 * label : 11 * label + 11] += 3
    segments = pd.DataFrame(
        {"clip": range(CLIPS), "first": np.arange(CLIPS) * 32, "frames": 32, "minimum": frames.min(axis=(1, 2))}
    )
    return FrameBank(frames.reshape(-1, 33), torch.device("cpu")), segments, labels


def train(checkpoint, training=TRAINING, start=None, stop_after=None, seed=1):
    bank, segments, labels = problem()
    cut = WindowCutter({"name": "chunks", "length": 32, "least_remainder": 1})
    training_set = TrainingSet(
        lambda rng: cut.training(segments, rng), one_hot(labels, CLASSES), np.ones(CLIPS), multiclass
    )
    windows = cut.inference(segments)
    epochs_seen = []

    def validate(network):
        epochs_seen.append(1)
        if stop_after is not None and len(epochs_seen) > stop_after:
            raise KeyboardInterrupt
        return predict_clips(network, bank, windows, CLIPS, COMBINE, multiclass), one_hot(labels, CLASSES)

    model, history = fit(NETWORK, training, training_set, bank, validate, seed, start, checkpoint)
    return model, history, len(epochs_seen)


def same(one, other):
    return one.epochs == other.epochs and all(
        torch.equal(a[name], b[name]) for a, b in zip(one.weights, other.weights, strict=True) for name in a
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Model and history of an undisturbed training, which saves itself after each batch."""
    return train(Checkpoint(tmp_path_factory.mktemp("trained") / "resume", "x", 0))[:2]


def test_training_keeps_the_best_epochs_and_is_reproducible(trained, tmp_path):
    model, history = trained
    again, _, _ = train(Checkpoint(tmp_path / "b", "x", 1e9))
    other, _, _ = train(Checkpoint(tmp_path / "c", "x", 1e9), seed=2)
    assert same(model, again), "saving checkpoints changes nothing"
    assert not same(model, other)
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    best = history.sort_values("verified_loss")["epoch"].tolist()[:2]
    assert model.epochs == best
    assert history["training_loss"].iloc[-1] < history["training_loss"].iloc[0]


def test_training_learns(tmp_path):
    _, history, _ = train(Checkpoint(tmp_path / "a", "x", 1e9), TRAINING | {"epochs": 60, "batch": 4})
    assert history["verified_accuracy"].iloc[-1] > 0.9, "a third would be chance"


@pytest.mark.parametrize("killed_after", [1, 3, 5])
def test_an_interrupted_training_ends_like_an_undisturbed_one(trained, tmp_path, killed_after):
    whole, curve = trained
    path = tmp_path / "resume"
    with pytest.raises(KeyboardInterrupt):
        train(Checkpoint(path, "x", 0), stop_after=killed_after)
    model, history, epochs = train(Checkpoint(path, "x", 0))
    assert epochs == TRAINING["epochs"] - killed_after, "it went on from the checkpoint"
    assert same(model, whole)
    pd.testing.assert_frame_equal(history, curve, check_exact=True)


@pytest.mark.parametrize("damage", ["other inputs", "half a file", "no file"])
def test_a_checkpoint_that_does_not_fit_is_not_used(tmp_path, damage):
    path = tmp_path / "resume"
    with pytest.raises(KeyboardInterrupt):
        train(Checkpoint(path, "old" if damage == "other inputs" else "x", 0), stop_after=2)
    if damage == "half a file":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if damage == "no file":
        path.unlink()
    _, _, epochs = train(Checkpoint(path, "x", 0))
    assert epochs == TRAINING["epochs"]


def test_fine_tuning_starts_from_the_given_weights_and_keeps_their_standardisation(trained, tmp_path):
    model, _ = trained
    standing_still = TRAINING | {"epochs": 1, "learning_rate": 1e-12, "augmentation": None, "normalisation": "globally"}
    tuned, _, _ = train(Checkpoint(tmp_path / "b", "x", 1e9), standing_still, start=model)
    for name in ("0.mean", "0.deviation", "1.classifier.weight"):
        assert torch.allclose(tuned.weights[0][name], model.weights[0][name], atol=1e-9)


def test_fine_tuning_starts_with_a_new_adam_state(trained, tmp_path):
    """The first step of a new Adam is as long as the learning rate, whatever the gradient."""
    model, _ = trained
    one_step = TRAINING | {
        "epochs": 1,
        "batch": CLIPS,
        "learning_rate": 0.001,
        "lr_schedule": {"name": "linear", "constant_epochs": 1},
        "sampling": {"name": "shuffled"},
        "augmentation": None,
    }
    tuned, _, _ = train(Checkpoint(tmp_path / "b", "x", 1e9), one_step, start=model)
    step = (tuned.weights[0]["1.classifier.weight"] - model.weights[0]["1.classifier.weight"]).abs()
    assert torch.allclose(step, torch.tensor(0.001), rtol=0.01)


def test_standardisation_is_the_mean_and_deviation_of_all_training_values(trained):
    bank, _, _ = problem()
    model, _ = trained
    assert model.weights[0]["0.mean"].item() == pytest.approx(bank.frames.double().mean().item(), rel=1e-5)
    assert model.weights[0]["0.deviation"].item() == pytest.approx(bank.frames.double().std().item(), rel=1e-3)


@pytest.mark.parametrize("normalisation", ["per_band", "per_band_learned"])
def test_frames_of_two_windows_count_twice_in_the_standardisation_of_bands(tmp_path, normalisation):
    frames = np.float32([[1, 0], [2, 0], [6, 9], [7, 9], [3, 0], [5, 0]])
    segments = pd.DataFrame({"clip": [0], "first": 0, "frames": 6, "minimum": 0.0})
    cut = WindowCutter({"name": "sliding", "length": 4, "hop": 2})  # frames 0 to 3, and 2 to 5
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), one_hot([0], CLASSES), np.ones(1), multiclass)
    training = TRAINING | {"epochs": 1, "augmentation": None, "normalisation": normalisation}
    options = {"seed": 0, "start": None, "checkpoint": Checkpoint(tmp_path / "resume", "x", 1e9)}
    validated = np.full((1, CLASSES), 1 / CLASSES), one_hot([0], CLASSES)
    network = {"name": "three_convolutions", "filters": [2, 2, 2]}
    bank = FrameBank(frames, torch.device("cpu"))
    model, _ = fit(network, training, training_set, bank, lambda network: validated, **options)
    twice = frames[[0, 1, 2, 3, 2, 3, 4, 5]]
    assert twice.mean(axis=0).tolist() == [37 / 8, 4.5] != frames.mean(axis=0).tolist()
    np.testing.assert_allclose(model.weights[0]["0.mean"], twice.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(model.weights[0]["0.deviation"], twice.std(axis=0), rtol=1e-6)


def test_a_model_predicts_the_same_after_writing_and_reading(trained, tmp_path):
    bank, segments, _ = problem()
    model, _ = trained
    windows = WindowCutter({"name": "chunks", "length": 32, "least_remainder": 1}).inference(segments)
    model.write(tmp_path / "model.safetensors")
    read = Model.read(tmp_path / "model.safetensors")
    before, after = (predict(one, bank, windows, CLIPS, COMBINE, multiclass) for one in (model, read))
    assert np.array_equal(before, after)


def test_a_clip_without_a_segment_is_predicted_uniformly(trained):
    bank, segments, _ = problem()
    model, _ = trained
    windows = WindowCutter({"name": "chunks", "length": 32, "least_remainder": 1}).inference(segments.iloc[1:])
    assert predict(model, bank, windows, CLIPS, COMBINE, multiclass)[0] == pytest.approx(np.full(CLASSES, 1 / CLASSES))
