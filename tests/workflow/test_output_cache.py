"""Snakemake's output cache: a second checkout takes features and models from it, where their provenance is the same."""

import os
import shutil

import pytest

from tests.project import Project

TARGET = "results/fsdkaggle2018-demo/systems/iqbal-vgg13-a/round00/oof.parquet"
CACHED = ["find_segments", "extract_features", "train"]
CACHE = ["--cache", *CACHED, "--"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Return the folder of the cache, filled by one checkout, and what that computed."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["SNAKEMAKE_OUTPUT_CACHE"] = str(folder)
    first = Project(tmp_path_factory.mktemp("first") / "project")
    status, printed = first.run(*CACHE, TARGET)
    assert status == 0, printed
    yield first
    del os.environ["SNAKEMAKE_OUTPUT_CACHE"]


def computed(project):
    """The cached rules with how often their stages really ran: only a stage writes anything into its log."""
    logs = project.folder / "results" / "fsdkaggle2018-demo" / "logs"
    return {rule: sum(log.stat().st_size > 0 for log in logs.glob(f"{rule}/*.log")) for rule in CACHED}


def second_checkout(first, folder, **training):
    """The sources of ``first`` without its results."""
    project = first.copy(folder / "project")
    shutil.rmtree(project.folder / "results")
    shutil.rmtree(project.folder / ".snakemake")
    config = project.config()
    config["sizes"]["tiny"]["iqbal-vgg13-a"]["training"] |= training
    project.write_config(config)
    return project


def test_a_second_checkout_takes_features_and_models_from_the_cache(cache, tmp_path):
    project = second_checkout(cache, tmp_path)
    status, printed = project.run(*CACHE, TARGET)
    assert status == 0, printed
    assert computed(cache) == {"find_segments": 1, "extract_features": 1, "train": 2}
    assert computed(project) == {"find_segments": 0, "extract_features": 0, "train": 0}
    assert project.tables() == cache.tables()
    assert project.planned(TARGET) == {}, "also without the cache it is up to date"


def test_each_fold_has_a_model_of_its_own_in_the_cache(cache):
    """Snakemake finds a cached file by the rule's parameters and inputs, which the folds share but for their number."""
    folder = cache.folder / "results/fsdkaggle2018-demo/systems/iqbal-vgg13-a/round00"
    models = [(folder / f"fold{fold}/model.safetensors").read_bytes() for fold in range(2)]
    assert models[0] != models[1]


def test_a_changed_parameter_misses_the_cache_from_there_on(cache, tmp_path):
    project = second_checkout(cache, tmp_path, learning_rate=0.002)
    status, printed = project.run(*CACHE, TARGET)
    assert status == 0, printed
    assert computed(project) == {"find_segments": 0, "extract_features": 0, "train": 2}
    assert project.tables()[TARGET] != cache.tables()[TARGET]


def test_changed_code_misses_the_cache_from_there_on(cache, tmp_path):
    project = second_checkout(cache, tmp_path)
    network = project.folder / "workflow_scripts/networks/vgg13.py"
    network.write_text(network.read_text() + "\nEDITED = True\n")
    status, printed = project.run(*CACHE, TARGET)
    assert status == 0, printed
    assert computed(project) == {"find_segments": 0, "extract_features": 0, "train": 2}
    assert project.tables() == cache.tables(), "the edit changes no result"


def test_without_the_cache_nothing_of_it_is_used(cache, tmp_path):
    project = second_checkout(cache, tmp_path)
    status, printed = project.run("results/fsdkaggle2018-demo/features/log-mel-a/index.csv")
    assert status == 0, printed
    assert computed(project) == {"find_segments": 1, "extract_features": 1, "train": 0}
