"""The rows of FSDnoisy18k's score table: what each system learns from and validates on, of configs/fsdnoisy18k.yaml."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.project import ROOT
from workflow_scripts.data.held_out import held_out_fold
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.schema import merged
from workflow_scripts.tables.clips import selected

NAME, SMALL = "fsdnoisy18k-baseline", {"subset": "noisy_small"}
CLIPS = {NAME: "all", f"{NAME}-noisy": "unverified", f"{NAME}-noisy-small": SMALL, f"{NAME}-clean": "verified"}
CLIPS |= {"dense-se": "unverified"}


@pytest.fixture(scope="module")
def plan():
    config, own = (yaml.safe_load((ROOT / name).read_text()) for name in ("config.yaml", "configs/fsdnoisy18k.yaml"))
    return Plan(merged(config, own))


def wildcards(system):
    return SimpleNamespace(dataset="fsdnoisy18k", system=system, stage="00", fold="0")


def test_the_systems_of_the_run_differ_in_their_clips_only(plan):
    assert plan.study.systems == list(CLIPS)
    trainings = {system: json.loads(plan.training.train(wildcards(system))) for system in CLIPS}
    settings = {system: training["training"] for system, training in trainings.items()}
    for system, clips in CLIPS.items():
        assert settings[system] == settings[NAME] | {
            "learn_from": clips,
            "validate_on": clips,
            "epochs": 100 if system == "dense-se" else 160,
        }
        data = plan.training.data_of_training(wildcards(system))
        assert data["folds"] == "results/fsdnoisy18k/folds/held-out-0.15-by-clip.csv"
        assert data["index"] == "results/fsdnoisy18k/features/log10-mel-44k/index.csv"
    networks = {system: training["learner"]["network"]["name"] for system, training in trainings.items()}
    assert networks == dict.fromkeys(CLIPS, "pre_activation_cnn") | {"dense-se": "dense_se"}


@pytest.fixture(scope="module")
def clips():
    """As many clips as the data set has of each class, roughly: verified, unverified, and of these in the subset."""
    rng, rows = np.random.default_rng(0), []
    for number in range(20):
        verified, unverified, small = rng.integers((51, 250, 30), (171, 1001, 120))
        label = f"class {number:02}"
        rows += [(label, 1, "")] * verified + [(label, 0, "")] * unverified + [(label, 0, "noisy_small")] * small
    table = pd.DataFrame(rows, columns=["label", "manually_verified", "subsets"])
    return table.assign(group="").sample(frac=1, random_state=0)


@pytest.mark.parametrize("system", CLIPS)
def test_15_percent_of_each_class_of_the_clips_in_use_validate(plan, clips, system):
    recipe = plan.study.recipe(system)
    held = pd.Series(held_out_fold(clips, recipe["held_out"], seed=2018) == 0, index=clips.index)
    (stage,) = plan.study.stages(system)
    in_use, validating = (selected(part, stage.settings["validate_on"]) for part in (clips, clips[held]))
    counts = in_use["label"].value_counts()
    lacking = validating["label"].value_counts().reindex(counts.index, fill_value=0) - 0.15 * counts
    assert len(counts) == 20
    assert lacking.abs().max() < (2 if system == NAME else 1), "less than a clip of each flag"
