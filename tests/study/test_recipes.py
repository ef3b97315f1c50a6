"""Recipes and configuration: what they mean, and one clear line where they are wrong."""

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.study import recipes
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.recipes import SYSTEMS, read_recipe
from workflow_scripts.study.sizes import read_sizes
from workflow_scripts.study.stages import unrolled

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


MASKED = {"name": "masked_in_batch", "of": {"name": "cross_entropy"}, "above": 0.8}
ORIGIN = {"name": "by_origin", "verified": {"name": "cross_entropy"}, "unverified": {"name": "lq"}}


def config(**changes):
    return copy.deepcopy(CONFIG) | changes


@pytest.mark.parametrize("system", sorted(path.stem for path in SYSTEMS.glob("*.yaml")))
def test_every_recipe_is_valid_at_published_size_and_at_the_demos(system):
    published, small = read_recipe(system, {}), read_recipe(system, read_sizes(CONFIG))
    assert (published == small) == ("classifier" in published)  # a classifier is small as it is


def test_published_sizes_are_those_of_the_papers():
    dorfer, iqbal = read_recipe("dorfer-b", {}), read_recipe("iqbal-vgg13-a", {})
    assert (dorfer["network"]["width"], dorfer["training"]["epochs"], dorfer["training"]["batch"]) == (64, 500, 100)
    first, *rounds = unrolled(dorfer["training"], dorfer["stages"])
    assert (len(rounds), dorfer["folds"]) == (10, 4)
    assert first.settings["labels"] == {"name": "given"}
    for stage in rounds:
        assert stage.settings["start"] == "previous"
        assert stage.settings["labels"] == {
            "name": "accepted",
            "crops": 25,
            "agreement": True,
            "threshold": 0.95,
            "cap": 40,
            "accumulate": False,
        }
    assert (iqbal["training"]["epochs"], iqbal["training"]["batch"], iqbal["folds"]) == (40, 128, 5)
    assert (iqbal["training"]["unverified_weight"], iqbal["training"]["augmentation"]["alpha"]) == (0.7, 1.0)


def test_a_recipe_like_another_differs_only_where_it_says_so():
    a, b = read_recipe("dorfer-a", {}), read_recipe("dorfer-b", {})
    assert b["front_end"] == a["front_end"]
    assert b["training"] == a["training"] | {"augmentation": {"name": "mixup", "alpha": 0.3}}
    assert b["network"] == {"name": "vgg_gap", "width": 64}


