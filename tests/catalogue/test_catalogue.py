"""The catalogue of systems: its stage and plan, and by the real Snakemake."""

import csv
import json
import re
from contextlib import chdir
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.project import PAIR, ROOT, TINY
from workflow_scripts.catalogue import catalogue_systems
from workflow_scripts.common.settings import read_settings
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.models import write_model
from workflow_scripts.tables.scores import write_scores

PUBLISHED_SIZE = {"dorfer-a": 8_362_306, "iqbal-vgg13-a": 9_430_761}  # counted by hand, see test_networks.py


# ---------------------------------------------------------------- the stage, the plan


@pytest.fixture
def catalogued(tmp_path):
    """Run the stage for one system that was run once, with 12 classes and two filters instead of 48; return its row."""

    def run(**map3):
        network, folder = {"name": "vgg_gap", "width": 2}, tmp_path / "results/mine"
        scores = [{"system": "a", "split": split, "metric": "map3", "value": value} for split, value in map3.items()]
        write_scores(scores, folder / "scores.csv")
        write_model(folder / "systems/a/stage00/fold0/model.safetensors", {}, {"network": network, "classes": 12})
        system = dict.fromkeys(["title", "source", "label_noise", "pretrained"], "") | {
            "front_end": {"name": "mel"},
            "published": [],
        }
        catalogue_systems.main(
            results=tmp_path / "results",
            catalogue=tmp_path / "systems.csv",
            settings=catalogue_systems.Settings(
                systems={"a": system | {"network": network | {"width": 48}, "classes": 41}}, ensembles={}
            ),
        )
        return pd.read_csv(tmp_path / "systems.csv").loc[0]

    return run


def test_all_test_clips_decide_and_where_there_are_none_the_verified_ones(catalogued):
    row = catalogued(public=0.7, oof_verified=0.9, all=0.8)
    assert (row["run_split"], row["run_map3"]) == ("all", 0.8)
    row = catalogued(public=0.7, oof_verified=0.9)
    assert (row["run_split"], row["run_map3"]) == ("oof_verified", 0.9)


def test_what_was_run_has_the_parameters_of_its_own_classes_and_the_published_size_its_own(catalogued):
    """Dorfer & Widmer 2018, Table 1, of base width w and with c classes: 3619 w^2 + 25 w kernels, 8 w c in the last
    layer, a factor and an offset for each of 74 w + c maps."""
    row = catalogued(all=0.8)
    assert row["run_parameters"] == 3619 * 2**2 + 25 * 2 + 8 * 2 * 12 + 2 * (74 * 2 + 12)
    assert row["parameters"] == PUBLISHED_SIZE["dorfer-a"]


def test_no_configuration_changes_what_the_catalogue_lists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where .snakemake remembers what files hold
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    reduced = {"size": "tiny", "sizes": {"tiny": TINY | {"iqbal-stack8": {"systems": PAIR}}}, "dataset": "fsdnoisy18k"}
    published = {"size": "published", "dataset": "fsdkaggle2018"}
    assert Plan(config | reduced).catalogue.catalogue_systems({}) == Plan(
        config | published
    ).catalogue.catalogue_systems({})


# ---------------------------------------------------------------- of what has been run


def catalogue(folder, table):
    """Return what the stage, with what the plan says, lists of the results in ``folder``."""
    with chdir(table.parent):  # where .snakemake remembers what files hold
        settings = json.loads(Plan(yaml.safe_load((ROOT / "config.yaml").read_text())).catalogue.catalogue_systems({}))
    with chdir(folder):
        settings = read_settings(catalogue_systems.Settings, settings, "catalogue_systems")
        catalogue_systems.main(results=Path("results"), catalogue=table, settings=settings)
    return pd.read_csv(table, keep_default_na=False)


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """Where nothing has been run."""
    folder = tmp_path_factory.mktemp("before")
    return catalogue(folder, folder / "systems.csv")


@pytest.fixture(scope="module")
def after(built, tmp_path_factory):
    return catalogue(built.folder, tmp_path_factory.mktemp("after") / "systems.csv")


def test_without_results_no_system_was_run(before):
    assert set(before["run"]) == {"not run"}
    assert set(before["run_map3"]) == {""}


