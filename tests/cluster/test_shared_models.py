"""Snakemake's output cache on a cluster, where each job looks for its model by itself."""

import pytest

from tests.cluster.conftest import DATA, ClusterProject

pytestmark = pytest.mark.cluster

FOLD = f"{DATA}/systems/iqbal-vgg13-a/stage00/fold0"


def test_a_second_checkout_finds_the_model_that_a_job_of_the_first_trained(slurm, built, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(cache))
    trained = []
    for name in ("first", "second"):
        project = ClusterProject.without(built, tmp_path / name, FOLD)
        (log,) = (project.folder / DATA / "logs/train").glob("iqbal-vgg13-a.stage00.fold0.log")
        log.unlink()
        status, printed = project.run("--cache", "train", "--", f"{FOLD}/model.safetensors")
        assert status == 0, printed
        model = project.folder / FOLD / "model.safetensors"
        assert model.resolve().parent == cache
        assert model.read_bytes() == (built.folder / FOLD / "model.safetensors").read_bytes()
        trained.append(log.exists() and log.stat().st_size > 0)
    assert trained == [True, False]
