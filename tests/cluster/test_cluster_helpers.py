"""In front of a cluster: which jobs are orphans, and how long the plugin pauses. SLURM's commands are stood in for."""

import os

import pytest
from snakemake_executor_plugin_slurm import Executor

from workflow_scripts.cluster.orphans import cancel_orphans
from workflow_scripts.cluster.polling import bound_pauses
from workflow_scripts.common.errors import UserError

RUN = "4bf7dbc9-1f2e-4c3d-8a9b-0123456789ab"
SQUEUE = """#!/bin/sh
[ -e ended ] || cat queue
[ ! -e cancelled ] || touch ended
"""  # a job is still there once after it was cancelled
SCANCEL = """#!/bin/sh
echo "$@" > cancelled
"""


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Return a function that puts programs into the PATH; they run in ``tmp_path``."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)

    def install(**programs):
        for name, text in programs.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)

    return install


def test_only_jobs_that_a_snakemake_submitted_from_this_folder_are_cancelled(commands, tmp_path):
    commands(squeue=SQUEUE, scancel=SCANCEL)
    queue = [
        f"11|{RUN}|rule_train_wildcards_a_0|/data/project",
        f"12|my-prefix_{RUN}|rule_score_systems|/data/project",
        f"13|{RUN}|rule_train_wildcards_a_0|/data/other",
        "14|snakemake|rule_train|/data/project",
        f"15|{RUN}||/data/project",
    ]
    (tmp_path / "queue").write_text("\n".join(queue) + "\n")
    assert cancel_orphans("/data/project") == ["11", "12"]
    assert (tmp_path / "cancelled").read_text() == "11 12\n"
    assert (tmp_path / "ended").exists(), "it has waited for their end"


def test_nothing_is_cancelled_where_nothing_is_left(commands, tmp_path):
    commands(squeue=SQUEUE, scancel=SCANCEL)
    (tmp_path / "queue").write_text("")
    assert cancel_orphans("/data/project") == []
    assert not (tmp_path / "cancelled").exists()


def test_a_slurm_that_does_not_answer_is_said_in_one_line(commands, monkeypatch):
    commands(squeue="#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1\n")
    with pytest.raises(UserError, match="Unable to contact slurm controller; is this a login node of the cluster"):
        cancel_orphans("/data/project")
    monkeypatch.setenv("PATH", "/none")
    with pytest.raises(UserError, match=r"squeue.*No such file.*is this a login node of the cluster"):
        cancel_orphans("/data/project")


def test_no_pause_of_the_plugin_is_longer_than_the_bound():
    """Its own rule lengthens them up to 180 s."""

    class Bounded(Executor):
        def __init__(self):
            self._next_seconds_between_status_checks = 10

    bound_pauses(Bounded, 15)
    executor = Bounded()
    assert executor.next_seconds_between_status_checks == 10
    executor.next_seconds_between_status_checks = 180
    assert executor.next_seconds_between_status_checks == 15
