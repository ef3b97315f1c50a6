"""Recipes of classifiers, and what label-noise policies make of them."""

import json
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT
from tests.refusals import refusal
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.policies import OF_CLASSIFIERS, POLICIES
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.stages import FURTHER, unrolled

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SPECTROGRAM = {"name": "log_mel", "hop": 512, "bands": 64}
DETECTION = {"trained_folds": 1, "pool": [], "thresholds": [0.5], "median_seconds": [1.0]}
ALL = ["none", "verified-only", "down-weighting", "self-verification", "relabelling", "loss-mixture"]


@pytest.mark.parametrize(
    ("system", "changes", "words"),
    [
        ("yamnet-linear", {"network": {"name": "vgg13"}}, ["say either `network` or `classifier`"]),
        ("dorfer-a", {"classifier": {"name": "linear", "C": [1]}}, ["say either `network` or `classifier`"]),
        (
            "yamnet-linear",
            {"front_end": {"spectrogram": SPECTROGRAM}},
            ["front_end", "say either `spectrogram` or `embedding`"],
        ),
        ("dorfer-a", {"front_end": {"embedding": {"weights": "yamnet"}}}, ["say either `spectrogram` or `embedding`"]),
        ("yamnet-linear", {"front_end": {"embedding": {"weights": "vgish"}}}, ["weights/vgish.yaml", "yamnet"]),
        ("yamnet-linear", {"front_end": {"embedding": {"pool": ["median"]}}}, ["front_end.embedding.pool", "median"]),
        ("yamnet-linear", {"training": {"epochs": 3}}, ["training", "'epochs'", "unverified_weight"]),
        ("yamnet-linear", {"training": {"loss": {"name": "cross_entropy"}}}, ["training", "'loss'"]),
        (
            "yamnet-linear",
            {"stages": {"self_verification": {"start": "previous"}}},
            ["stages.self_verification", "'start'"],
        ),
        ("yamnet-linear", {"windows": {"name": "chunks"}}, ["windows", "classifier", "leave it out"]),
        ("yamnet-linear", {"aggregation": {"mean": "arithmetic"}}, ["aggregation", "classifier", "leave it out"]),
        ("yamnet-linear", {"task": "detection"}, ["classifier says nothing of single frames", "`network`"]),
        ("yamnet-linear", {"detection": DETECTION}, ["classifier says nothing of single frames", "`network`"]),
        ("yamnet-linear", {"classifier": {"name": "svm"}}, ["classifier", "'svm'", "linear, nearest_neighbours"]),
        ("yamnet-linear", {"classifier": {"c": [1]}}, ["classifier", "'c'", "C"]),
        ("yamnet-linear", {"classifier": {"C": 1.0}}, ["classifier.C", "array"]),
        ("yamnet-linear", {"classifier": {"C": []}}, ["classifier.C"]),
        ("yamnet-linear", {"classifier": {"C": [0.1, 0]}}, ["classifier.C.1"]),
        ("yamnet-knn", {"classifier": {"neighbours": [0]}}, ["classifier.neighbours.0"]),
        ("yamnet-linear", {"task": "multilabel"}, ["stages.self_verification", "accepted", "multilabel"]),
    ],
)
def test_a_mistake_in_a_recipe_is_one_line_that_names_it(system, changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe(system, {system: changes})
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


@pytest.mark.parametrize("section", ["network", "classifier"])
def test_a_recipe_needs_something_that_learns_and_something_to_hear(section, tmp_path, monkeypatch):
    model = {"network": "iqbal-vgg13-a", "classifier": "yamnet-linear"}[section]
    content = yaml.safe_load((ROOT / f"systems/{model}.yaml").read_text())
    kind = {"network": "spectrogram", "classifier": "embedding"}[section]
    monkeypatch.setattr("workflow_scripts.study.recipes.SYSTEMS", tmp_path)
    for name, lacking in (("deaf", content["front_end"].keys() & {kind}), ("idle", {section})):
        front_end = {key: value for key, value in content["front_end"].items() if key not in lacking}
        rest = {key: value for key, value in content.items() if key not in lacking}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(rest | {"front_end": front_end}))
    either = "say either `spectrogram` or `embedding` or `vectors`$"
    with pytest.raises(UserError, match=rf"systems/deaf.yaml: front_end: {either}"):
        read_recipe("deaf", {})
    with pytest.raises(UserError, match=r"systems/idle.yaml: say either `network` or `classifier`$"):
        read_recipe("idle", {})


