"""Where a stage's weights start, and what its models hold out: as they are planned."""

import copy
import json
import re
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.recipes import read_recipe

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
DATASET = "fsdkaggle2018-demo"


def plan(**sizes):
    """Return the plan of config.yaml with other recipes; the systems' names have underscores here."""
    changes = {name.replace("_", "-"): change for name, change in sizes.items()}
    return Plan(copy.deepcopy(CONFIG) | {"size": "own", "sizes": {"own": changes}})


def of(system, number="00", dataset=DATASET, **others):
    return SimpleNamespace(dataset=dataset, system=system, stage=number, fold="0", **others)


def models(system, number, folds, dataset=DATASET):
    folder = f"results/{dataset}/systems/{system}/stage{number}"
    return [f"{folder}/fold{fold}/model.safetensors" for fold in range(folds)]


def starting(start, **others):
    return {"stages": {"training": {"start": start}}} | others


# ------------------------------------------------------------------ where the weights start


def test_from_scratch_there_is_nothing_to_start_from():
    usual = plan()
    assert usual.training.data_of_training(of("dorfer-a"))["start"] == []
    with pytest.raises(UserError, match=r"dorfer-a: stage 00 \(training\) starts from scratch"):
        usual.training.models_to_start_from(of("dorfer-a"))


def test_from_the_stage_before_every_fold_goes_on_from_its_own_model():
    usual = plan()
    folder = f"results/{DATASET}/systems/dorfer-a/stage07"
    assert usual.training.data_of_training(of("dorfer-a", "07"))["start"] == f"{folder}/start.csv"
    assert usual.training.models_to_start_from(of("dorfer-a", "07")) == models("dorfer-a", "06", 4)


@pytest.mark.parametrize(
    ("start", "number"),
    [
        ({"system": "dorfer-a"}, "10"),
        ({"system": "dorfer-a", "stage": "training"}, "00"),
        ({"system": "dorfer-a", "stage": "self_verification"}, "10"),
        ({"system": "dorfer-a", "dataset": DATASET}, "10"),
    ],
)
def test_from_another_system_every_fold_goes_on_from_the_same_fold(start, number):
    """Of a stage that repeats from the last one, and from the last of all where none is named."""
    other = plan(cross_task_cnn=starting(start))  # four folds, too
    assert other.training.models_to_start_from(of("cross-task-cnn")) == models("dorfer-a", number, 4)
    assert other.training.data_of_training(of("cross-task-cnn"))["start"].endswith("cross-task-cnn/stage00/start.csv")
    assert json.loads(other.training.train(of("cross-task-cnn")))["training"]["start"] == start


def test_from_another_data_set_all_folds_go_on_from_one_model():
    start = {"system": "dorfer-a", "dataset": "fsdkaggle2018"}
    other = plan(densenet_logmel_44k=starting(start))  # five folds, and four
    assert other.training.models_to_start_from(of("densenet-logmel-44k")) == models(
        "dorfer-a", "10", 1, "fsdkaggle2018"
    )
    assert json.loads(other.training.start_stage(of("densenet-logmel-44k")))["folds"] == 5


@pytest.mark.parametrize(("own", "folds"), [({}, 5), ({"folds": None, "held_out": {"share": 0.25}}, 1)])
def test_another_system_with_other_held_out_clips_has_learned_those_that_judge(own, folds):
    other = plan(densenet_logmel_44k=starting({"system": "dorfer-a"}, **own))
    assert len(other.study.folds_of("densenet-logmel-44k")) == folds
    with pytest.raises(
        UserError, match=r"densenet-logmel-44k\.yaml: stages\.training: start: dorfer-a holds out other clips"
    ):
        other.training.models_to_start_from(of("densenet-logmel-44k"))