def test_another_part_brings_its_own_parameters():
    changes = {"network": {"name": "vgg_gap"}, "windows": {"length": 192}}
    recipe = read_recipe("iqbal-vgg13-a", {"iqbal-vgg13-a": changes})
    assert recipe["network"] == {"name": "vgg_gap"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"foldz": 4}, ["foldz", "systems/dorfer-a.yaml"]),
        ({"training": {"learnin_rate": 1}}, ["training", "learnin_rate"]),
        ({"network": {"widht": 8}}, ["network", "vgg_gap", "widht", "width"]),
        ({"network": {"name": "vgg31"}}, ["vgg31", "workflow_scripts/parts/networks", "vgg13"]),
        ({"windows": {"name": "chunks", "length": 128}}, ["windows", "chunks", "least_remainder"]),
        (
            {"training": {"lr_schedule": {"name": "sawtooth"}}},
            ["sawtooth", "workflow_scripts/parts/lr_schedules", "milestones"],
        ),
        ({"training": {"augmentation": {"name": "mixup", "alhpa": 1}}}, ["training.augmentation", "alhpa", "alpha"]),
        (
            {"training": {"loss": MASKED | {"above": 2}}},
            ["training.loss", "masked_in_batch", "above: 2", "from 0 to 1"],
        ),
        ({"training": {"loss": MASKED | {"above": "most"}}}, ["training.loss", "above: 'most'", "number"]),
        ({"training": {"loss": {"name": "masked_in_batch", "above": 0.8}}}, ["training.loss", "needs", "'of'"]),
        ({"training": {"loss": MASKED | {"of": "cross_entropy"}}}, ["training.loss", "of: 'cross_entropy'", "{name"]),
        ({"training": {"loss": MASKED | {"of": {"name": "croos"}}}}, ["training.loss.of", "croos", "cross_entropy"]),
        ({"training": {"loss": ORIGIN | {"of": {"name": "lq"}}}}, ["training.loss", "by_origin", "'of'", "unverified"]),
        ({"training": {"loss": ORIGIN | {"verified": "lq"}}}, ["training.loss", "verified: 'lq'", "{name"]),
        ({"training": {"loss": ORIGIN | {"verified": {"name": "lp"}}}}, ["training.loss.verified", "lp", "lq"]),
        ({"training": {"loss": ORIGIN | {"verified": {"name": "lq", "q": 2}}}}, ["training.loss.verified", "q: 2"]),
        (
            {"training": {"loss": MASKED | {"of": {"name": "cross_entropy", "clip": 1}}}},
            ["training.loss.of", "cross_entropy", "clip", "none"],
        ),
        (
            {"training": {"loss": {"name": "binary_cross_entropy", "level": "window"}}},
            ["training.loss", "level: 'window'", "clip, frame"],
        ),
        (
            {"training": {"loss": {"name": "binary_cross_entropy"}}},
            ["training.loss", "binary_cross_entropy", "multilabel and detection", "multiclass"],
        ),
        ({"training": {"optimizer": {"name": "adma"}}}, ["training.optimizer", "adma", "adamw", "sgd"]),
        ({"training": {"optimizer": {"name": "sgd", "momentum": 9}}}, ["training.optimizer", "momentum: 9", "0 to 1"]),
        ({"training": {"optimizer": {"name": "adam", "epsilon": "1e-7"}}}, ["training.optimizer", "epsilon: '1e-7'"]),
        ({"training": {"l2": {"dense": -1}}}, ["training.l2.dense", "-1"]),
        (
            {"training": {"lr_schedule": {"name": "warm_up", "epochs": 5, "of": {"name": "linear"}}}},
            ["training.lr_schedule.of", "linear", "constant_epochs"],
        ),
        (
            {"stages": {"self_verification": {"loss": MASKED | {"of": {"name": "binary_cross_entropy"}}}}},
            ["stages.self_verification: loss", "binary_cross_entropy", "multiclass"],
        ),
        ({"network": {"name": "log_mel_densenet", "sample_rate": 16000}}, ["network.sample_rate", "16000", "32000"]),
        ({"folds": 1}, ["folds"]),
        (
            {"stages": {"self_verification": {"lr_schedule": {"constant_epoch": 3}}}},
            ["stages.self_verification", "training.lr_schedule", "constant_epoch"],
        ),
        ({"training": {"lr_schedule": {"constant_epoch": 3}}}, ["training.lr_schedule", "linear", "constant_epoch"]),
    ],
)
def test_a_mistake_in_a_recipe_is_one_line_that_names_it(changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe("dorfer-a", {"dorfer-a": changes})
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


ACCEPTED = {"name": "accepted", "crops": 1, "agreement": True, "threshold": None, "cap": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"aggregation": {"renormalise": True}}, ["aggregation.renormalise", "multiclass", "say false"]),
        (
            {"training": {"checkpoint_selection": {"metric": "map3"}}},
            ["training: checkpoint_selection.metric: map3", "multilabel", "loss, lwlrap, map"],
        ),
        (
            {"stages": {"again": {"start": "previous", "labels": ACCEPTED}}},
            ["stages.again: labels: accepted", "one label", "multilabel"],
        ),
    ],
)
def test_what_does_not_suit_several_labels_is_one_line_that_names_it(changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe("cross-task-cnn-multilabel", {"cross-task-cnn-multilabel": changes})
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"foldz": 4}, ["config.yaml", "foldz"]),
        ({"systems": ["dorfer-z"]}, ["dorfer-z", "dorfer-a"]),
        ({"size": "huge"}, ["huge", "published"]),
        ({"device": "gpu"}, ["device", "cuda"]),
        ({"seed": "x"}, ["seed"]),
        ({"sizes": {"demo": {"dorfer-z": {}}}}, ["dorfer-z"]),
        ({"dataset": "fsd"}, ["fsd", "datasets/", "fsdkaggle2018-demo"]),
        ({"dataset": "no/such.yaml"}, ["no/such.yaml"]),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line_that_names_it(changes, words):
    with pytest.raises(UserError) as caught:
        Plan(config(**changes))
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_one_name_for_two_front_ends_is_refused():
    sizes = {"demo": {"iqbal-vgg13-b": {"front_end": {"store": "log-mel-a"}}}}
    with pytest.raises(UserError, match="log-mel-a"):
        Plan(config(sizes=sizes))


def test_recipes_that_are_like_each_other_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("like: b\n")
    (tmp_path / "b.yaml").write_text("like: a\n")
    monkeypatch.setattr(recipes, "SYSTEMS", tmp_path)
    with pytest.raises(UserError, match=r"systems/b.yaml: like: a"):
        read_recipe("a", {})


def test_stages_are_unrolled_from_the_recipe():
    def numbers(plan, system):
        return [stage.number for stage in plan.study.stages(system)]

    assert numbers(Plan(config()), "dorfer-a") == ["00", "01", "02"]
    assert numbers(Plan(config()), "iqbal-vgg13-a") == ["00"]
    assert len(numbers(Plan(config(size="published")), "dorfer-a")) == 11


def test_published_scores_stand_only_beside_the_data_set_they_belong_to():
    plan = Plan(config(systems=["dorfer-b", "iqbal-vgg13-a"]))
    assert '"published": []' in plan.scoring.score_systems(SimpleNamespace(dataset="fsdkaggle2018-demo"))


def test_the_published_scores_stand_beside_the_full_data_set():
    plan = Plan(config(systems=["dorfer-b", "iqbal-vgg13-a"], size="published"))
    assert '"value": 0.9601' in plan.scoring.score_systems(SimpleNamespace(dataset="fsdkaggle2018"))
