"""The learner that fits a classifier to one vector a clip."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.lesson import Lesson
from workflow_scripts.learners import classifier
from workflow_scripts.parts.classifiers import linear, nearest_neighbours
from workflow_scripts.tables.features import FeatureStore
from workflow_scripts.tasks import multiclass, multilabel

CLASSES = ["Bark", "Meow", "Purr"]
BY_LOSS = {"checkpoint_selection": {"rule": "best", "metric": "loss", "count": 1}}


def store_of(vectors, segments=None):
    """A feature store of clips ``a0``, ``a1``, ...: each has the segments, [frames, values] each, or one frame."""
    segments = segments or [[[vector]] for vector in vectors]
    rows, frames = [], []
    for number, parts in enumerate(segments):
        for segment, part in enumerate(parts):
            rows.append((f"a{number}", segment, len(frames), len(part)))
            frames += list(part)
    index = pd.DataFrame(rows, columns=["fname", "segment", "first", "frames"])
    return FeatureStore(np.array(frames, np.float32), index)


def clips_of(labels, seconds=1.0):
    fnames = [f"a{number}" for number in range(len(labels))]
    table = pd.DataFrame({"fname": fnames, "label": labels, "seconds": seconds, "manually_verified": 1})
    return table.set_index("fname", drop=False)


def drawn(count, values=6, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    vectors = rng.normal(size=(3, values))[labels] + 1.5 * rng.normal(size=(count, values))
    return vectors, clips_of([CLASSES[label] for label in labels])


def learner(store, task=multiclass, **section):
    return classifier.Learner({"classifier": section or {"name": "linear", "C": [1.0]}}, task, store, "cpu")


def learned(one, clips, validating, selection=BY_LOSS, task=multiclass, weight=1.0):
    lesson = Lesson.given(clips, task, CLASSES, weight)
    return one.learn(lesson, validating, clips, selection, 0, None, (None, None, None))


# ---------------------------------------------------------------- vectors


def test_the_vector_of_a_clip_is_the_mean_of_all_its_frames():
    """Not the mean of its segments' means."""
    segments = [[[[1.0, 2], [3, 4]], [[8, 0]]], [[[5, 5]]], [[[0, 1], [2, 3]]]]
    store, clips = store_of(None, segments), clips_of(CLASSES)
    model, _ = learned(learner(store), clips, clips)
    np.testing.assert_allclose(model.arrays["mean"], np.mean([[4, 2], [5, 5], [1, 2]], axis=0))
    expected = linear.predict(model.arrays, np.array([[4.0, 2]]), True)
    np.testing.assert_allclose(learner(store).predict(model, clips)[:1], expected)


def test_clips_without_audio_are_predicted_evenly_and_nothing_is_learned_of_them():
    vectors, clips = drawn(12)
    silent = pd.concat([clips, clips_of(["Bark"] * 20, 0.0).iloc[12:]])
    one = learner(store_of(vectors))
    (with_them, first), (without, second) = (learned(one, some, clips) for some in (silent, clips))
    assert {name: array.tobytes() for name, array in with_them.arrays.items()} == {
        name: array.tobytes() for name, array in without.arrays.items()
    }
    pd.testing.assert_frame_equal(first, second)
    predicted = one.predict(with_them, silent)
    np.testing.assert_allclose(predicted[12:], np.full((8, 3), 1 / 3))
    np.testing.assert_allclose(predicted[:12], one.predict(without, clips))


def test_where_no_clip_has_any_sound_it_is_one_line():
    vectors, clips = drawn(12)
    silent = clips_of(["Bark"] * 14, 0.0).iloc[12:]
    with pytest.raises(UserError, match="none of the clips to learn from has any sound"):
        learned(learner(store_of(vectors)), silent, clips)


def test_the_weight_of_a_clip_is_that_of_the_lesson():
    """Of half the weight all are as of half the strength."""
    vectors, clips = drawn(30)
    unverified = clips.assign(manually_verified=0)
    halved, _ = learned(learner(store_of(vectors), name="linear", C=[1.0]), unverified, clips, weight=0.5)
    weaker, _ = learned(learner(store_of(vectors), name="linear", C=[0.5]), clips, clips)
    np.testing.assert_allclose(halved.arrays["coefficients"], weaker.arrays["coefficients"], atol=1e-5)


def test_sounds_that_no_table_lists_are_predicted_by_their_segments():
    vectors, clips = drawn(9)
    one = learner(store_of(vectors))
    model, _ = learned(one, clips, clips)
    index = one.store.index.assign(clip=np.arange(9)[::-1])
    np.testing.assert_array_equal(one.predict_segments(model, index, 9), one.predict(model, clips)[::-1])


