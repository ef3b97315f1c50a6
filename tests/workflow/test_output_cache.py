"""Snakemake's output cache: a second checkout takes features and models from it, where their provenance is the same."""

import os
import shutil

import pytest

DEMO = "results/fsdkaggle2018-demo"
ROUND = f"{DEMO}/systems/iqbal-vgg13-a/stage00"
TARGET, MODEL = f"{ROUND}/oof.parquet", f"{ROUND}/fold0/model.safetensors"
CACHED = ["extract_features", "train"]
CACHE = ["--cache", *CACHED, "--"]


@pytest.fixture(scope="module")
def cache(built, tmp_path_factory):
    """Yield the checkout that has filled the cache."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["SNAKEMAKE_OUTPUT_CACHE"] = str(folder)
    first = checkout(built, tmp_path_factory.mktemp("first"))
    status, printed = first.run(*CACHE, TARGET)
    assert status == 0, printed
    yield first
    del os.environ["SNAKEMAKE_OUTPUT_CACHE"]


def computed(project):
    """The cached rules with how often their stages really ran: only a stage writes anything into its log."""
    logs = project.folder / DEMO / "logs"
    return {rule: sum(log.stat().st_size > 0 for log in logs.glob(f"{rule}/*.log")) for rule in CACHED}


def checkout(built, folder, **training):
    """A checkout with the clips and folds, but no features and no models."""
    project = built.copy(folder / "project")
    for place in ("features", "systems", "logs"):
        shutil.rmtree(project.folder / DEMO / place)
    config = project.config()
    config["sizes"]["tiny"]["iqbal-vgg13-a"]["training"] |= training
    project.write_config(config)
    return project


def test_a_second_checkout_takes_features_and_models_from_the_cache(cache, built, tmp_path):
    project = checkout(built, tmp_path)
    status, printed = project.run(*CACHE, TARGET)
    assert status == 0, printed
    assert computed(cache) == {"extract_features": 1, "train": 2}
    assert computed(project) == {"extract_features": 0, "train": 0}
    assert project.tables() == cache.tables()
    assert project.planned(TARGET) == {}, "also without the cache it is up to date"


def test_each_fold_has_a_model_of_its_own_in_the_cache(cache):
    """Snakemake finds a cached file by the rule's parameters and inputs, which the folds share but for their number."""
    folder = cache.folder / ROUND
    models = [(folder / f"fold{fold}/model.safetensors").read_bytes() for fold in range(2)]
    assert models[0] != models[1]


def test_a_changed_parameter_misses_the_cache_from_there_on(cache, built, tmp_path):
    project = checkout(built, tmp_path, learning_rate=0.002)
    status, printed = project.run(*CACHE, MODEL)
    assert status == 0, printed
    assert computed(project) == {"extract_features": 0, "train": 1}
    assert (project.folder / MODEL).read_bytes() != (cache.folder / MODEL).read_bytes()


def test_changed_code_misses_the_cache_from_there_on(cache, built, tmp_path):
    project = checkout(built, tmp_path)
    network = project.folder / "workflow_scripts/parts/networks/vgg13.py"
    network.write_text(network.read_text() + "\nEDITED = True\n")
    status, printed = project.run(*CACHE, MODEL)
    assert status == 0, printed
    assert computed(project) == {"extract_features": 0, "train": 1}
    assert (project.folder / MODEL).read_bytes() == (cache.folder / MODEL).read_bytes(), "the edit changes no result"


@pytest.mark.nightly
def test_changed_code_that_changes_no_result_gives_the_same_tables(cache, built, tmp_path):
    project = checkout(built, tmp_path)
    network = project.folder / "workflow_scripts/parts/networks/vgg13.py"
    network.write_text(network.read_text() + "\nEDITED = False\n")  # not the edit whose models are in the cache
    status, printed = project.run(*CACHE, TARGET)
    assert status == 0, printed
    assert computed(project) == {"extract_features": 0, "train": 2}
    assert project.tables() == cache.tables()


def test_without_the_cache_nothing_of_it_is_used(cache, built, tmp_path):
    project = checkout(built, tmp_path)
    status, printed = project.run(f"{DEMO}/features/log-mel-a/index.csv")
    assert status == 0, printed
    assert computed(project) == {"extract_features": 1, "train": 0}
