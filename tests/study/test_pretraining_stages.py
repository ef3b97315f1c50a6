"""A recipe with a stage of pre-training: what it changes, what is checked, and who asks its models for nothing."""

import copy
import json
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT
from tests.training.test_training_hours import SPEED, clip_table
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.policies import read_policies, under_policies
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.stages import unrolled
from workflow_scripts.training.cost import hours

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SYSTEM, SCRATCH, DATASET = "contrastive-vgg-like", "vgg-like-scratch", "fsdkaggle2018-demo"
CONTRASTIVE = ["contrastive-crnn", SYSTEM, "contrastive-resnet18"]
LABELS = {"name": "accepted", "crops": 1, "agreement": True, "threshold": None, "cap": None, "accumulate": False}


@pytest.fixture(scope="module")
def plan():
    return Plan(copy.deepcopy(CONFIG) | {"systems": [SYSTEM, SCRATCH], "size": "published"})


def of(system=SYSTEM, number="00"):
    return SimpleNamespace(dataset=DATASET, system=system, stage=number, fold="0")


def pretraining(**changes):
    return {"stages": {"pretraining": changes}}


@pytest.mark.parametrize("system", CONTRASTIVE)
def test_a_stage_changes_network_and_windows_for_itself(system):
    recipe = read_recipe(system, {})
    first, tuning = unrolled(recipe["training"], recipe["stages"])
    own = first.of(recipe)
    assert own["task"] == "contrastive"
    assert own["network"] == recipe["network"] | {"projection": 512}
    assert own["windows"] == recipe["windows"] | {"draws": 2}
    assert not {"task", "network", "windows"} & set(first.settings)
    assert tuning.of(recipe) == recipe
    assert (first.pretrains, tuning.pretrains) == (True, False)


def test_published_sizes_are_those_of_the_paper():
    recipe = read_recipe(SYSTEM, {})
    first, tuning = (stage.settings for stage in unrolled(recipe["training"], recipe["stages"]))
    assert (first["epochs"], first["batch"], first["learning_rate"]) == (500, 2 * 128, 0.03)
    assert first["lr_schedule"]["after"] == [325, 425]
    assert (tuning["epochs"], tuning["batch"], tuning["learning_rate"]) == (200, 128, 0.01)
    assert tuning["lr_schedule"]["after"] == [80, 160]
    assert (tuning["start"], tuning["fresh"]) == ("previous", ["head"])


