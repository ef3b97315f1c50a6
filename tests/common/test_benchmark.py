"""What a job has cost: the table beside its log, and the costs of all jobs."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.common.benchmark import SUFFIX, add_attempt, read_attempts
from workflow_scripts.report.costs import tabulate_costs
from workflow_scripts.tables.costs import Costs

ROOT = Path(__file__).parents[2]
STAGE = """
    import time
    from pathlib import Path
    from workflow_scripts.common.errors import UserError
    from workflow_scripts.common.stage import run

    def main(*, settings: dict, way: str):
        if way == "mistake":
            raise UserError("a.csv: mend it")
        if way == "wait":
            Path("waiting").touch()
            time.sleep(60)
        if way == "work":
            filled = bytearray(200_000_000)
            until = time.process_time() + 0.3
            while time.process_time() < until:
                pass
        return 7

    run(main)
"""


@pytest.fixture
def start(tmp_path):
    """A function that starts a stage in ``tmp_path``."""
    (tmp_path / "stage.py").write_text(textwrap.dedent(STAGE))

    def started(way, settings='{"x": 1}'):
        command = [sys.executable, "stage.py", "--settings", settings, "--way", way, "--log", "logs/train/a.fold0.log"]
        return subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=-1)

    return started


def attempts(tmp_path):
    return read_attempts(tmp_path / f"logs/train/a.fold0{SUFFIX}")


def test_a_job_leaves_its_time_memory_and_clips_beside_its_log(start, tmp_path):
    assert start("work").wait() == 0
    (row,) = attempts(tmp_path)
    assert (row["outcome"], row["device"], row["clips"]) == ("done", "CPU", 7)
    assert float(row["peak_memory_mb"]) > 200
    assert float(row["cpu_seconds"]) >= 0.3
    assert float(row["wall_seconds"]) >= 0.3


def test_the_memory_of_the_process_that_started_the_job_does_not_count(start, tmp_path):
    started = ["stage.py", "--settings", "{}", "--way", "done", "--log", "logs/train/a.fold0.log"]
    parent = f"import subprocess, sys; x = bytearray(b'1' * 300_000_000); subprocess.run([sys.executable, *{started}])"
    subprocess.run([sys.executable, "-c", parent], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    (row,) = attempts(tmp_path)
    assert float(row["peak_memory_mb"]) < 200


def test_the_attempts_that_led_to_a_result_are_kept_together(start, tmp_path):
    start("mistake").wait()
    waiting = start("wait")
    while not (tmp_path / "waiting").exists():
        time.sleep(0.01)
    waiting.send_signal(signal.SIGTERM)
    waiting.wait()
    start("done").wait()
    assert [row["outcome"] for row in attempts(tmp_path)] == ["failed", "interrupted", "done"]


def test_after_a_success_a_new_table_begins(start, tmp_path):
    for way in ("done", "mistake"):
        start(way).wait()
    assert [row["outcome"] for row in attempts(tmp_path)] == ["failed"]


def test_attempts_with_other_settings_are_forgotten(start, tmp_path):
    start("mistake").wait()
    start("mistake", '{"x": 2}').wait()
    assert len(attempts(tmp_path)) == 1


def test_a_table_that_cannot_be_read_fails_no_job(start, tmp_path):
    table = tmp_path / f"logs/train/a.fold0{SUFFIX}"
    table.parent.mkdir(parents=True)
    table.write_bytes(b"\xff\x00 no table")
    assert start("done").wait() == 0
    assert len(attempts(tmp_path)) == 1


def test_a_table_that_cannot_be_written_fails_no_job(tmp_path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    add_attempt(tmp_path / "logs/train.log", {"x": 1}, "done")
    assert read_attempts(tmp_path / f"logs/train{SUFFIX}") == []


HEADER = "settings,outcome,wall_seconds,cpu_seconds,peak_memory_mb,device,peak_gpu_memory_mb,clips\n"


@pytest.mark.parametrize(
    "damaged",
    [
        "s,done,800,700,25",  # its end is missing
        "s,done,800,700,2500,H200,4000,8000,1\n",
        "s,done,800,700,2500,H200,4000,many\n",
    ],
)
def test_a_damaged_row_is_no_attempt_and_the_others_are(tmp_path, damaged):
    path = tmp_path / f"train{SUFFIX}"
    path.write_text(HEADER + "s,failed,1000,900,2000,H200,5000,0\n" + damaged)
    assert [row["outcome"] for row in read_attempts(path)] == ["failed"]


def test_a_table_with_other_columns_holds_no_attempts(tmp_path):
    path = tmp_path / f"train{SUFFIX}"
    path.write_text(HEADER.replace(",clips", "") + "s,done,800,700,2500,H200,4000\n")
    assert read_attempts(path) == []


def test_costs_are_added_up_by_rule_and_device(tmp_path):
    """Two trainings on a GPU, one of them interrupted once, and a rule without clips on a CPU."""
    (tmp_path / "logs/train").mkdir(parents=True)
    (tmp_path / f"logs/train/a.fold0{SUFFIX}").write_text(
        HEADER + "s,interrupted,1000,900,2000,H200,5000,0\ns,done,800,700,2500,H200,4000,8000\n"
    )
    (tmp_path / f"logs/train/a.fold1{SUFFIX}").write_text(HEADER + "s,done,1800,1500,2200,H200,4500,8000\n")
    (tmp_path / f"logs/score_systems{SUFFIX}").write_text(HEADER + "s,done,4.5,4.0,300,CPU,0,0\n")
    tabulate_costs(tmp_path / "logs", tmp_path / "costs.csv")
    table = pd.read_csv(tmp_path / "costs.csv").set_index("rule")
    assert list(table.index) == ["train", "score_systems"]
    train = table.loc["train"]
    assert (train["device"], train["jobs"], train["attempts"]) == ("H200", 2, 3)
    assert (train["wall_seconds"], train["gpu_hours"]) == (3600, 1)
    assert (train["peak_memory_mb"], train["peak_gpu_memory_mb"]) == (2500, 5000)
    assert (train["clips"], train["clips_per_second"]) == (16000, pytest.approx(16000 / 3600, abs=0.01))
    assert table.loc["score_systems", ["gpu_hours", "jobs"]].tolist() == [0, 1]
    assert table.loc["score_systems", ["clips", "clips_per_second"]].isna().all()


def test_jobs_are_those_that_have_ended_well(tmp_path):
    for name, outcome in [("train/a", "done"), ("train/b", "failed"), ("predict_stage/a", "interrupted")]:
        path = tmp_path / f"logs/{name}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + f"s,{outcome},10,9,300,CPU,0,0\n")
    tabulate_costs(tmp_path / "logs", tmp_path / "costs.csv")
    table = pd.read_csv(tmp_path / "costs.csv").set_index("rule")
    assert table["jobs"].to_dict() == {"train": 1, "predict_stage": 0}
    assert table["attempts"].to_dict() == {"train": 2, "predict_stage": 1}


def test_costs_of_nothing_are_a_table_without_rows(tmp_path):
    tabulate_costs(tmp_path, tmp_path / "costs.csv")
    assert (tmp_path / "costs.csv").read_text() == ",".join(Costs.columns) + "\n"
