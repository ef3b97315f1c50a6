"""Recipes that hold out one part, learn from some clips, or start from another system's weights: what is planned."""

import copy
import json
import re
import shutil
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.study import recipes, study
from workflow_scripts.study.plan import Plan

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
DEMO, NOISY = "fsdkaggle2018-demo", "fsdnoisy18k"
BASE = {"like": "iqbal-vgg13-a", "title": "mine", "source": "mine", "published": {"scores": []}}
HELD_OUT = {"folds": None, "held_out": {"share": 0.15}}
TUNED = {"start": {"system": "iqbal-vgg13-a"}, "frozen": ["blocks.0", "blocks.1"]}


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Return a function from further recipes to the plan of a run with ``systems``."""

    def run(recipes_of, systems=("dorfer-a", "mine"), **changes):
        folder = tmp_path / "systems"
        shutil.copytree(ROOT / "systems", folder)
        for name, recipe in recipes_of.items():
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(BASE | recipe))
        for module in (recipes, study):
            monkeypatch.setattr(module, "SYSTEMS", folder)
        return Plan(copy.deepcopy(CONFIG) | {"systems": list(systems)} | changes)

    yield run
    recipes._read_once.cache_clear()


def training(dataset=DEMO, system="mine", stage="00", **more):
    return SimpleNamespace(dataset=dataset, system=system, stage=stage, fold="0", split="held-out-0.15", **more)


def refusal(function, *arguments):
    with pytest.raises(UserError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------ one part


@pytest.mark.parametrize(
    ("held_out", "name"),
    [
        ({"share": 0.15}, "held-out-0.15"),
        ({"share": 0.2, "by": "clip"}, "held-out-0.2-by-clip"),
        ({"share": 0.2, "by": "group_and_class"}, "held-out-0.2-by-group-and-class"),
        ({"usage": "val"}, "held-out-val"),
    ],
)
def test_the_name_of_a_split_says_what_is_held_out(plan, tmp_path, held_out, name):
    (tmp_path / "grouped.yaml").write_text(yaml.safe_dump({"like": DEMO, "columns": {"group": "uploader"}}))
    planned = plan({"mine": {"folds": None, "held_out": held_out}}, dataset=str(tmp_path / "grouped.yaml"))
    table = planned.training.data_of_training(training("grouped"))["folds"]
    assert table == f"results/grouped/folds/{name}.csv"
    settings = json.loads(planned.data.make_folds(SimpleNamespace(dataset="grouped", split=name)))
    assert (settings["folds"], settings["held_out"]) == (None, held_out)


def test_one_training_instead_of_one_for_each_fold(plan):
    planned = plan({"mine": HELD_OUT})
    models = [planned.prediction.fold_models(training(system=system)) for system in ("mine", "dorfer-a")]
    assert list(map(len, models)) == [1, 4]


def test_what_has_a_part_only_is_said_to_all_that_read_it_and_to_nobody_else(plan):
    planned, fused = plan({"mine": HELD_OUT}), SimpleNamespace(dataset=DEMO, ensemble="stack")
    parts = {
        "choose_stage": json.loads(planned.prediction.choose_stage(training())).get("partial"),
        "stack": json.loads(planned.fusion.stack_systems(fused)).get("partial"),
        "scores": json.loads(planned.scoring.score_systems(fused)).get("partial"),
        "singles": json.loads(planned.scoring.score_systems(fused)).get("partial_singles"),
        "audit": json.loads(planned.audit.audit_labels(fused)).get("partial"),
    }
    assert parts == {
        "choose_stage": [True],
        "stack": [False, True],
        "scores": [False, False, False, *[True] * 5],  # two baselines, two systems, two means, the pool and the stack
        "singles": [False, True],
        "audit": [True, False, True],
    }
    complete = Plan(copy.deepcopy(CONFIG))
    for function in (complete.fusion.stack_systems, complete.scoring.score_systems, complete.audit.audit_labels):
        assert "partial" not in function(fused)


def test_the_data_report_looks_at_what_systems_hold_out(plan):
    settings = json.loads(plan({"mine": HELD_OUT}).data.report_data(training()))
    assert settings["held_out"] == {"held-out-0.15": {"share": 0.15}}
    assert (settings["folds"], settings["seed"]) == ([4, 5], 2018)


def test_labels_that_come_of_held_out_clips_need_folds(plan):
    sizes = {
        "own": {
            "dorfer-a": HELD_OUT,
            "iqbal-crnn-a": HELD_OUT,
            "iqbal-stack8": {"systems": ["iqbal-vgg13-a", "iqbal-crnn-a"]},
        }
    }
    planned = plan({}, ["dorfer-a", "iqbal-vgg13-a", "iqbal-crnn-a"], size="own", sizes=sizes)
    message = refusal(planned.labels.accept_labels, training(system="dorfer-a", stage="01"))
    assert "systems/dorfer-a.yaml: held_out: a stage accepts labels" in message
    corrected = SimpleNamespace(dataset=DEMO, ensemble="iqbal-stack8", stage="01")
    message = refusal(planned.labels.correct_labels, corrected)
    assert "systems/iqbal-crnn-a.yaml: held_out: a stage corrects labels" in message
    assert "say `folds`" in message


def test_groups_that_a_data_set_has_not_are_noticed_before_anything_runs(plan):
    planned = plan({"mine": {"folds": None, "held_out": {"share": 0.2, "by": "group"}}})
    message = refusal(planned.data.make_folds, SimpleNamespace(dataset=DEMO, split="held-out-0.2-by-group"))
    assert all(word in message for word in ("systems/mine.yaml: held_out: by: group", DEMO, "columns", "by: clip"))


# ------------------------------------------------------------------ which clips


def test_a_subset_is_one_of_the_data_set(plan):
    small = {"learn_from": {"subset": "noisy_small"}, "validate_on": "unverified"}
    planned = plan({"mine": HELD_OUT | {"training": small}})
    settings = json.loads(planned.training.train(training(NOISY)))
    assert settings["training"]["learn_from"] == {"subset": "noisy_small"}
    message = refusal(planned.training.train, training(DEMO))
    assert "systems/mine.yaml: stages.training: learn_from" in message
    assert "no subset 'noisy_small'; it has none (`subsets` in its file)" in message


def test_an_unknown_subset_is_named_with_those_that_there_are(plan):
    planned = plan({"mine": {"training": {"validate_on": {"subset": "noisy_smal"}}}})
    message = refusal(planned.training.train, training(NOISY))
    assert re.search(r"validate_on: .* no subset 'noisy_smal'; it has noisy_small", message)


@pytest.mark.parametrize(
    ("changes", "clips"),
    [
        ({"counts": {"verified": 0}}, "verified"),
        ({"columns": {"manually_verified": None}}, "unverified"),
        ({"counts": {"train": 312, "verified": 312}}, "unverified"),
    ],
)
def test_clips_that_there_are_none_of_are_noticed_before_anything_runs(plan, tmp_path, changes, clips):
    (tmp_path / "other.yaml").write_text(yaml.safe_dump({"like": DEMO} | changes))
    planned = plan({"mine": {"training": {"validate_on": clips}}}, dataset=str(tmp_path / "other.yaml"))
    message = refusal(planned.training.train, training("other"))
    assert f"stages.training: validate_on: the dataset other has no {clips} clips; say all" in message


@pytest.mark.parametrize(
    ("changes", "clips"),
    [
        ({"counts": {"verified": 0}}, "verified"),
        ({"columns": {"manually_verified": None}}, "unverified"),
        ({"counts": {"train": 312, "verified": 312}}, "unverified"),
    ],
)
def test_so_are_clips_by_whose_origin_a_loss_goes(plan, tmp_path, changes, clips):
    (tmp_path / "other.yaml").write_text(yaml.safe_dump({"like": DEMO} | changes))
    origin = {"name": "by_origin", "verified": {"name": "cross_entropy"}, "unverified": {"name": "lq"}}
    masked = {"name": "masked_in_batch", "above": 0.8, "of": origin}
    systems = {
        name: {"training": {"loss": loss, "validate_on": "all"}} for name, loss in (("a", origin), ("b", masked))
    }
    planned = plan(systems, systems, dataset=str(tmp_path / "other.yaml"))
    for system in systems:
        message = refusal(planned.training.train, training("other", system))
        where = f"systems/{system}.yaml: stages.training: loss: by_origin"
        assert message == f"{where}: the dataset other has no {clips} clips; say one loss for all of its clips"
        planned.training.train(training(DEMO, system))


# ------------------------------------------------------------------ where weights start


def test_each_fold_starts_from_the_other_systems_model_of_the_same_fold(plan):
    planned = plan({"mine": {"folds": 4, "stages": {"tuning": TUNED}}})
    folder = f"results/{DEMO}/systems/iqbal-vgg13-a/stage00"
    models = planned.training.models_to_start_from(training())
    assert models == [f"{folder}/fold{fold}/model.safetensors" for fold in range(4)]
    settings = json.loads(planned.training.train(training()))["training"]
    assert {key: settings[key] for key in ("start", "frozen", "fresh")} == TUNED | {"fresh": []}


def test_models_of_another_data_set_are_one_for_all_folds(plan):
    pretrained = TUNED | {"start": TUNED["start"] | {"dataset": NOISY}, "fresh": ["classifier"]}
    planned = plan({"mine": HELD_OUT | {"stages": {"tuning": pretrained}}})
    models = planned.training.models_to_start_from(training())
    assert models == [f"results/{NOISY}/systems/iqbal-vgg13-a/stage00/fold0/model.safetensors"]


def test_systems_that_hold_out_other_clips_do_not_start_from_each_other(plan):
    planned = plan({"mine": HELD_OUT | {"stages": {"tuning": TUNED}}})
    message = refusal(planned.training.models_to_start_from, training())
    assert "systems/mine.yaml: stages.tuning: start: iqbal-vgg13-a holds out other clips" in message


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ({"start": {"system": "vgg"}}, ["stages.tuning: start", "no system 'vgg'"]),
        ({"start": {"system": "dorfer-a", "stage": "tuning"}}, ["no stage 'tuning'", "training, self_verification"]),
        ({"start": {"system": "mine"}}, ["stages.tuning: start: leads back to where it came from"]),
        ({"frozen": ["blocks"]}, ["stages.tuning: frozen", "(`start`)"]),
        ({"fresh": ["classifier"]}, ["stages.tuning: fresh", "(`start`)"]),
        (TUNED | {"fresh": ["blocks"]}, ["stages.tuning: frozen: 'blocks.0' would begin from scratch"]),
    ],
)
def test_a_mistake_in_where_weights_start_is_one_line_that_names_it(plan, stage, words):
    message = refusal(plan, {"mine": {"stages": {"tuning": stage}}})
    assert message.startswith("systems/mine.yaml: ")
    assert all(word in message for word in words), message
