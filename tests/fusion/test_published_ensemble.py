"""Dorfer & Widmer's submission: three networks, a model for each fold, one arithmetic mean."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from tests import warm
from tests.project import DORFER, ROOT, Project
from workflow_scripts.common.errors import UserError
from workflow_scripts.study import ensembles
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

DEMO = "results/fsdkaggle2018-demo"
NETWORKS = ["dorfer-a", "dorfer-b", "dorfer-c"]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


@pytest.fixture(scope="module")
def three_networks(built, tmp_path_factory):
    """The scores of the three networks; what network A needs is there already. B and C have no self-verification."""
    project = built.copy(tmp_path_factory.mktemp("three") / "project")
    config = project.config() | {"systems": NETWORKS}
    for system in NETWORKS[1:]:
        config["sizes"]["tiny"][system] = DORFER | {"stages": {"self_verification": None}}
    project.write_config(config)
    status, printed = warm.run(project, f"{DEMO}/scores.csv")
    assert status == 0, printed
    return project


def test_the_ensemble_is_the_mean_of_all_fold_models_in_their_chosen_stages(three_networks):
    folder = three_networks.folder / DEMO
    clips = read_clips(folder / "clips.csv", "test")
    classes = read_predictions(folder / "ensemble/dorfer/test.parquet").columns
    members = []
    for system in NETWORKS:
        store = {"dorfer-c": "log-frequency"}.get(system, "perceptual-mel")
        features = read_features(folder / f"features/{store}/frames.npy", folder / f"features/{store}/index.csv")
        bank = FrameBank(np.array(features.frames), torch.device("cpu"))
        cut = WindowCutter({"name": "random_crop", "frames": 192, "tiled": 192})
        windows = cut.inference(segments_of(features.index, clips.assign(path="")))
        chosen = pd.read_csv(folder / f"systems/{system}/rounds.csv").query("chosen == 1")["round"].item()
        for fold in range(2):
            model = Model.read(folder / f"systems/{system}/stage{chosen:02d}/fold{fold}/model.safetensors")
            combine = {"mean": "arithmetic", "renormalise": False}
            members.append(predict(model, bank, windows, len(clips), combine, multiclass))
    ensemble = read_predictions(folder / "ensemble/dorfer/test.parquet", clips.index)[classes]
    assert len(members) == 6
    np.testing.assert_allclose(ensemble, np.mean(members, axis=0), atol=1e-5)


def test_it_is_scored_beside_its_networks_and_the_stack_of_them(three_networks):
    scores = pd.read_csv(three_networks.folder / f"{DEMO}/scores.csv")
    systems = [*NETWORKS, "arithmetic-mean", "geometric-mean", "log-linear-pool", "stack", "dorfer"]
    assert scores["system"].unique().tolist() == ["most-frequent", "random-forest", *systems]
    test = scores[(scores["split"] == "all") & (scores["metric"] == "map3")].set_index("system")["value"]
    assert test["dorfer"] == test["arithmetic-mean"], "here all systems are its networks"


def test_published_scores_stand_beside_the_ensemble_on_the_data_set_they_belong_to():
    plan = Plan(CONFIG | {"systems": [*NETWORKS, "iqbal-vgg13-a"], "size": "published"})
    published = {
        dataset: json.loads(plan.scoring.score_systems(SimpleNamespace(dataset=dataset)))["published"]
        for dataset in ("fsdkaggle2018", "fsdkaggle2018-demo")
    }
    assert {"system": "dorfer", "split": "private", "metric": "map3", "value": 0.9518} in published["fsdkaggle2018"]
    assert published["fsdkaggle2018-demo"] == []


def test_the_winners_log_mel_networks_weigh_one_and_a_half_of_those_on_waveforms():
    systems = ["densenet-waveform-44k", "densenet-logmel-44k"]
    plan = Plan(CONFIG | {"systems": systems})
    settings = json.loads(
        plan.fusion.average_systems(SimpleNamespace(dataset="fsdkaggle2018", ensemble="densenet-44k"))
    )
    inputs = plan.fusion.fused_test(SimpleNamespace(dataset="fsdkaggle2018", ensemble="densenet-44k"))
    assert [(Path(path).parent.name, weight) for path, weight in zip(inputs, settings["weights"], strict=True)] == [
        ("densenet-logmel-44k", 1.5),
        ("densenet-waveform-44k", 1),
    ]


def test_an_ensemble_needs_all_its_systems():
    assert "dorfer" in Plan(CONFIG | {"systems": [*NETWORKS, "iqbal-vgg13-a"]}).study.fused
    assert "dorfer" not in Plan(CONFIG | {"systems": NETWORKS[:2]}).study.fused


@pytest.mark.parametrize("name", ["dorfer-a", "random-forest", "stack", "arithmetic-mean", "Dorfer", "a.b"])
def test_an_ensemble_needs_a_name_of_its_own(tmp_path, monkeypatch, name):
    (tmp_path / f"{name}.yaml").write_text((ROOT / "ensembles/dorfer.yaml").read_text())
    monkeypatch.setattr(ensembles, "ENSEMBLES", tmp_path)
    with pytest.raises(UserError, match=f"ensembles/{name}.yaml: "):
        Plan(CONFIG)


@pytest.mark.parametrize("answer", ["stack", "geometric-mean", "dorfer"])
def test_the_answer_is_that_of_the_ensemble_asked_for(answer):
    plan = Plan(CONFIG | {"systems": NETWORKS, "answer": answer})
    assert plan.scoring.answered(SimpleNamespace()) == f"{DEMO}/ensemble/{answer}/test.parquet"


def test_an_answer_that_no_ensemble_gives_is_one_line():
    fusions = "arithmetic-mean, geometric-mean, log-linear-pool, stack"
    with pytest.raises(UserError, match=rf"answer: 'dorfer' is no ensemble.*there are {fusions}"):
        Plan(CONFIG | {"systems": NETWORKS[:2], "answer": "dorfer"})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dorfer-c", "dorfer-d", ["ensembles/dorfer.yaml", "dorfer-d", "dorfer-c"]),
        ("arithmetic-mean", "harmonic-mean", ["ensembles/dorfer.yaml", "fusion", "harmonic-mean"]),
        ("split: public", "split: publc", ["ensembles/dorfer.yaml", "publc"]),
        ("arithmetic-mean", "stack\nweights: {dorfer-a: 2}", ["ensembles/dorfer.yaml", "weights", "stack"]),
        ("arithmetic-mean", "geometric-mean\nweights: {dorfer-a: 2}", ["ensembles/dorfer.yaml", "weights", "each"]),
        ("arithmetic-mean", "geometric-mean\nweights: {dorfer-a: 0}", ["ensembles/dorfer.yaml", "weights.dorfer-a"]),
    ],
)
def test_a_mistake_in_an_ensemble_is_one_line(tmp_path, monkeypatch, old, new, words):
    text = (ROOT / "ensembles/dorfer.yaml").read_text()
    (tmp_path / "dorfer.yaml").write_text(text.replace(old, new))
    monkeypatch.setattr(ensembles, "ENSEMBLES", tmp_path)
    with pytest.raises(UserError) as error:
        Plan(CONFIG)
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


def test_the_full_reproduction_is_twelve_trainings_and_ten_stages_of_twelve(tmp_path):
    project = Project(tmp_path / "project")
    jobs = project.planned("--configfile", "configs/dorfer.yaml", "--", "results/task2_ensemble.csv")
    names = ["train", "start_stage", "accept_labels", "measure_speed", "estimate_hours"]
    assert [jobs[name] for name in names] == [12 + 120, 30, 30, 3, 1], "of no other system"
    assert jobs["extract_features"] == 2, "networks A and B share a front end"
