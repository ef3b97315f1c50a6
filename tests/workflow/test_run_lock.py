"""One run at a time in a folder; however a run has ended, the same command goes on."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import psutil
import pytest

from tests.project import ROOT, Project
from workflow_scripts.study.run_lock import run_lock

DEMO = "results/fsdkaggle2018-demo"
LISTING = f"{DEMO}/listing.csv"
LOCK = ".snakemake/running.lock"

# ------------------------------------------------------------------ the lock

HOLDER = """
import subprocess, sys
from workflow_scripts.study.run_lock import run_lock
with run_lock(sys.argv[1]):
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(child.pid, flush=True)
    child.wait()
"""


@contextmanager
def holder(path):
    """Yield a process that holds the lock at ``path`` and the process that it has started."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(process.stdout.readline()))
    try:
        yield process, child
    finally:
        child.kill()
        process.kill()
        process.wait()


def test_a_second_process_is_told_who_holds_the_lock(tmp_path):
    path = tmp_path / "new" / "running.lock"
    with holder(path) as (process, _):
        told = rf"^error: {path}: held by process {process.pid} on {socket.gethostname()} since 20\d\d-.*same command"
        with pytest.raises(SystemExit, match=told), run_lock(path):
            pytest.fail("two processes hold the lock")
        with pytest.raises(SystemExit, match=told), run_lock(path):
            pytest.fail("who was refused has wiped the holder's name")


def test_a_killed_holder_leaves_no_lock_though_its_children_live_on(tmp_path):
    path = tmp_path / "running.lock"
    with holder(path) as (process, child):
        process.send_signal(signal.SIGKILL)
        process.wait()
        with run_lock(path):
            assert child.is_running()
            assert path.read_text().startswith(f"process {os.getpid()} on ")


def test_the_lock_ends_with_its_block_be_it_by_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(RuntimeError), run_lock(tmp_path / "running.lock"):
            raise RuntimeError


# ------------------------------------------------------------------ the real Snakemake


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("run_lock") / "project")


@pytest.mark.parametrize("option", [[], ["--touch"]])
def test_a_second_run_in_a_folder_ends_with_one_line(project, option):
    with run_lock(project.folder / LOCK):
        status, printed = project.run(*option, LISTING)
    assert status == 1
    told = [line for line in printed.splitlines() if line.startswith("error: ")]
    assert len(told) == 1 and f"held by process {os.getpid()} on {socket.gethostname()}" in told[0]
    assert "Traceback" not in printed
    assert not (project.folder / LISTING).exists()


@pytest.mark.parametrize(
    ("question", "answer"),
    [(["--dry-run", LISTING], "list_clips"), (["--summary", LISTING], LISTING), (["--unlock"], "Unlocked")],
)
def test_questions_are_answered_beside_a_run(project, question, answer):
    with run_lock(project.folder / LOCK):
        status, printed = project.run(*question)
    assert status == 0 and answer in printed, printed


def test_what_a_killed_run_has_locked_hinders_only_snakemakes_own_lock(built, tmp_path):
    """With the profile of the project the next run goes on; without it Snakemake refuses until --unlock."""
    project = built.copy(tmp_path / "project")
    (project.folder / LISTING).unlink()
    locks = project.folder / ".snakemake/locks"
    locks.mkdir(exist_ok=True)
    (locks / "0.output.lock").write_text(f"{LISTING}\n")
    status, printed = project.run("--workflow-profile", "none", LISTING)
    assert status == 1 and "--unlock" in printed, printed
    status, printed = project.run(LISTING)
    assert status == 0, printed


def training(snakemake):
    """Return the training that a running Snakemake has started, or None."""
    for process in psutil.Process(snakemake.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "workflow_scripts.training.train_model" in process.cmdline() and process.name().startswith("python"):
                return process
    return None


def test_the_same_command_goes_on_from_where_the_orphan_of_a_killed_snakemake_is(built, tmp_path):
    project = built.copy(tmp_path / "project")
    folder = project.folder / DEMO / "systems/iqbal-vgg13-a/stage00"
    target = folder.relative_to(project.folder) / "oof.parquet"
    wanted = [folder / "oof.parquet", *(folder / "fold0").iterdir()]
    models = {path: path.read_bytes() for path in wanted}
    for path in wanted:
        path.unlink()
    first, second = (project.folder / name for name in ("first.txt", "second.txt"))
    with open(first, "w") as printed:  # no pipe: it would end the orphan
        snakemake = project.start(target, stdout=printed, stderr=printed)
        while (orphan := training(snakemake)) is None or not (folder / "fold0/resume.safetensors").exists():
            assert snakemake.poll() is None, first.read_text()
            time.sleep(0.01)
        orphan.suspend()  # as if it were a long training
        snakemake.send_signal(signal.SIGKILL)
        snakemake.wait()
    with open(second, "w") as printed:
        snakemake = project.start(target, stdout=printed, stderr=printed)
        while "waiting for another process" not in second.read_text():
            assert snakemake.poll() is None, second.read_text()
            time.sleep(0.1)
        orphan.resume()
        assert snakemake.wait() == 0, second.read_text()
    assert not orphan.is_running()
    log = project.folder / DEMO / "logs/train/iqbal-vgg13-a.stage00.fold0.log"
    assert "continuing after epoch" in log.read_text(), "the orphan was told to stop, and saved"
    assert {path: path.read_bytes() for path in wanted} == models
    assert project.tables() == built.tables()
