"""What a run is about: read once, then immutable; and results of an older layout."""

import copy
from collections import Counter
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.study import recipes
from workflow_scripts.study.datasets import read_dataset
from workflow_scripts.study.layout import check_layout
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.study import Study

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
READ = ("systems", "ensembles", "policies", "sizes", "datasets")


def config(**changes):
    return copy.deepcopy(CONFIG) | changes


@pytest.fixture
def read(monkeypatch):
    """How often each YAML file that decides what is planned is read, by the end of its path."""
    count, read_text = Counter(), Path.read_text

    def counted(path, *arguments, **named):
        if path.suffix == ".yaml" and path.parent.name in READ:
            count[f"{path.parent.name}/{path.name}"] += 1
        return read_text(path, *arguments, **named)

    monkeypatch.setattr(Path, "read_text", counted)
    recipes._read_once.cache_clear()
    read_dataset.cache_clear()
    return count


def test_every_file_is_read_once(read):
    plan = Plan(config())
    assert {name.split("/")[0] for name in read} == set(READ)
    assert set(read.values()) == {1}, read
    before = Counter(read)
    for system, dataset in (("dorfer-a", "fsdkaggle2018-demo"), ("t4-baseline", "dcase2018-task4-demo")):
        for stage in plan.study.stages(system):
            wildcards = SimpleNamespace(dataset=dataset, system=system, stage=stage.number, fold="0")
            plan.training.train(wildcards)
            plan.training.data_of_training(wildcards)
    assert read == before


@pytest.mark.parametrize("name", ["config", "recipes", "ensembles", "corrector_of"])
def test_a_study_is_immutable(name):
    study = Study.read(config())
    with pytest.raises(FrozenInstanceError):
        setattr(study, name, {})


def test_what_becomes_of_the_configuration_later_does_not_change_the_study():
    given = config()
    study = Study.read(given)
    given["seed"] += 1
    given["systems"].append("dorfer-b")
    assert study.seed == CONFIG["seed"]
    assert study.systems == CONFIG["systems"]


def test_a_stage_that_is_not_there_is_one_line():
    with pytest.raises(UserError, match="dorfer-a: there is no stage 07; there are 00, 01, 02"):
        Study.read(config()).stage("dorfer-a", "07")


# ------------------------------------------------------------------ results of an older layout


@pytest.mark.parametrize("old", ["systems/dorfer-a/round00", "ensemble/iqbal-stack8/round01"])
def test_results_whose_stages_were_rounds_are_one_line_that_says_what_to_do(tmp_path, monkeypatch, old):
    monkeypatch.chdir(tmp_path)
    Path("results/mine", old).mkdir(parents=True)
    with pytest.raises(UserError) as caught:
        Plan(config())
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"results/mine/{old}: of an older version")
    assert "Move results/mine/systems and results/mine/ensemble away, and run the same command again" in message


@pytest.mark.parametrize("place", ["results", "results/mine/systems/dorfer-a/stage00/fold0", "results/mine/round00"])
def test_results_of_this_layout_are_taken(tmp_path, place):
    (tmp_path / place).mkdir(parents=True)
    check_layout(tmp_path / "results")


def test_no_results_at_all_are_no_mistake(tmp_path):
    check_layout(tmp_path / "results")