def test_from_scratch_all_is_the_same_but_for_the_stages():
    with_stage, scratch = read_recipe(SYSTEM, {}), read_recipe(SCRATCH, {})
    differing = {key for key in with_stage if with_stage[key] != scratch[key]}
    assert differing == {"title", "stages", "cost"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (pretraining(task="multilabel"), ["stages.pretraining.task: 'multilabel'", "contrastive"]),
        (pretraining(network={"widht": 8}), ["stages.pretraining: network: vgg_like", "'widht'", "width"]),
        (pretraining(network={"name": "vgg31"}), ["stages.pretraining: network", "'vgg31'", "vgg_like"]),
        (pretraining(network={"projection": None}), ["stages.pretraining: network", "projection: 512"]),
        (pretraining(windows={"draw": 2}), ["stages.pretraining: windows: patches", "'draw'", "draws"]),
        (pretraining(windows={"draws": 0}), ["stages.pretraining: windows.draws: 0", "from 1 up"]),
        (pretraining(windows={"length": 4}), ["stages.pretraining: windows.length: 4", "vgg_like takes, 8 or more"]),
        (
            pretraining(loss={"name": "cross_entropy"}),
            ["stages.pretraining: loss: cross_entropy is of multiclass", "contrastive"],
        ),
        (
            pretraining(checkpoint_selection={"rule": "best", "metric": "map3", "count": 1, "neighbours": 5}),
            ["stages.pretraining: checkpoint_selection.metric: map3 is none of contrastive; there are knn"],
        ),
        (pretraining(labels=LABELS), ["stages.pretraining: labels: pre-training learns none, accepted"]),
        (
            {"training": {"checkpoint_selection": {"metric": "knn"}}},
            ["training: checkpoint_selection.metric: knn is none of multiclass", "balanced_accuracy"],
        ),
        (
            {"training": {"checkpoint_selection": {"neighbours": 5}}},
            ["training: checkpoint_selection.neighbours", "knn", "leave it out"],
        ),
        ({"training": {"task": "contrastive"}}, ["training.task"]),
        ({"stages": {"fine_tuning": None}}, ["stages.pretraining: task: no stage after it learns the labels"]),
        (
            {"stages": {"fine_tuning": {"windows": {"hop": 20}}}},
            ["stages.fine_tuning: windows: only a stage with `task: contrastive` has its own"],
        ),
        (
            {"stages": {"fine_tuning": {"labels": LABELS}}},
            ["stages.fine_tuning: labels: there is no stage before this one whose networks could have accepted any"],
        ),
        (
            {"stages": {"fine_tuning": {"loss": {"name": "nt_xent"}}}},
            ["stages.fine_tuning: loss: nt_xent is of contrastive, and this is multiclass"],
        ),
    ],
)
def test_a_mistake_in_a_stage_of_pretraining_is_one_line_that_names_it(changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe(SYSTEM, {SYSTEM: changes})
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_clips_with_several_labels_have_no_neighbours_that_vote():
    stages = read_recipe(SYSTEM, {})["stages"]
    with pytest.raises(UserError, match=r"stages.pretraining: task: .* this recipe is multilabel"):
        read_recipe("cross-task-cnn-multilabel", {"cross-task-cnn-multilabel": {"stages": stages}})


def test_a_pretraining_is_told_its_task_and_its_own_sections(plan):
    first, tuning = (json.loads(plan.training.train(of(number=number))) for number in ("00", "01"))
    assert (first["task"], tuning["task"]) == ("contrastive", "multiclass")
    assert (first["learner"]["name"], tuning["learner"]["name"]) == ("contrastive", "network")
    assert first["learner"]["network"]["projection"] == 512
    assert "projection" not in tuning["learner"]["network"]
    assert first["classes"] == tuning["classes"]
    assert plan.training.models_to_start_from(of(number="01"))[2].endswith("stage00/fold2/model.safetensors")


def test_nobody_asks_a_pretraining_for_classes(plan):
    asked = [
        *plan.prediction.oof_of_all_stages(of()),
        *plan.prediction.test_of_all_stages(of()),
        *plan.scoring.given_oof(of()),
        *plan.scoring.given_test(of()),
        *plan.report.histories(of()),
        *plan.tagging.tagger_models(of()),
    ]
    assert asked
    assert not [path for path in asked if f"{SYSTEM}/stage00" in path]
    assert [path for path in asked if f"{SYSTEM}/stage01" in path]
    assert json.loads(plan.tagging.pack_tagger(of()))["systems"][0]["rounds"] == 1
    assert ["fine-tuning", SYSTEM] not in json.loads(plan.scoring.score_systems(of()))["stages"]
    with pytest.raises(UserError, match=rf"{SYSTEM}: stage 00 \(pretraining\) learns no labels"):
        plan.prediction.predict_stage(of())


def test_policies_change_what_follows_a_pretraining():
    compared = {"system": SYSTEM, "policies": ["none", "down-weighting"], "seeds": [1]}
    recipes, _ = under_policies("noise_policies", compared, {SYSTEM: read_recipe(SYSTEM, {})}, read_policies({}))
    for recipe in recipes.values():
        first, tuning = unrolled(recipe["training"], recipe["stages"])
        assert first.settings["loss"]["name"] == "nt_xent"
        assert first.settings["unverified_weight"] == 1.0
        assert tuning.settings["start"] == "previous"
    weights = [
        unrolled(recipe["training"], recipe["stages"])[1].settings["unverified_weight"] for recipe in recipes.values()
    ]
    assert weights[0] == 1.0 > weights[1]


def test_hours_of_a_pretraining_are_those_of_its_own_batches(plan):
    """Of 100 clips of 4 s fold 0 of 4 learns 75: at 128 clips a batch it is one batch of all, twice as dear."""
    recipe = plan.training.estimated_recipe(SYSTEM)
    first, tuning, test = hours(recipe, clip_table(60, 40, 10), SPEED | {"window_seconds": 0.0})
    assert (first["stage"], first["jobs"], first["updates"]) == ("pretraining", 4, 4 * 500)
    assert (tuning["stage"], tuning["jobs"], tuning["updates"]) == ("fine_tuning", 4, 4 * 200)
    assert first["hours"] == pytest.approx(4 * (500 * 2 + 5) / 3600)
    assert tuning["hours"] == pytest.approx(4 * (200 * 1 + 5) / 3600)
    assert test["jobs"] == 1, "of one stage only"
    assert first["memory_mb"] >= 2 * SPEED["peak_memory_mb"]
    neighbours = hours(recipe, clip_table(60, 40, 10), SPEED | {"window_seconds": 0.001})[0]["hours"] - first["hours"]
    assert neighbours == pytest.approx(4 * (500 * 60 + 25) * 0.001 / 3600), "all verified clips, and what is held out"
