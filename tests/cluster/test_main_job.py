"""The main job through profiles/slurm, as SLURM itself saw it."""

from datetime import datetime

import pytest

from tests.cluster.conftest import DATA
from tests.cluster.slurm import gpus, rule_of

pytestmark = pytest.mark.cluster

# rule -> jobs, with two systems of two folds and one stage of self-verification
ON_GPUS = {"measure_speed": 2, "train": 6, "predict_stage": 3}
ON_CPUS = {
    "inspect_audio": 1,
    "extract_features": 2,
    "predict_baselines": 1,
    "stack_systems": 2,  # the stack, and the log-linear pool
    "score_systems": 1,
}


def counted(records):
    rules = [rule_of(record) for record in records]
    return {rule: rules.count(rule) for rule in rules}


def test_the_same_bytes_come_out_as_without_a_cluster(submitted, built):
    assert submitted.tables() == built.tables()


def test_every_job_ended_at_the_first_attempt(submitted):
    assert {record["State"] for record in submitted.records} == {"COMPLETED"}


def test_every_training_had_exactly_one_gpu(submitted):
    with_gpu = [record for record in submitted.records if record["Partition"] == "gpu"]
    assert counted(with_gpu) == ON_GPUS
    assert {gpus(record) for record in with_gpu} == {1}


def test_jobs_without_a_gpu_stay_off_the_gpu_partition_and_light_rules_are_no_jobs_at_all(submitted):
    others = [record for record in submitted.records if record["Partition"] != "gpu"]
    assert counted(others) == ON_CPUS
    assert {(record["Partition"], gpus(record)) for record in others} == {("cpu", 0)}


def test_two_trainings_ran_at_once(submitted):
    trainings = [record for record in submitted.records if rule_of(record) == "train"]
    spans = [tuple(datetime.fromisoformat(record[end]) for end in ("Start", "End")) for record in trainings]
    together = [sum(start <= other < end for start, end in spans) for other, _ in spans]
    assert max(together) == 2, "as many as there are GPUs"


def test_a_job_says_in_its_log_that_it_saw_no_gpu_and_took_the_cpu(submitted):
    logs = list((submitted.folder / DATA / "logs").glob("train/*.stage00.*.log"))
    assert len(logs) == 4
    for log in logs:
        assert "no GPU" in log.read_text()


def test_slurms_own_logs_of_successful_jobs_are_gone(submitted):
    assert not list((submitted.folder / ".snakemake" / "slurm_logs").rglob("*.log"))


def test_a_second_run_submits_nothing(submitted):
    status, printed = submitted.run("results/task2_ensemble.csv")
    assert status == 0
    assert "Nothing to be done" in printed