def test_every_recipe_and_every_published_ensemble_stands_in_it_once(before):
    folders = {"system": "systems", "ensemble": "ensembles"}
    for kind, folder in folders.items():
        names = {path.stem for path in (ROOT / folder).glob("*.yaml")}
        assert sorted(before.loc[before["kind"] == kind, "system"]) == sorted(names)


def test_parameters_are_those_of_the_published_size(before, after):
    for table in (before, after):
        found = table.drop_duplicates("system").set_index("system")["parameters"]
        assert {name: found[name] for name in PUBLISHED_SIZE} == PUBLISHED_SIZE


def test_an_ensemble_has_the_parameters_of_its_systems(before):
    parameters = before.set_index("system")["parameters"]
    assert parameters["dorfer"] == parameters[["dorfer-a", "dorfer-b", "dorfer-c"]].sum()


def test_what_is_pretrained_says_so_and_a_classifier_counts_what_it_fits(before):
    table = before.set_index("system")
    linear, nearest = table.loc["yamnet-linear"], table.loc["yamnet-knn"]
    assert linear["pretrained"] == nearest["pretrained"] == "yamnet"
    assert linear["parameters"] == (2 * 1024 + 1) * 41  # mean and maximum of 1024 values, 41 classes
    assert nearest["parameters"] == 0
    assert linear["network"].startswith("linear (C [0.001")
    assert linear["front_end"] == "yamnet (pool ['mean', 'max'])"
    assert table.loc["dorfer-a", "pretrained"] == ""


def test_systems_of_task_4_stand_in_it_with_their_own_classes_and_measure(before, detected, tmp_path):
    assert before.set_index("system").loc["t4-baseline", "parameters"] == 126_090  # ten classes
    assert "event_f1 test 0.0751, round 0" in before.set_index("system").loc["t4-baseline", "published"]
    table = catalogue(detected.folder, tmp_path / "systems.csv").set_index("system")
    scores = pd.read_csv(detected.folder / "results/task4_scores.csv").set_index(["system", "split", "metric"])
    for row, detection in (("t4-baseline", "t4-baseline round 1"), ("t4-cpjku-kd", "t4-cpjku-kd")):
        assert (table.loc[row, "run"], table.loc[row, "run_split"]) == ("results/soundscapes", "test")
        assert float(table.loc[row, "run_event_f1"]) == scores.loc[(detection, "test", "event_f1"), "value"]
    assert int(table.loc["t4-cpjku-shallow", "run_parameters"]) < 1000, "it has no round 0"


def test_published_scores_stand_with_their_measure_and_split(before):
    published = before.set_index("system")["published"]
    assert "map3 private 0.951" in published["iqbal-stack8"]  # Iqbal et al. 2018, Table 5
    assert published["dorfer-a"] == ""  # the paper gives none


def test_what_was_run_tells_where_how_large_and_its_score(after, built):
    row = after.set_index("system").loc["iqbal-vgg13-a"]
    assert row["run"] == "results/fsdkaggle2018-demo"
    assert int(row["run_parameters"]) < 20_000  # two filters in its first layer instead of 64
    with open(built.folder / "results/fsdkaggle2018-demo/scores.csv", newline="") as file:
        scores = {(r["system"], r["split"], r["metric"]): r["value"] for r in csv.DictReader(file)}
    assert (float(row["run_map3"]), row["run_split"]) == (float(scores["iqbal-vgg13-a", "all", "map3"]), "all")
    assert after.set_index("system").loc["iqbal-gcnn-a", "run"] == "not run"


def listed(project):
    """Run Snakemake; return what it has printed, and where dorfer-a was run."""
    status, printed = project.run("results/systems.csv")
    assert status == 0, printed
    table = pd.read_csv(project.folder / "results/systems.csv")
    return printed, set(table.loc[table["system"] == "dorfer-a", "run"])


def test_a_new_score_renews_the_catalogue_and_nothing_else(built, tmp_path):
    project = built.copy(tmp_path / "project")
    assert listed(project)[1] == {"results/fsdkaggle2018-demo"}
    assert project.planned("results/systems.csv") == {}
    scores = project.folder / "results/fsdkaggle2018-demo/scores.csv"
    (project.folder / "results/other").mkdir()
    (project.folder / "results/other/scores.csv").write_bytes(scores.read_bytes())
    printed, folders = listed(project)
    assert re.findall(r"(?m)^(?:local)?rule (\w+):$", printed) == ["catalogue_systems"]
    assert folders == {"results/fsdkaggle2018-demo", "results/other"}
