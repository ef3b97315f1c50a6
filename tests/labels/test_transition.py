"""Forward correction: which labels clips are given, by networks that have learned noisy labels alone."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from tests.labels.test_between_trainings import CLASSES, clips, predictions
from tests.project import ROOT
from tests.refusals import refusal
from tests.training.test_judging import CLASSES as SOUNDS
from tests.training.test_judging import Chain
from workflow_scripts.common.errors import DamagedError
from workflow_scripts.labels import estimate_transition
from workflow_scripts.labels.noise_matrix import gold_matrix
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.transition import read_transition, write_transition

__all__ = ["clips"]  # a fixture
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
DEMO = "results/fsdkaggle2018-demo"


# ------------------------------------------------------------------ the matrix


def test_a_row_is_the_mean_of_the_probabilities_of_the_clips_of_its_class():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.1, 0.9, 0.0], [0.4, 0.3, 0.3]])
    matrix = gold_matrix(probabilities, np.array([0, 1, 0]), 3)
    np.testing.assert_allclose(matrix, [[0.6, 0.2, 0.2], [0.1, 0.9, 0.0], [0, 0, 1]], err_msg="nobody is of class 2")


def test_rows_are_distributions_where_predictions_are_none():
    """As those whose geometric means are not renormalised."""
    np.testing.assert_allclose(gold_matrix(np.array([[0.3, 0.1]]), np.array([0]), 2), [[0.75, 0.25], [0, 1]])


def test_it_is_the_noise_where_the_network_knows_the_noisy_posterior():
    noise = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.3, 0.1, 0.6]])
    labels = np.arange(30) % 3
    np.testing.assert_allclose(gold_matrix(noise[labels], labels, 3), noise)


def estimate(clips, oof, **settings):
    transition = oof.with_name("transition.csv")
    settings = estimate_transition.Settings(classes=CLASSES, **settings)
    estimate_transition.main(clips=clips, oof=oof, transition=transition, settings=settings)
    return read_transition(transition, CLASSES)


def test_the_rule_asks_the_verified_clips_of_all_folds_alone(clips, tmp_path):
    """Of CLIPS d is a verified Meow, e a verified Bark."""
    rows = {fname: [0.5, 0.5] for fname in "abc"} | {"d": [0.25, 0.75], "e": [1.0, 0.0]}
    oof = predictions(tmp_path / "oof.parquet", rows)
    np.testing.assert_allclose(estimate(clips, oof), [[1, 0], [0.25, 0.75]], atol=1e-7)
    assert (tmp_path / "transition.csv").read_text() == (
        "label,given_label,probability\nBark,Bark,1.0\nBark,Meow,0.0\nMeow,Bark,0.25\nMeow,Meow,0.75\n"
    )


def test_where_one_part_is_held_out_it_tells(clips, tmp_path):
    oof = predictions(tmp_path / "oof.parquet", {"d": [0.25, 0.75], "a": [0.5, 0.5]})
    np.testing.assert_allclose(estimate(clips, oof, partial=[True]), [[1, 0], [0.25, 0.75]], atol=1e-7)


def test_without_verified_clips_there_is_no_matrix(clips, tmp_path):
    oof = predictions(tmp_path / "oof.parquet", {"a": [0.5, 0.5]})
    assert "no verified clip was held out" in refusal(estimate, clips, oof, partial=[True])


def test_a_table_reads_as_it_was_written_whatever_the_order_of_classes(tmp_path):
    matrix = np.array([[0.1, 0.9], [0.625, 0.375]])
    write_transition(matrix, CLASSES, tmp_path / "transition.csv")
    np.testing.assert_allclose(read_transition(tmp_path / "transition.csv", CLASSES), matrix, rtol=1e-7)
    turned = read_transition(tmp_path / "transition.csv", CLASSES[::-1])
    np.testing.assert_allclose(turned, matrix[::-1, ::-1], rtol=1e-7)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("0.375", "0.3"), "the class Meow do not sum to 1"),
        (lambda text: text.replace("0.1", "-0.1").replace("0.9", "1.1"), "the class Bark do not sum to 1"),
        (lambda text: text.replace("Meow,Meow,0.375\n", ""), "the class Meow do not sum to 1"),
        (lambda text: text + "Meow,Meow,0.375\n", "stands in 2 rows"),
    ],
)
def test_a_table_that_is_no_transition_matrix_is_damage(tmp_path, change, words):
    path = tmp_path / "transition.csv"
    write_transition(np.array([[0.1, 0.9], [0.625, 0.375]]), CLASSES, path)
    path.write_text(change(path.read_text()))
    with pytest.raises(DamagedError, match=words):
        read_transition(path, CLASSES)


# ------------------------------------------------------------------ what learns from it


class Corrected(Chain):
    """Whose second stage sees labels through ``matrix``."""

    def __init__(self, folder, matrix):
        later = {"labels": {"name": "transition"}, "learn_from": "all"}
        super().__init__(folder, training={"learn_from": "unverified"}, later=later, crops=None)
        self.matrix = matrix

    def before(self, number):
        write_transition(self.matrix, SOUNDS, self.folder / "transition.csv")
        return {"labels": [self.folder / "transition.csv"]}

    def second(self):
        self.write_inputs()
        return self.train(1)


def test_a_training_depends_on_the_matrix_of_unverified_labels_alone(tmp_path):
    noisy = np.full((3, 3), 0.2) + 0.4 * np.eye(3)
    found = {}
    for verified in (False, True):
        for name, matrix in (("identity", np.eye(3)), ("noisy", noisy)):
            chain = Corrected(tmp_path / f"{verified}{name}", matrix)
            if verified:
                chain.clips["manually_verified"] = 1
            found[verified, name] = chain.second()
    assert found[False, "identity"] != found[False, "noisy"]
    assert found[True, "identity"] == found[True, "noisy"]


# ------------------------------------------------------------------ the plan


def planned(system="cross-task-cnn", policy="forward-correction", **changes):
    compared = CONFIG["noise_policies"] | {"system": system, "policies": ["none", policy], "seeds": [1]}
    sizes = {"own": {policy: changes}}
    return Plan(CONFIG | {"noise_policies": compared, "size": "own", "sizes": sizes})


def on(policy, stage):
    system = f"policy-{policy}-seed1"
    return SimpleNamespace(dataset="fsdkaggle2018-demo", system=system, stage=stage, fold="0")


def test_a_stage_learns_unverified_labels_and_the_next_one_all_through_the_matrix():
    plan, second = planned(), on("forward-correction", "01")
    noisy, corrected = plan.study.stages(second.system)
    assert (noisy.settings["learn_from"], noisy.labels) == ("unverified", "given")
    assert (corrected.settings["learn_from"], corrected.settings["start"]) == ("all", "scratch")
    folder = f"{DEMO}/systems/{second.system}"
    assert plan.training.data_of_training(second)["labels"] == [f"{folder}/stage01/transition.csv"]
    assert plan.labels.oof_of_noisy_stage(second) == f"{folder}/stage00/oof.parquet"
    settings = json.loads(plan.labels.estimate_transition(second))
    assert len(settings["classes"]) == 12
    assert "partial" not in settings
    assert "workflow_scripts.parts.labels.transition" in json.loads(plan.training.train(second))["modules"]


def test_only_a_stage_with_labels_of_this_kind_has_a_matrix():
    assert "learns labels of the kind given" in refusal(planned().labels.estimate_transition, on("none", "00"))


@pytest.mark.parametrize(
    ("system", "changes", "words"),
    [
        (
            "cross-task-cnn",
            {"training": {"learn_from": "all"}},
            ["unverified clips alone", "say `learn_from: unverified`"],
        ),
        ("cross-task-cnn", {"stages": {"forward_correction": {"repeat": 2}}}, ["before learns from all"]),
        ("cross-task-cnn", {"training": {"labels": {"name": "transition"}}}, ["no stage before this one"]),
        (
            "cross-task-cnn",
            {"stages": {"forward_correction": {"noise_layer": {"diagonal": 0.9, "trace": 0}}}},
            ["noise_layer", "matrix already"],
        ),
        ("cross-task-cnn", {"stages": {"forward_correction": {"labels": {"cap": 3}}}}, ["transition", "'cap'"]),
        ("yamnet-linear", {}, ["stages.forward_correction: labels: transition", "a classifier has no loss"]),
        ("cross-task-cnn-multilabel", {}, ["transition ones", "multilabel"]),
    ],
)
def test_where_there_is_no_matrix_to_be_had_it_is_one_line(system, changes, words):
    message = refusal(planned, system, **changes)
    assert message.startswith("policies/forward-correction.yaml: stages.")
    assert all(word in message for word in words), message
