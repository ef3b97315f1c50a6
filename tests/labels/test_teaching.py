"""Learning from teachers: which clips with which targets, and what the rules between the trainings make."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.detection import detect_events
from workflow_scripts.detection.best_per_class import read_best
from workflow_scripts.labels import make_frame_targets, make_tags
from workflow_scripts.labels.teaching import taught_frames, without_absent
from workflow_scripts.learners import network
from workflow_scripts.prediction import predict_frames
from workflow_scripts.study.stages import FURTHER
from workflow_scripts.tables.clips import Clips, is_labelled, taking_part, validates, write_clips
from workflow_scripts.tables.events import read_events
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.folds import write_folds
from workflow_scripts.tables.frame_probabilities import read_frame_probabilities, write_frame_probabilities
from workflow_scripts.tables.post_processing import read_post_processing, write_post_processing
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.training import train_model

CLASSES = ["Cat", "Dog"]
WEAK = {"w0": "Cat", "w1": "Dog", "w2": "Cat,Dog", "w3": "", "w4": "Dog"}  # w3 is known to have neither
POOL = ["p0", "p1"]
OTHERS = ["o0"]  # unlabelled, of another usage
TEST = ["t0", "t1"]
LENGTH, BANDS = 32, 32
EMPTY = "p1"


@pytest.fixture
def folder(tmp_path):
    """A clip table, five folds of one weak clip each, and features in which the value tells the clip."""
    fnames = [*WEAK, *POOL, *OTHERS, *TEST]
    clips = pd.DataFrame(dict.fromkeys(Clips.columns, ""), index=fnames).assign(
        fname=fnames, seconds=3.2, split="train"
    )
    clips["label"] = [WEAK.get(fname, "") for fname in fnames]
    clips["manually_verified"] = [int(fname in WEAK or fname in TEST) for fname in fnames]
    clips["usage"] = ["weak"] * 5 + ["pool"] * 2 + ["others"] + ["test"] * 2
    clips.loc[TEST, "split"] = "test"
    clips.loc[EMPTY, "seconds"] = 0.0
    write_clips(clips, tmp_path / "clips.csv")
    training = clips.index[clips["split"] == "train"]
    write_folds(pd.DataFrame({"fname": training, "fold": np.arange(len(training)) % 5}), tmp_path / "folds.csv")
    heard = [fname for fname in fnames if fname != EMPTY]
    parts = [(fname, 0, np.full((LENGTH, BANDS), fnames.index(fname), np.float32)) for fname in heard]
    write_features(parts, tmp_path / "frames.npy", tmp_path / "index.csv")
    return tmp_path


SETTINGS = {
    "system": "t4-baseline",
    "stage": "01",
    "fold": 0,
    "seed": 1,
    "task": "detection",
    "classes": CLASSES,
    "learner": {
        "name": "network",
        "network": {"name": "vgg13", "width": 2},
        "windows": {"name": "consecutive", "length": LENGTH, "least_share": 0.1},
        "aggregation": {"mean": "arithmetic", "renormalise": False},
    },
    "pool": ["pool"],
    "crops": None,
}
TRAINING = FURTHER | {"epochs": 1, "normalisation": "per_band", "unverified_weight": 0.5}
OF_CLIPS, OF_FRAMES = {"labels": {"name": "clip_probabilities"}}, {"labels": {"name": "frame_probabilities"}}


class HandedError(Exception):
    """The training set and the validation that a stage hands to the loop."""


def train(folder, training, labels=()):
    train_model.main(
        clips=folder / "clips.csv",
        folds=folder / "folds.csv",
        frames=folder / "frames.npy",
        index=folder / "index.csv",
        labels=list(labels),
        folder=folder,
        settings=train_model.Settings(training=TRAINING | training, **SETTINGS),
        threads=1,
        device="cpu",
        deterministic=0,
        checkpoint_seconds=1,
    )


@pytest.fixture
def handed(folder, monkeypatch):
    def fit(*arguments, validate, **others):
        raise HandedError(arguments[2], validate)

    monkeypatch.setattr(network, "fit", fit)

    def run(training, labels=()):
        with pytest.raises(HandedError) as caught:
            train(folder, training, labels)
        return caught.value.args

    return run


def learned(training_set):
    """Return fname -> (targets, weight) of the windows of an epoch."""
    windows = training_set.windows(np.random.default_rng(0))
    clip = windows["clip"].to_numpy()
    rows = zip(training_set.targets[clip].tolist(), training_set.weights[clip].tolist(), strict=True)
    return dict(zip(windows["fname"], rows, strict=True))


def tags_of_pool(folder):
    write_predictions(prediction_table(POOL, [[1, 0.25], [0, 0]], CLASSES), folder / "tags.parquet")
    return [folder / "tags.parquet"]


# ---------------------------------------------------------------- what is learned from


def test_the_first_stage_learns_from_labels_only(handed):
    training_set, _ = handed({"learn_from": "all"})
    assert learned(training_set) == {
        "w1": ([0, 1], 1),
        "w2": ([1, 1], 1),
        "w3": ([0, 0], 1),  # a clip with no event in it is labelled, too
        "w4": ([0, 1], 1),
    }


def test_a_stage_on_tags_learns_from_the_pool_and_the_labels(handed, folder):
    training_set, _ = handed(OF_CLIPS, tags_of_pool(folder))
    assert learned(training_set) == {
        "w1": ([0, 1], 1),
        "w2": ([1, 1], 1),
        "w3": ([0, 0], 1),
        "w4": ([0, 1], 1),
        "p0": ([1, 0.25], 0.5),
    }


def test_without_labels_all_labelled_clips_validate(handed, folder):
    training_set, validate = handed(OF_CLIPS | {"learn_from": "unlabelled"}, tags_of_pool(folder))
    assert set(learned(training_set)) == {"p0"}
    _, truth = validate(Silent())
    assert truth.tolist() == [[1, 0], [0, 1], [1, 1], [0, 0], [0, 1]]


def test_with_labels_the_held_out_ones_validate(handed, folder):
    _, validate = handed(OF_CLIPS, tags_of_pool(folder))
    _, truth = validate(Silent())
    assert truth.tolist() == [[1, 0]]


def test_a_band_is_standardised_by_all_clips_that_take_part(handed, folder):
    training_set, _ = handed({})
    assert set(training_set.standardised_by["fname"]) == {*WEAK, "p0"}, "not by another pool, or by test clips"


def test_targets_of_frames_are_those_of_the_same_clip(handed, folder):
    fnames = ["p0", "w4", "w3", "w2", "w1", "w0"]  # in another order than the clips
    frames = [np.full((LENGTH, 2), number / 10, np.float32) for number in range(6)]
    write_frame_probabilities(fnames, frames, folder / "targets.npy", folder / "targets.csv")
    training_set, _ = handed(OF_FRAMES, [folder / "targets.npy", folder / "targets.csv"])
    windows = training_set.windows(np.random.default_rng(0))
    targets = training_set.frame_targets.windows(windows).gather(slice(None))
    found = dict(zip(windows["fname"], targets[:, 0, 0].tolist(), strict=True))
    assert found == pytest.approx({"p0": 0, "w4": 0.1, "w3": 0.2, "w2": 0.3, "w1": 0.4})


def test_targets_that_are_too_short_are_refused(handed, folder):
    frames = [np.zeros((LENGTH - 1, 2), np.float32)] * 6
    write_frame_probabilities([*WEAK, "p0"], frames, folder / "targets.npy", folder / "targets.csv")
    training_set, _ = handed(OF_FRAMES, [folder / "targets.npy", folder / "targets.csv"])
    with pytest.raises(UserError, match="fewer than the frames"):
        training_set.frame_targets.windows(training_set.windows(np.random.default_rng(0)))


def test_a_clip_without_tags_is_named(handed, folder):
    write_predictions(prediction_table(["p1"], [[0, 0]], CLASSES), folder / "tags.parquet")
    with pytest.raises(UserError, match="p0"):
        train(folder, OF_CLIPS, [folder / "tags.parquet"])


class Silent:
    """A network that says nothing."""

    def eval(self):
        return self

    def __call__(self, spectrograms):
        return spectrograms.new_zeros(len(spectrograms), len(CLASSES))


# ---------------------------------------------------------------- who is who


def test_clips_that_take_part_and_clips_that_validate(folder):
    clips = pd.read_csv(folder / "clips.csv", keep_default_na=False).set_index("fname", drop=False)
    training = clips[clips["split"] == "train"]
    assert list(training.index[is_labelled(training)]) == list(WEAK)
    assert list(taking_part(training, None).index) == list(WEAK)
    part = taking_part(training, ["pool"])
    assert list(part.index) == [*WEAK, *POOL]
    folds = np.arange(7) % 5
    assert list(part.index[validates(part, folds, 2, True)]) == ["w0", "w1"], "not the unlabelled p0, p1 of these folds"
    assert list(part.index[validates(part, folds, 2, False)]) == list(WEAK)


# ---------------------------------------------------------------- the rules between trainings

HEARD = [*WEAK, "p0", *TEST]


def frames_of(values):
    """Return [LENGTH, 2]: in the first half of the frames 0, in the second ``values``."""
    frames = np.zeros((LENGTH, 2), np.float32)
    frames[LENGTH // 2 :] = values
    return frames


def teacher(folder, name, values, f1):
    """Write what a teacher says of all clips, and how well it tells the classes; return its files."""
    write_frame_probabilities(HEARD, map(frames_of, values), folder / f"{name}.npy", folder / f"{name}.csv")
    table = pd.DataFrame({"label": CLASSES, "threshold": 0.5, "median_seconds": 0.1, "tag_f1": f1})
    write_post_processing(table, folder / f"{name}.post.csv")
    return [folder / f"{name}.{kind}" for kind in ("post.csv", "npy", "csv")]


@pytest.fixture
def teachers(folder):
    """One tells cats well, the other dogs; values of w0 to w4, p0, t0, t1."""
    a = teacher(folder, "a", [[0.8, 0.9]] * 3 + [[0.2, 0.9]] * 2 + [[0.6, 0.9]] * 3, [0.9, 0.1])
    b = teacher(
        folder, "b", [[0.0, 0.2], [0.0, 0.8], [0.0, 0.8], [0.0, 0.4], [0.0, 0.8]] + [[0.0, 0.4]] * 3, [0.2, 0.7]
    )
    post, probabilities, index = zip(a, b, strict=True)
    return {
        "post_processing": list(post),
        "probabilities": list(probabilities),
        "probabilities_index": list(index),
        "clips": folder / "clips.csv",
    }


TEACHING = {"classes": CLASSES, "teachers": ["a", "b"], "pool": ["pool"]}
JUDGED = {"trained_folds": 5, "learn_labelled": True}


def test_each_class_is_taught_by_the_best(folder, teachers):
    best = read_best(teachers["post_processing"], CLASSES)
    assert best["number"].tolist() == [0, 1]
    assert read_best([], CLASSES)["number"].tolist() == [0, 0], "a single teacher"
    frames = taught_frames([np.full((3, 2), 1.0), np.full((3, 2), 2.0)], np.array([0, 1]))
    assert frames.tolist() == [[1, 2]] * 3
    assert without_absent(frames, np.array([False, True])).tolist() == [[0, 2]] * 3


def test_probabilities_of_clips_are_means_over_frames(folder, teachers):
    settings = TEACHING | JUDGED | {"decide": False}
    make_tags.main(
        **teachers, folds=folder / "folds.csv", tags=folder / "tags.parquet", settings=make_tags.Settings(**settings)
    )
    tags = read_predictions(folder / "tags.parquet")
    assert tags.loc["p0"].tolist() == pytest.approx([0.3, 0.2]), "half the frames of 0.6 and 0.4"
    assert tags.loc[EMPTY].tolist() == [0, 0]
    assert list(tags.index) == POOL


def test_tags_are_decided_by_the_thresholds_with_the_best_f1_on_labelled_clips(folder, teachers):
    """Means of cats: 0.4 of w0, w1, w2 and 0.1; of dogs: 0.1, 0.4, 0.4, 0.2, 0.4."""
    settings = TEACHING | JUDGED | {"decide": True}
    make_tags.main(
        **teachers, folds=folder / "folds.csv", tags=folder / "tags.parquet", settings=make_tags.Settings(**settings)
    )
    tags = read_predictions(folder / "tags.parquet")
    assert tags.loc["p0"].tolist() == [1, 0], "a cat from 0.2 on, a dog only from 0.3 on"


def test_frames_of_labelled_clips_have_no_other_classes(folder, teachers):
    settings = TEACHING | {"median_frames": 3, "gaussian_frames": None}
    files = {"target_frames": folder / "targets.npy", "target_index": folder / "targets.csv"}
    make_frame_targets.main(**teachers, **files, settings=make_frame_targets.Settings(**settings))
    found = read_frame_probabilities(*files.values(), [*WEAK, "p0"])
    last = {fname: frames[-1].tolist() for fname, frames in found.items()}
    expected = {"w0": [0.8, 0], "w1": [0, 0.8], "w2": [0.8, 0.8], "w3": [0, 0], "w4": [0, 0.8], "p0": [0.6, 0.4]}
    assert {fname: pytest.approx(values) for fname, values in expected.items()} == last
    assert all(frames[0].tolist() == [0, 0] for frames in found.values())


def test_events_are_detected_in_test_clips_with_what_tags_of_others_say(folder, teachers):
    settings = {
        "classes": CLASSES,
        "thresholds": [0.7, 0.3],
        "median_seconds": [0.5],
        "step_seconds": 0.1,
        **{"pool": ["pool"], "trained_folds": 5, "learn_labelled": True},
    }
    detect_events.main(
        clips=folder / "clips.csv",
        folds=folder / "folds.csv",
        probabilities=folder / "b.npy",
        probabilities_index=folder / "b.csv",
        post_processing=folder / "post.csv",
        filtered=folder / "filtered.npy",
        filtered_index=folder / "filtered.csv",
        events=folder / "events.csv",
        settings=detect_events.Settings(**settings),
    )
    chosen = read_post_processing(folder / "post.csv", CLASSES)
    assert chosen["threshold"].tolist() == [0.7, 0.7], "0.3 would make a dog of w3"
    assert read_events(folder / "events.csv").empty
    detect_events.main(
        clips=folder / "clips.csv",
        folds=folder / "folds.csv",
        probabilities=folder / "b.npy",
        probabilities_index=folder / "b.csv",
        post_processing=folder / "post.csv",
        filtered=folder / "filtered.npy",
        filtered_index=folder / "filtered.csv",
        events=folder / "events.csv",
        settings=detect_events.Settings(**settings | {"thresholds": [0.3]}),
    )
    assert read_events(folder / "events.csv").to_numpy().tolist() == [["t0", 1.6, 3.2, "Dog"], ["t1", 1.6, 3.2, "Dog"]]
    assert set(read_frame_probabilities(folder / "filtered.npy", folder / "filtered.csv", TEST)) == set(TEST)


@pytest.mark.parametrize("values", [2.0, -0.5])
def test_values_that_are_no_probabilities_are_damage(tmp_path, values):
    write_frame_probabilities(["a"], [np.full((3, 2), values)], tmp_path / "a.npy", tmp_path / "a.csv")
    with pytest.raises(DamagedError, match=r"outside 0\.\.1"):
        read_frame_probabilities(tmp_path / "a.npy", tmp_path / "a.csv", ["a"])


# ---------------------------------------------------------------- predicting frames


class Teller:
    """Stands for a model whose network says, as logits, its number at every frame of the first class, and the input."""

    def __init__(self, number):
        self.number = number

    def networks(self, device):
        yield self

    def eval(self):
        return self

    def __call__(self, spectrograms):
        logits = spectrograms[:, :, :2].clone()
        logits[:, :, 0] = self.number
        return logits


@pytest.mark.parametrize(
    ("teaches", "learn_labelled", "own"),
    [
        (False, True, {"w0": (0,), "w1": (1,), "t0": (0, 1), "t1": (0, 1)}),
        (True, True, {"w0": (0,), "w1": (1,)} | dict.fromkeys(["w2", "w3", "w4", "p0", "t0", "t1"], (0, 1))),
        (False, False, dict.fromkeys([*WEAK, *TEST], (0, 1))),
    ],
)
def test_a_clip_is_predicted_by_the_model_that_held_it_out_or_by_all(folder, monkeypatch, teaches, learn_labelled, own):
    monkeypatch.setattr(predict_frames.Model, "read", lambda path: Teller(int(path.stem)))
    files = {"probabilities": folder / "out.npy", "probabilities_index": folder / "out.csv"}
    predict_frames.main(
        clips=folder / "clips.csv",
        folds=folder / "folds.csv",
        frames=folder / "frames.npy",
        index=folder / "index.csv",
        models=[folder / "0", folder / "1"],
        **files,
        settings=predict_frames.Settings(
            **{key: SETTINGS[key] for key in ("classes", "task", "pool")},
            windows=SETTINGS["learner"]["windows"],
            **{"learn_labelled": learn_labelled, "teaches": teaches},
        ),
        threads=1,
        device="cpu",
        deterministic=0,
    )
    assert set(pd.read_csv(files["probabilities_index"])["fname"]) == set(own)
    found = read_frame_probabilities(*files.values(), list(own))
    for fname, models in own.items():
        assert found[fname].shape == (LENGTH, 2)
        expected = np.mean([1 / (1 + np.exp(-number)) for number in models])
        assert found[fname][:, 0] == pytest.approx(expected, rel=1e-5)


def test_every_clip_keeps_its_own_frames(folder, monkeypatch):
    """By the second class, whose logit is the clip's number in the features, also over the borders of parts."""
    monkeypatch.setattr(predict_frames.Model, "read", lambda path: Teller(0))
    monkeypatch.setattr(predict_frames, "CLIPS_AT_A_TIME", 3)
    files = {"probabilities": folder / "out.npy", "probabilities_index": folder / "out.csv"}
    settings = {key: SETTINGS[key] for key in ("classes", "task", "pool")} | {"windows": SETTINGS["learner"]["windows"]}
    predict_frames.main(
        **{name: folder / f"{name}.csv" for name in ("clips", "folds", "index")},
        frames=folder / "frames.npy",
        models=[folder / "0"],
        **files,
        settings=predict_frames.Settings(**settings, learn_labelled=True, teaches=True),
        threads=1,
        device="cpu",
        deterministic=0,
    )
    numbers = {fname: number for number, fname in enumerate([*WEAK, *POOL, *OTHERS, *TEST])}
    for fname, frames in read_frame_probabilities(*files.values(), HEARD).items():
        assert frames[:, 1] == pytest.approx(1 / (1 + np.exp(-numbers[fname])), rel=1e-5)
