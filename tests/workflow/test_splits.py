"""The README's recipes: from noisy clips only, and from weights that another system has learned."""

import re

import pandas as pd
import pytest

from tests.collection import CLASSES, Collection
from tests.project import ADDED, IQBAL, ROOT, Project
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.folds import Folds
from workflow_scripts.tables.models import read_model
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.scores import read_scores

DEMO = "results/fsdkaggle2018-demo"
RECIPES = {
    recipe.split("title: ")[1].split("\n")[0]: recipe
    for recipe in re.findall(r"```yaml\n(like: .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
}
NOISY_ONLY, TUNED = RECIPES["CNN8 of the noisy clips only"], RECIPES["VGG13 that goes on from another one"]
TRANSFERRED = """
like: iqbal-vgg13-a
title: VGG13 that goes on from one that has learned other sounds
source: this test
stages:
  tuning: {start: {system: iqbal-vgg13-a, dataset: other.yaml}, fresh: [classifier]}
published: {scores: []}
"""


@pytest.fixture
def project(tmp_path):
    """A project with these systems, of which the run has ``noisy-only``; ``other.yaml`` is a collection beside it."""
    project = Project(tmp_path / "project")
    for name, recipe in (("noisy-only", NOISY_ONLY), ("tuned", TUNED), ("transferred", TRANSFERRED)):
        (project.folder / f"systems/{name}.yaml").write_text(recipe)
    Collection(project.folder, "other", clips_per_class=6, tests_per_class=1)
    config = project.config() | {"systems": ["noisy-only"]}
    tiny = {key: ADDED["cross-task-cnn"][key] for key in ("network", "training")}
    tuned = IQBAL | {"stages": {"tuning": {"epochs": 2}}}
    config["sizes"]["tiny"] |= {"noisy-only": tiny, "tuned": tuned, "transferred": tuned}
    project.write_config(config)
    return project


def test_noisy_clips_only_with_a_seventh_of_them_to_validate(project):
    """Train on the noisy part, validate on 15 % of it, test on the test part."""
    system = f"{DEMO}/systems/noisy-only"
    assert project.planned(f"{DEMO}/scores.csv", f"{DEMO}/label_audit.csv")["train"] == 1
    status, printed = project.run(f"{DEMO}/scores.csv", f"{DEMO}/label_audit.csv")
    assert status == 0, printed

    clips = read_clips(project.folder / f"{DEMO}/clips.csv", "train")
    fold = Folds.read(project.folder / f"{DEMO}/folds/held-out-0.15.csv")["fold"]
    held = fold.index[fold == 0]
    assert len(held) == 47, "15 % of 312"
    verified = int((clips.loc[held, "manually_verified"] == 1).sum())
    assert verified in (18, 19), "15 % of 125"
    log = (project.folder / f"{DEMO}/logs/train/noisy-only.stage00.fold0.log").read_text()
    assert f"learning from {187 - (47 - verified)} clips" in log
    for name in (f"{system}/oof.parquet", f"{DEMO}/ensemble/stack/oof.parquet"):
        assert set(read_predictions(project.folder / name).index) == set(held)
    scores = read_scores(project.folder / f"{DEMO}/scores.csv")["value"]
    of = {name: scores[name, "oof_verified", "clips"] for name in ("most-frequent", "noisy-only", "stack")}
    assert of == {"most-frequent": 125, "noisy-only": verified, "stack": verified}
    assert scores["noisy-only", "oof_verified", "listed_clips"] == 125
    assert scores["noisy-only", "all", "clips"] == 120
    assert len(pd.read_csv(project.folder / f"{DEMO}/label_audit.csv")) == 47


def test_weights_of_a_system_on_another_data_set_are_planned_with_that_data_set(project):
    model = f"{DEMO}/systems/transferred/stage00/fold0/model.safetensors"
    jobs = project.planned("--", model)
    assert {name: jobs[name] for name in ("train", "start_stage", "extract_features")} == {
        **{"train": 2, "start_stage": 1, "extract_features": 2}
    }
    assert jobs["tabulate_clips"] == jobs["make_folds"] == 2


@pytest.mark.nightly
def test_a_main_job_of_a_part_and_its_figures(project):
    config = project.config() | {"systems": ["iqbal-vgg13-a", "noisy-only"]}
    project.write_config(config)
    status, printed = project.run("results/task2_ensemble.csv", f"{DEMO}/data_report.csv")
    assert status == 0, printed
    assert re.search(r"noisy-only .* \(1[89] clips\)\n", printed), printed
    assert re.search(r"held-out-0\.15: 47 training clips, 1[89] of them verified", printed)
    page = (project.folder / f"{DEMO}/scores.html").read_text()
    assert re.search(r"1[89] clips", page)


@pytest.mark.nightly
def test_weights_are_those_of_the_other_system_where_they_are_frozen_or_the_classes_are_others(project):
    def weights(dataset, system, fold):
        path = project.folder / f"results/{dataset}/systems/{system}/stage00/fold{fold}/model.safetensors"
        return read_model(path, framework="np")[0]

    wanted = [f"{DEMO}/systems/tuned/stage00/test.parquet", f"{DEMO}/systems/transferred/stage00/test.parquet"]
    status, printed = project.run("--", *wanted)
    assert status == 0, printed
    for fold in range(2):
        before, after = (weights("fsdkaggle2018-demo", system, fold) for system in ("iqbal-vgg13-a", "tuned"))
        kept = {name for name, values in after.items() if (values == before[f"0/{name.split('/', 1)[1]}"]).all()}
        frozen = {name for name in after if name.split("/", 1)[1].startswith(("0.", "1.blocks.0.", "1.blocks.1."))}
        assert frozen <= kept
        assert not any("blocks.4" in name and name.endswith("weight") for name in kept)
    other, own = weights("other", "iqbal-vgg13-a", 0), weights("fsdkaggle2018-demo", "transferred", 1)
    assert (own["0/0.mean"] == other["0/0.mean"]).all(), "standardisation comes with the weights"
    assert (len(other["0/1.classifier.bias"]), len(own["0/1.classifier.bias"])) == (len(CLASSES), 12)
