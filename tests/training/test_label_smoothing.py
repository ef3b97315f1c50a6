"""Smoothed targets: by hand, of one class and of several, and who learns them and who does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from tests.training.test_clips_of_a_stage import Recorder, handed
from tests.training.test_judging import CLASSES
from workflow_scripts.common.lesson import Lesson
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.stages import FURTHER, unrolled
from workflow_scripts.tasks import multiclass, multilabel
from workflow_scripts.training import train_model

__all__ = ["handed"]  # a fixture


def lesson(labels, task=multiclass, classes="abc"):
    clips = pd.DataFrame({"label": labels, "manually_verified": 1})
    return Lesson.given(clips, task, list(classes), 1.0)


def test_a_share_is_spread_over_all_classes():
    found = lesson(["a", "c"]).smoothed(0.15).targets
    np.testing.assert_allclose(found, [[0.9, 0.05, 0.05], [0.05, 0.05, 0.9]], rtol=1e-6)
    assert found.dtype == np.float32


def test_noisier_classes_are_smoothed_more_and_others_less():
    """By the class of the clip: 0.3 of b, 0.15 of the others."""
    found = lesson(["a", "b"]).smoothed(0.225, noisier=["b"], delta=0.075).targets
    np.testing.assert_allclose(found, [[0.9, 0.05, 0.05], [0.1, 0.8, 0.1]], rtol=1e-6)


def test_of_several_labels_yes_and_no_are_smoothed():
    found = lesson(["a,b", ""], multilabel).smoothed(0.2, noisier=["c"], delta=0.1).targets
    np.testing.assert_allclose(found, [[0.95, 0.95, 0.15], [0.05, 0.05, 0.15]], rtol=1e-6)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.floats(0.1, 0.5), st.floats(0, 0.1))
def test_smoothed_targets_sum_to_one_and_clips_keep_their_class(labels, epsilon, delta):
    before = lesson(labels)
    after = before.smoothed(epsilon, noisier=["a", "c"], delta=delta)
    np.testing.assert_allclose(after.targets.sum(axis=1), 1, rtol=1e-6)
    assert (multiclass.strata(after.targets) == multiclass.strata(before.targets)).all()


@given(st.lists(st.sampled_from(["a", "b,c", "a,c", ""]), min_size=1, max_size=8), st.floats(0.1, 0.5))
def test_combinations_of_labels_stay_what_they_are_for_sampling(labels, epsilon):
    before = lesson(labels, multilabel)
    after = before.smoothed(epsilon, noisier=["a"], delta=0.05)
    assert (multilabel.strata(after.targets) == multilabel.strata(before.targets)).all()


def test_a_soft_target_is_smoothed_by_the_shares_of_its_classes():
    soft = lesson(["a"]).replaced(targets=np.float32([[0.5, 0.5, 0]]))
    found = soft.smoothed(0.2, noisier=["b"], delta=0.1).targets  # 0.1 of a, 0.3 of b
    np.testing.assert_allclose(found, [[0.4 + 0.2 / 3, 0.4 + 0.2 / 3, 0.2 / 3]], rtol=1e-6)


# ------------------------------------------------------------------ in a training


def test_what_is_learned_is_smoothed_and_what_validates_is_not(handed):
    training_set, validate = handed(label_smoothing={"epsilon": 0.3, "noisier": [CLASSES[1]], "delta": 0.15})
    highest = training_set.targets.max(axis=1)
    expected = np.where(training_set.targets.argmax(axis=1) == 1, 1 - 0.45 + 0.15, 1 - 0.15 + 0.05)
    np.testing.assert_allclose(highest, expected, rtol=1e-6)
    assert set(np.unique(validate(Recorder())[1])) == {0, 1}


def test_the_weights_of_classes_are_those_of_their_labels_as_given():
    """Of four clips two are of a, one of b: 4 / (3 * 2) and 4 / (3 * 1)."""
    clips = pd.DataFrame({"label": ["a", "a", "b", "c"], "manually_verified": 1})
    stage = FURTHER | {"class_weights": True, "label_smoothing": {"epsilon": 0.3}}
    found = train_model._lesson(clips, [], multiclass, list("abc"), stage)
    assert found.weights == pytest.approx([2 / 3, 2 / 3, 4 / 3, 4 / 3])
    assert found.targets[0] == pytest.approx([0.8, 0.1, 0.1])


# ------------------------------------------------------------------ in a recipe


@pytest.mark.parametrize(
    ("smoothing", "words"),
    [
        (0.1, ["label_smoothing", "0.1"]),
        ({}, ["label_smoothing", "epsilon"]),
        ({"epsilon": 1}, ["label_smoothing.epsilon", "1"]),
        ({"epsilon": 0.1, "delta": 0.05}, ["label_smoothing", "noisier"]),
        ({"epsilon": 0.1, "noisier": ["Bark"]}, ["label_smoothing", "delta"]),
        ({"epsilon": 0.1, "noisier": ["Bark"], "delta": 0.2}, ["label_smoothing: delta", "0.1 - 0.2 is below 0"]),
        ({"epsilon": 0.6, "noisier": ["Bark"], "delta": 0.4}, ["0.6 + 0.4 not below 1"]),
    ],
)
def test_a_mistake_is_one_line(smoothing, words):
    changes = {"training": {"label_smoothing": smoothing}}
    message = refusal(read_recipe, "dorfer-a", {"dorfer-a": changes})
    assert message.startswith("systems/dorfer-a.yaml")
    assert all(word in message for word in words), message


def test_a_classifier_learns_no_smoothed_labels():
    changes = {"training": {"label_smoothing": {"epsilon": 0.1}}}
    assert "label_smoothing" in refusal(read_recipe, "yamnet-linear", {"yamnet-linear": changes})


def test_probabilities_of_frames_are_not_smoothed():
    changes = {"training": {"label_smoothing": {"epsilon": 0.1}}}
    message = refusal(read_recipe, "t4-cpjku-deep", {"t4-cpjku-deep": changes})
    assert "stages.frame_probabilities: label_smoothing: of frames" in message


def test_pretraining_has_no_labels_to_smooth():
    system, smoothing = "contrastive-vgg-like", {"label_smoothing": {"epsilon": 0.1}}
    recipe = read_recipe(system, {system: {"training": smoothing}})
    pretraining, tuning = unrolled(recipe["training"], recipe["stages"])
    assert "label_smoothing" not in pretraining.settings
    assert tuning.settings["label_smoothing"] == {"epsilon": 0.1}
    message = refusal(read_recipe, system, {system: {"stages": {"pretraining": smoothing}}})
    assert "stages.pretraining: label_smoothing: pre-training learns no labels" in message
