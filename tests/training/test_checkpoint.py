"""A training that is stopped or killed goes on from the batch that it had come to and ends with the same bytes."""

import json
import signal
import subprocess
import sys
import threading
from itertools import count

import numpy as np
import pandas as pd
import pytest
import torch

from tests.project import ROOT
from tests.training.test_judging import Chain
from workflow_scripts.common.stop import interrupt_once, uninterrupted
from workflow_scripts.tables.models import read_model
from workflow_scripts.tasks import multiclass
from workflow_scripts.training import checkpoint as module
from workflow_scripts.training import fit as loop
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_clips
from workflow_scripts.training.segments import WindowCutter

CLIPS, CLASSES, EPOCHS, BATCHES = 12, 3, 2, 3
NEVER = 1e9
NETWORK = {"name": "vgg_gap", "width": 2}  # batch norm and dropout
TRAINING = {
    "epochs": EPOCHS,
    "batch": CLIPS // BATCHES,
    "learning_rate": 0.01,
    "lr_schedule": {"name": "linear", "constant_epochs": 1},
    "loss": {"name": "cross_entropy"},
    "optimizer": {"name": "adam"},
    "sampling": {"name": "class_balanced"},
    "augmentation": {"name": "mixup", "alpha": 0.3},
    "normalisation": "globally",
    "checkpoint_selection": {"rule": "best", "metric": "loss", "count": 2},
}


class Training:
    """A small training; ``on_batch(number)`` is called just before the end of each update of a run, from 1."""

    def __init__(self, monkeypatch):
        rng = np.random.default_rng(0)
        self.labels = np.arange(CLIPS) % CLASSES
        self.targets = np.eye(CLASSES, dtype=np.float32)[self.labels]
        self.frames = rng.normal(self.labels.repeat(200)[:, None], 1, (CLIPS * 200, 96)).astype(np.float32)
        self.segments = pd.DataFrame({"clip": range(CLIPS), "first": np.arange(CLIPS) * 200, "frames": 200})
        self.segments["minimum"] = -5.0
        self.monkeypatch, self.settings = monkeypatch, TRAINING
        self.batches = 0  # of all runs

    def run(self, checkpoint, on_batch=lambda number: None):
        """Return the model file's bytes and the history."""
        bank = FrameBank(self.frames, torch.device("cpu"))
        cut = WindowCutter({"name": "random_crop", "frames": 192, "tiled": 200})
        training_set = TrainingSet(
            lambda rng: cut.training(self.segments, rng), self.targets, np.linspace(0.5, 1, CLIPS), multiclass
        )
        windows, combine = cut.inference(self.segments), {"mean": "arithmetic", "renormalise": False}
        number, train_batch = count(1), loop.train_batch

        def update(*arguments):
            loss = train_batch(*arguments)
            on_batch(next(number))
            self.batches += 1
            return loss

        def validate(network):
            return predict_clips(network, bank, windows, CLIPS, combine, multiclass), self.targets

        with self.monkeypatch.context() as patch:
            patch.setattr(loop, "train_batch", update)
            model, history = fit(NETWORK, self.settings, training_set, bank, validate, 1, None, checkpoint)
        path = checkpoint.path.with_name("model.safetensors")
        model.write(path)
        return path.read_bytes(), history


@pytest.fixture
def training(monkeypatch):
    return Training(monkeypatch)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return Training(patch).run(Checkpoint(tmp_path_factory.mktemp("undisturbed") / "resume", "x", NEVER))


@pytest.fixture
def stage_signals():
    """SIGINT and SIGTERM as in a stage."""
    earlier = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupt_once()
    yield
    for number, handler in earlier.items():
        signal.signal(number, handler)


def on(batch, action):
    return lambda number: action() if number == batch else None


def stop():
    signal.raise_signal(signal.SIGINT)


def fail():
    raise RuntimeError("killed")