# ---------------------------------------------------------------- choosing


def chosen_by_hand(part, given, parameters, vectors, labels, score):
    """The candidate with the best mean ``score`` of the probabilities of the labels."""
    found = [(arrays, part.predict(arrays, vectors, True)) for _, arrays, _ in part.candidates(*given, **parameters)]
    return found[int(np.argmax([score(probabilities, labels) for _, probabilities in found]))][0]


def mean_log(probabilities, labels):
    return np.log(probabilities[np.arange(len(labels)), labels]).mean()


def accuracy(probabilities, labels):
    return (probabilities.argmax(axis=1) == labels).mean()


@pytest.mark.parametrize(("metric", "score"), [("loss", mean_log), ("accuracy", accuracy)])
@pytest.mark.parametrize(
    ("part", "parameters"),
    [(linear, {"C": [0.001, 0.01, 0.1, 1.0, 10.0]}), (nearest_neighbours, {"neighbours": [1, 2, 4, 8, 16]})],
)
def test_the_clips_that_validate_choose_the_candidate(part, parameters, metric, score):
    vectors, clips = drawn(60)
    training, validating = clips.iloc[:36], clips.iloc[36:]
    one = learner(store_of(vectors), name=part.__name__.rpartition(".")[2], **parameters)
    selection = {"checkpoint_selection": {"rule": "best", "metric": metric, "count": 1}}
    model, history = learned(one, training, validating, selection)
    rounded = vectors.astype(np.float32).astype(float)
    given = (rounded[:36], np.eye(3)[np.arange(36) % 3], np.ones(36), True)
    expected = chosen_by_hand(part, given, parameters, rounded[36:], np.arange(36, 60) % 3, score)
    assert {name: array.tolist() for name, array in model.arrays.items()} == {
        name: array.tolist() for name, array in expected.items()
    }
    best = history["verified_loss"].argmin() if metric == "loss" else history["verified_accuracy"].argmax()
    assert model.chosen == {next(iter(parameters)): next(iter(parameters.values()))[best]}
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5]


def test_the_last_candidate_can_be_asked_for():
    vectors, clips = drawn(30)
    selection = {"checkpoint_selection": {"rule": "last", "metric": "loss", "count": 1}}
    model, _ = learned(learner(store_of(vectors), name="linear", C=[5.0, 0.1]), clips, clips, selection)
    assert model.chosen == {"C": 5.0}


def test_several_labels_a_clip_are_learned_as_such():
    vectors, _ = drawn(40)
    labels = [CLASSES[number % 3] if number % 2 else ",".join(CLASSES[:2]) for number in range(40)]
    clips = clips_of(labels)
    one = learner(store_of(vectors), multilabel, name="linear", C=[0.1])
    selection = {"checkpoint_selection": {"rule": "best", "metric": "lwlrap", "count": 1}}
    model, history = learned(one, clips, clips, selection, multilabel)
    rounded = vectors.astype(np.float32).astype(float)
    targets = multilabel.targets(labels, CLASSES)
    ((_, arrays, _),) = linear.candidates(rounded, targets, np.ones(40), False, C=[0.1])
    np.testing.assert_allclose(one.predict(model, clips), linear.predict(arrays, rounded, False))
    assert history["verified_lwlrap"].between(0, 1).all()


def test_every_draw_that_judges_is_the_prediction():
    vectors, clips = drawn(9)
    one = learner(store_of(vectors))
    model, _ = learned(one, clips, clips)
    np.testing.assert_array_equal(one.judge(model, clips, 25, 1), one.predict(model, clips))


# ---------------------------------------------------------------- files, and what is imported


@pytest.mark.parametrize("section", [{"name": "linear", "C": [0.1]}, {"name": "nearest_neighbours", "neighbours": [3]}])
def test_a_model_says_the_same_when_it_was_written_and_read(tmp_path, section):
    vectors, clips = drawn(12)
    one = learner(store_of(vectors), **section)
    model, _ = learned(one, clips, clips)
    for name in ("a", "b"):
        model.write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = classifier.read_model(tmp_path / "a")
    assert (again.classifier, again.classes, again.chosen) == (section, 3, model.chosen)
    np.testing.assert_array_equal(one.predict(again, clips), one.predict(model, clips))


def test_nothing_of_it_imports_torch():
    modules = ["learners.classifier", "training.train_model", "prediction.predict_stage", "front_ends.extract_features"]
    check = "import sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; "
    check += "sys.exit('torch' in sys.modules)"
    names = [f"workflow_scripts.{name}" for name in modules]
    subprocess.run([sys.executable, "-c", check, *names], cwd=ROOT, check=True)
    assert classifier.prepare("cuda", 4, 1) == "cpu"
