"""What a training may have beside its network: which recipes and policies may say so, and what it costs."""

import json
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT
from tests.refusals import refusal
from workflow_scripts.study.plan import Plan

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def planned(system="cross-task-cnn", policy="co-teaching", **changes):
    compared = CONFIG["noise_policies"] | {"system": system, "policies": ["none", policy], "seeds": [1]}
    sizes = {"own": {policy: changes}}
    return Plan(CONFIG | {"noise_policies": compared, "size": "own", "sizes": sizes})


def on(policy, stage):
    system = f"policy-{policy}-seed1"
    return SimpleNamespace(dataset="fsdkaggle2018-demo", system=system, stage=stage, fold="0")


@pytest.mark.parametrize(
    ("policy", "changes", "key"),
    [("co-teaching", {"over_epochs": 4}, "co_teaching"), ("noise-transition", {"rate": 2}, "noise_layer")],
)
def test_a_policy_changes_the_training_by_one_key(policy, changes, key):
    plan = planned(policy=policy, training={key: changes})
    plain, changed = (plan.study.recipe(f"policy-{name}-seed1") for name in ("none", policy))
    assert {name for name in changed["training"] if changed["training"][name] != plain["training"].get(name)} == {key}
    assert changed | {"training": plain["training"]} == plain
    training, *none = plan.study.stages(f"policy-{policy}-seed1")
    assert (training.settings[key][next(iter(changes))], none) == (next(iter(changes.values())), [])
    assert key not in json.loads(plan.training.train(on("none", "00")))["training"]


@pytest.mark.parametrize(
    ("system", "policy", "training", "words"),
    [
        ("yamnet-linear", "co-teaching", {}, ["a classifier has no co_teaching", "name another `system`"]),
        ("yamnet-linear", "noise-transition", {}, ["a classifier has no noise_layer", "name another `system`"]),
        ("contrastive-vgg-like", "co-teaching", {}, ["stages.fine_tuning: co_teaching", "say `start: scratch`"]),
        ("cross-task-cnn", "co-teaching", {"co_teaching": {"forget_rate": 1}}, ["co_teaching.forget_rate", "1"]),
        ("cross-task-cnn", "co-teaching", {"co_teaching": {"over_epochs": 0}}, ["co_teaching.over_epochs", "0"]),
        ("cross-task-cnn", "co-teaching", {"co_teaching": {"clips": "noisy"}}, ["co_teaching.clips", "'noisy'"]),
        ("cross-task-cnn", "co-teaching", {"co_teaching": {"tau": 0.1}}, ["co_teaching", "'tau'"]),
        ("cross-task-cnn", "co-teaching", {"learn_from": "verified"}, ["concerns unverified clips", "`clips: all`"]),
        (
            "cross-task-cnn",
            "co-teaching",
            {"loss": {"name": "masked_in_batch", "of": {"name": "cross_entropy"}, "above": 0.8}},
            ["the smallest losses decide", "masked_in_batch changes those of cross_entropy"],
        ),
        ("cross-task-cnn-multilabel", "noise-transition", {}, ["noise_layer", "multilabel"]),
        ("cross-task-cnn", "noise-transition", {"learn_from": "verified"}, ["concerns unverified clips"]),
        ("cross-task-cnn", "noise-transition", {"noise_layer": {"diagonal": 1}}, ["noise_layer.diagonal", "1"]),
        (
            "cross-task-cnn",
            "noise-transition",
            {"co_teaching": {"forget_rate": 0.1, "over_epochs": 2}},
            ["co_teaching deals with the same noise"],
        ),
    ],
)
def test_what_does_not_fit_a_training_is_one_line(system, policy, training, words):
    message = refusal(planned, system, policy, training=training)
    assert message.startswith(f"policies/{policy}.yaml")
    assert all(word in message for word in words), message


def test_pre_training_has_no_layer_of_noise():
    pretraining, tuning = planned("contrastive-vgg-like", "noise-transition").study.stages(
        on("noise-transition", "00").system
    )
    assert pretraining.pretrains
    assert (pretraining.settings.get("noise_layer"), tuning.settings["noise_layer"]["rate"]) == (None, 10)


def test_a_second_network_is_asked_for_and_estimated():
    own = {"cross-task-cnn": {"training": {"co_teaching": {"forget_rate": 0.2, "over_epochs": 2}}}}
    plans = [Plan(CONFIG | {"size": "own", "sizes": {"own": sizes}}) for sizes in ({}, own)]
    (plain,), (taught,) = (plan.training.estimated_recipe("cross-task-cnn")["stages"] for plan in plans)
    assert taught == plain | {"update_cost": 2}
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo", system="cross-task-cnn", stage="00")
    one, two = (plan.requests.minutes(wildcards, 1, "train") for plan in plans)
    assert two > one
    assert plans[1].requests.megabytes(wildcards, 1, "train") > plans[0].requests.megabytes(wildcards, 1, "train")