def assert_same(run, undisturbed):
    assert run[0] == undisturbed[0], "the model file"
    pd.testing.assert_frame_equal(run[1], undisturbed[1], check_exact=True)


# ------------------------------------------------------------------ the training loop


@pytest.mark.parametrize("batches", range(1, EPOCHS * BATCHES))
def test_a_training_stopped_every_few_batches_ends_like_an_undisturbed_one(training, undisturbed, tmp_path, batches):
    for _ in range((EPOCHS * BATCHES - 1) // batches):
        with pytest.raises(KeyboardInterrupt):
            training.run(Checkpoint(tmp_path / "resume", "x", NEVER), on(batches, stop))
    run = training.run(Checkpoint(tmp_path / "resume", "x", NEVER))
    assert training.batches == EPOCHS * BATCHES, "no update was made twice"
    assert_same(run, undisturbed)


@pytest.mark.parametrize("batch", range(1, EPOCHS * BATCHES + 1))
def test_a_killed_training_goes_on_from_what_it_saved_by_itself(training, undisturbed, tmp_path, batch):
    with pytest.raises(RuntimeError, match="killed"):
        training.run(Checkpoint(tmp_path / "resume", "x", 0), on(batch, fail))
    run = training.run(Checkpoint(tmp_path / "resume", "x", 0))
    assert training.batches == EPOCHS * BATCHES
    assert_same(run, undisturbed)


EARLY_LEARNING = {
    **{"name": "early_learning_regularisation", "momentum": 0.7, "strength": 3},
    "of": {"name": "cross_entropy"},
}
SETTINGS = {  # each with the rates of its three epochs' last updates
    "adam": ({"optimizer": {"name": "adam", "weight_decay": 0.01}}, [0.01, 0.01, 0.01]),
    "adamw": ({"optimizer": {"name": "adamw"}}, [0.01, 0.01, 0.01]),
    "sgd": ({"optimizer": {"name": "sgd"}}, [0.01, 0.01, 0.01]),
    "momentum": ({"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}}, [0.01, 0.01, 0.01]),
    "l2": ({"l2": {"layers.0": 0.1}}, [0.01, 0.01, 0.01]),
    "a loss that remembers": ({"loss": EARLY_LEARNING, "augmentation": None}, [0.01, 0.01, 0.01]),
    # the first score is a gain, the others are none
    "plateau": (
        {"lr_schedule": {"name": "plateau", "factor": 0.5, "patience": 1, "least_gain": 1e9}},
        [0.01, 0.01, 0.005],
    ),
    "co-teaching": ({"co_teaching": {"forget_rate": 0.5, "over_epochs": 2, "clips": "all"}}, [0.01, 0.01, 0.01]),
    "noise layer": ({"noise_layer": {"diagonal": 0.8, "trace": 0.1, "clips": "all"}}, [0.01, 0.01, 0.01]),
    # the 3rd of 9 updates has the highest rate, 6 more fall from it
    "one cycle": (
        {"lr_schedule": {"name": "one_cycle", "rise": 1 / 3, "end": 0}},
        [0.01, 0.005, 0],
    ),
}


@pytest.mark.parametrize("batch", [2, BATCHES])  # within an epoch, and at its end
def test_a_killed_training_has_not_forgotten_what_its_loss_remembered(training, tmp_path, batch):
    training.settings = TRAINING | {"loss": EARLY_LEARNING, "augmentation": None}
    undisturbed = training.run(Checkpoint(tmp_path / "undisturbed", "x", NEVER))
    with pytest.raises(RuntimeError, match="killed"):
        training.run(Checkpoint(tmp_path / "resume", "x", 0), on(batch + 1, fail))
    assert read_model(tmp_path / "resume")[0]["memory"].any(), "saved with the weights"
    assert_same(training.run(Checkpoint(tmp_path / "resume", "x", 0)), undisturbed)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("batch", [5, 6])  # within the second epoch, and at its end
def test_whatever_optimizer_and_schedule_a_training_has_it_goes_on_where_it_was(training, tmp_path, name, batch):
    changes, rates = SETTINGS[name]
    training.settings = TRAINING | {"epochs": 3, "lr_schedule": {"name": "constant"}} | changes
    undisturbed = training.run(Checkpoint(tmp_path / "undisturbed", "x", NEVER))
    assert undisturbed[1]["learning_rate"].tolist() == pytest.approx(rates, abs=1e-12)
    with pytest.raises(KeyboardInterrupt):
        training.run(Checkpoint(tmp_path / "resume", "x", NEVER), on(batch, stop))
    assert_same(training.run(Checkpoint(tmp_path / "resume", "x", NEVER)), undisturbed)
    assert training.batches == 2 * 3 * BATCHES, "no update was made twice"


def test_continuing_does_not_depend_on_the_random_state_of_the_process(training, undisturbed, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        training.run(Checkpoint(tmp_path / "resume", "x", NEVER), on(2, stop))

    def more_random_numbers():
        torch.rand(3)

    with pytest.raises(KeyboardInterrupt):  # the control: they do change what comes after them
        training.run(Checkpoint(tmp_path / "other", "x", NEVER), on(2, lambda: [more_random_numbers(), stop()]))
    torch.manual_seed(99)
    assert_same(training.run(Checkpoint(tmp_path / "resume", "x", NEVER)), undisturbed)
    assert training.run(Checkpoint(tmp_path / "other", "x", NEVER))[0] != undisturbed[0]


@pytest.mark.parametrize("damage", ["other inputs", "half a file"])
def test_a_file_saved_within_an_epoch_that_does_not_fit_is_not_used(training, undisturbed, tmp_path, damage):
    path = tmp_path / "resume"
    with pytest.raises(KeyboardInterrupt):
        training.run(Checkpoint(path, "old" if damage == "other inputs" else "x", NEVER), on(2, stop))
    if damage == "half a file":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert_same(training.run(Checkpoint(path, "x", NEVER)), undisturbed)
    assert training.batches == 2 + EPOCHS * BATCHES


def test_a_training_saves_itself_no_more_often_than_it_is_told_to_and_once_more_at_its_end(
    training, tmp_path, monkeypatch
):
    clock, saved = [0], []

    class Noted(Checkpoint):
        def save(self, network, optimizer, done, memory=None):
            saved.append((clock[0], str(done)))
            super().save(network, optimizer, done, memory)

    def ten_seconds(number):
        clock[0] += 10

    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    training.run(Noted(tmp_path / "resume", "x", 25), ten_seconds)
    assert saved == [(30, "epoch 1, batch 3 of 3"), (60, "epoch 2, batch 3 of 3"), (60, "epoch 2")]


def test_a_finished_training_is_not_repeated_when_what_comes_after_it_was_killed(training, undisturbed, tmp_path):
    training.run(Checkpoint(tmp_path / "resume", "x", 0))
    assert_same(training.run(Checkpoint(tmp_path / "resume", "x", 0), on(1, fail)), undisturbed)


def test_a_training_shorter_than_the_time_between_checkpoints_writes_none(training, tmp_path):
    training.run(Checkpoint(tmp_path / "resume", "x", NEVER))
    assert not (tmp_path / "resume").exists()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_while_it_saves_does_no_harm(
    training, undisturbed, tmp_path, monkeypatch, stage_signals, second
):
    def write(path, tensors, description):
        signal.raise_signal(second)
        write_model(path, tensors, description)

    write_model = module.write_model
    monkeypatch.setattr(module, "write_model", write)
    with pytest.raises(KeyboardInterrupt):
        training.run(Checkpoint(tmp_path / "resume", "x", NEVER), on(4, lambda: signal.raise_signal(signal.SIGTERM)))
    assert_same(training.run(Checkpoint(tmp_path / "resume", "x", NEVER)), undisturbed)
    assert training.batches == EPOCHS * BATCHES


def test_a_training_runs_in_another_thread_too_where_no_signal_can_be_handled(training, undisturbed, tmp_path):
    runs = []
    thread = threading.Thread(target=lambda: runs.append(training.run(Checkpoint(tmp_path / "resume", "x", 0))))
    thread.start()
    thread.join()
    assert_same(runs[0], undisturbed)


# ------------------------------------------------------------------ signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_within_an_uninterrupted_block_takes_effect_at_its_end(stage_signals, number):
    reached = []
    with pytest.raises(KeyboardInterrupt):
        with uninterrupted():
            signal.raise_signal(number)
            signal.raise_signal(number)
            reached.append("the end of the block")
        reached.append("what comes after it")
    assert reached == ["the end of the block"]


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_only_the_first_signal_interrupts_a_stage(stage_signals, first, second):
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(first)
    signal.raise_signal(second)


def test_a_signal_that_was_ignored_stays_ignored():
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupt_once()
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, earlier)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_an_uninterrupted_block_leaves_the_handlers_as_they_were_also_after_an_error():
    earlier = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(RuntimeError, match="killed"), uninterrupted():
        fail()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == earlier


# ------------------------------------------------------------------ the stage, in a process of its own

PER_EPOCH = 24  # clips that fold 1 learns from, one in a batch
STRUCK = """
import os, runpy, sys
from workflow_scripts.training import fit
batch, number = map(int, sys.argv[1:3])
del sys.argv[1:3]
train_batch, seen = fit.train_batch, []

def struck(*arguments):
    seen.append(1)
    if len(seen) == batch:
        os.kill(os.getpid(), number)
    return train_batch(*arguments)

fit.train_batch = struck
runpy.run_module("workflow_scripts.training.train_model", run_name="__main__")
"""


class Stage:
    """The stage train_model on the collection of 36 clips."""

    def __init__(self, folder):
        self.chain = Chain(folder, training={"epochs": 3, "batch": 1})
        self.chain.write_inputs()
        self.folder = folder / "model"

    def run(self, seconds, program=("-m", "workflow_scripts.training.train_model")):
        """Return the finished process and its log."""
        inputs = {name: self.chain.folder / f"{name}.csv" for name in ("clips", "folds", "index")}
        arguments = inputs | {
            "frames": self.chain.folder / "frames.npy",
            "folder": self.folder,
            "settings": json.dumps(self.chain.of_stage(0)),
            "threads": 1,
            "device": "cpu",
            "deterministic": 0,
            "checkpoint-seconds": seconds,
            "log": self.folder.with_name("log"),
        }
        options = [str(text) for name, value in arguments.items() for text in (f"--{name}", value)]
        command = [sys.executable, *program, *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done, arguments["log"].read_text()

    def files(self, folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("number", "seconds", "status", "place"),
    [
        (signal.SIGTERM, 3600, 1, "epoch 2, batch 6 of 24"),  # finishes the batch in which it is told to stop
        pytest.param(signal.SIGKILL, 0, -signal.SIGKILL, "epoch 2, batch 5 of 24", marks=pytest.mark.nightly),
    ],
)
def test_a_stage_struck_in_the_middle_of_an_epoch_goes_on_there(tmp_path, number, seconds, status, place):
    stage = Stage(tmp_path / "stage")
    struck, log = stage.run(seconds, ("-c", STRUCK, str(PER_EPOCH + 6), str(int(number))))
    assert struck.returncode == status, struck.stderr
    if number == signal.SIGTERM:
        assert struck.stderr == "interrupted; the same command goes on from here\n"
        assert f"stopped after {place}; saved to {stage.folder}/resume.safetensors" in log
    assert list(stage.files(stage.folder)) == ["resume.safetensors"]
    again, log = stage.run(seconds)
    assert again.returncode == 0, again.stderr
    assert f"continuing after {place} from {stage.folder}/resume.safetensors" in log
    stage.chain.train(0)
    assert stage.files(stage.folder) == stage.files(stage.chain.folder / "0")
