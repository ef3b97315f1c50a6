"""Task 4 through profiles/slurm: a round that learns from teachers, on a cluster."""

import pytest

from tests.cluster.conftest import ClusterProject
from tests.cluster.slurm import rule_of

pytestmark = pytest.mark.cluster

FOLDER = "results/soundscapes"
ON_GPUS = {"measure_speed", "train", "predict_frames"}
ON_CPUS = {"mix_soundscapes", "inspect_audio", "extract_features", "make_tags", "score_events"}


def test_both_passes_of_the_baseline_give_the_same_bytes_as_without_a_cluster(slurm, built, detected, tmp_path):
    project = ClusterProject.without(built, tmp_path / "project")
    config = project.config()
    config["task4"] |= {"systems": ["t4-baseline"], "answer": "t4-baseline"}
    project.write_config(config)
    status, printed = project.run("results/task4_events.csv")
    assert status == 0, printed

    places = f"{FOLDER}/systems/t4-baseline/", f"{FOLDER}/features/", f"{FOLDER}/folds/", f"{FOLDER}/events"
    here, there = (
        {name: digest for name, digest in tables.items() if name.startswith(places)}
        for tables in (project.tables(), detected.tables())
    )
    assert here == there
    assert any(name.endswith("stage01/tags.parquet") for name in here)

    records = slurm.records("Comment", "State", "Partition", "WorkDir")
    records = [record for record in records if record["WorkDir"] == str(project.folder)]
    assert {record["State"] for record in records} == {"COMPLETED"}
    rules = {(rule_of(record), record["Partition"]) for record in records}
    assert rules == {(rule, "gpu") for rule in ON_GPUS} | {(rule, "cpu") for rule in ON_CPUS}
    assert project.run("results/task4_events.csv")[0] == 0