def test_a_detector_that_has_trained_fewer_folds_has_learned_those_that_judge():
    start = {"stages": {"weak_labels": {"start": {"system": "t4-cpjku-deep", "stage": "tagger"}}}}
    same = of("t4-baseline", dataset="dcase2018-task4-demo")
    one = models("t4-cpjku-deep", "00", 1, "dcase2018-task4-demo")
    assert plan(t4_baseline=start).training.models_to_start_from(same) == one
    with pytest.raises(UserError, match="t4-cpjku-deep holds out other clips"):
        plan(t4_baseline=start | {"detection": {"trained_folds": 2}}).training.models_to_start_from(same)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ({"system": "dorfer-z"}, ["there is no system 'dorfer-z' in systems/"]),
        (
            {"system": "dorfer-a", "stage": "verification"},
            ["dorfer-a has no stage 'verification'; there are training, self_verification"],
        ),
    ],
)
def test_a_start_that_is_not_there_is_one_line_that_names_it(start, words):
    with pytest.raises(UserError) as caught:
        plan(cross_task_cnn=starting(start)).training.models_to_start_from(of("cross-task-cnn"))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("systems/cross-task-cnn.yaml: stages.training: start: ")
    assert all(word in message for word in words), message


# ------------------------------------------------------------------ which clips are held out


@pytest.mark.parametrize(
    ("held_out", "name"),
    [
        ({"share": 0.15}, "held-out-0.15"),
        ({"share": 0.15, "by": "clip"}, "held-out-0.15-by-clip"),
        ({"share": 0.2, "by": "group"}, "held-out-0.2-by-group"),
        ({"share": 0.2, "by": "group_and_class"}, "held-out-0.2-by-group-and-class"),
        ({"usage": "validation"}, "held-out-validation"),
    ],
)
def test_a_part_that_is_held_out_has_a_name_that_says_what_it_is(held_out, name):
    one = plan(densenet_logmel_44k={"folds": None, "held_out": held_out})
    assert list(one.study.folds_of("densenet-logmel-44k")) == [0]
    table = f"results/{DATASET}/folds/{name}.csv"
    assert one.training.data_of_training(of("densenet-logmel-44k"))["folds"] == table
    with_groups = of(None, split=name, dataset="dcase2018-task4-demo")
    assert json.loads(one.data.make_folds(with_groups))["held_out"] == held_out
    (constraint,) = re.findall(r'(?m)^    split=r"(.*)",$', (ROOT / "Snakefile").read_text())
    assert re.fullmatch(constraint, name)


def test_folds_are_called_by_their_number():
    usual = plan()
    assert usual.training.data_of_training(of("dorfer-a"))["folds"] == f"results/{DATASET}/folds/4.csv"
    settings = json.loads(usual.data.make_folds(of(None, split="4")))
    assert (settings["folds"], settings.get("held_out")) == (4, None)


def test_a_split_that_no_system_has_is_one_line():
    with pytest.raises(
        UserError, match=rf"results/{DATASET}/folds/held-out-dev\.csv: no system of systems/ holds out so"
    ):
        plan().data.make_folds(of(None, split="held-out-dev"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"held_out": {"share": 0.2}}, ["either `folds` or `held_out`", "null"]),
        ({"folds": None}, ["either `folds` or `held_out`"]),
        ({"folds": None, "held_out": {"share": 0.2, "usage": "dev"}}, ["held_out", "either a `share`", "`usage`"]),
        ({"folds": None, "held_out": {"by": "group"}}, ["held_out", "either a `share`"]),
        ({"folds": None, "held_out": {"share": 1.0}}, ["held_out.share", "1.0"]),
        ({"folds": None, "held_out": {"share": 0.2, "by": "uploader"}}, ["held_out.by", "'uploader'"]),
        ({"folds": None, "held_out": {"usage": "a/b"}}, ["held_out.usage", "'a/b'"]),
    ],
)
def test_a_mistake_in_what_is_held_out_is_one_line_that_names_it(changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe("cross-task-cnn", {"cross-task-cnn": changes})
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in ["systems/cross-task-cnn.yaml", *words]), message