# ---------------------------------------------------------------- label-noise policies


def planned(**changes):
    compared = {"system": "yamnet-linear", "policies": ALL, "seeds": [1]} | changes
    return Plan(CONFIG | {"noise_policies": compared, "size": "published", "sizes": {}})


def stages(plan, policy):
    return [stage.settings for stage in plan.study.stages(f"policy-{policy}-seed1")]


def test_policies_change_what_a_classifier_heeds_and_nothing_else():
    """Each stage fits it anew: of self-verification's epochs, rate and start nothing is left."""
    plan = planned()
    recipe = read_recipe("yamnet-linear", {})
    (plain,) = stages(plan, "none")
    assert plain == FURTHER | recipe["training"]
    assert stages(plan, "verified-only") == [plain | {"learn_from": "verified"}]
    assert stages(plan, "down-weighting") == [plain | {"unverified_weight": 0.7}]
    first, *rounds = stages(plan, "self-verification")
    policy = yaml.safe_load((POLICIES / "self-verification.yaml").read_text())["stages"]["self_verification"]
    assert first == plain
    assert rounds == [plain | {"labels": policy["labels"]}] * len(rounds)
    before, after = stages(plan, "relabelling")
    assert before == plain | {"unverified_weight": 0.7}
    assert (after["labels"]["name"], after["unverified_weight"], after["start"]) == ("corrected", 0.9, "scratch")
    first, after = stages(plan, "loss-mixture")
    policy = yaml.safe_load((POLICIES / "loss-mixture.yaml").read_text())["stages"]["pruning"]
    assert (first, after) == (plain, plain | {"labels": policy["labels"]})
    assert all(plan.study.recipe(f"policy-{name}-seed1")["classifier"] == recipe["classifier"] for name in ALL)


def test_rounds_of_a_policy_read_what_the_rounds_before_have_accepted():
    plan = planned()
    one = SimpleNamespace(dataset="fsdkaggle2018-demo", system="policy-self-verification-seed1", stage="01", fold="0")
    data = plan.training.data_of_training(one)
    assert data["start"] == []
    assert data["labels"] == [f"results/fsdkaggle2018-demo/systems/{one.system}/stage01/accepted.csv"]
    settings = json.loads(plan.training.train(one))
    assert (settings["crops"], settings["learner"]["name"]) == (1, "classifier")


@pytest.mark.parametrize(
    ("policy", "key"), [("loss-masking", "loss"), ("label-smoothing", "label_smoothing"), ("mixup", "augmentation")]
)
def test_a_policy_that_changes_what_only_networks_have_is_one_line(policy, key):
    message = refusal(planned, policies=["none", policy])
    assert message.startswith(f"policies/{policy}.yaml: a classifier has no {key} to change; leave out the policy")


def test_so_is_one_that_changes_it_in_a_stage(monkeypatch, tmp_path):
    loss = {"name": "masked_in_batch", "of": {"name": "cross_entropy"}, "above": 0.8}
    policy = {"title": "a", "source": "b", "stages": {"again": {"loss": loss}, "never": None}}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(policy))
    (tmp_path / "none.yaml").write_text("title: a\nsource: b\n")
    monkeypatch.setattr("workflow_scripts.study.policies.POLICIES", tmp_path)
    with pytest.raises(UserError, match=r"policies/own.yaml: a classifier has no loss to change"):
        planned(policies=["none", "own"])


def test_what_classifiers_heed_is_what_their_recipes_may_say():
    schema = yaml.safe_load((ROOT / "schemas/recipe.schema.yaml").read_text())
    assert list(OF_CLASSIFIERS) == schema["$defs"]["of_classifiers"]["enum"]
    assert set(unrolled({}, {"a": {}})[0].settings) - {*OF_CLASSIFIERS} == {"start", "frozen", "fresh"}
