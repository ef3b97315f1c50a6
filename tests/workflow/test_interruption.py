"""A job killed at any moment, and the same command again: the same bytes as an undisturbed run."""

import random
import shutil
import signal
import time

import psutil
import pytest

from tests.project import Project

SYSTEMS = "results/fsdkaggle2018-demo/systems"


def stage_running(name, seconds=0.0):
    """The stage ``name``, such as ``data.list_clips``, has been running for ``seconds``.

    They are less than its imports take, so that it is never missed.
    """

    def found(project, processes):
        for process in processes:
            stage = f"workflow_scripts.{name}" in process.cmdline()
            if stage and process.name().startswith("python") and time.time() - process.create_time() >= seconds:
                return process
        return None

    return found


def half_written(name, folder):
    """The stage ``name`` is in the middle of writing a file below ``folder``."""
    running = stage_running(name)

    def found(project, processes):
        try:
            begun = list((project.folder / "results").rglob(f"{folder}/**/.*.part"))
        except FileNotFoundError:  # a folder has gone while it was looked into
            return None
        return running(project, processes) if begun else None

    return found


def checkpoint_written(folder):
    """A training in ``folder`` is running and has saved a resume file."""

    def found(project, processes):
        for process in processes:
            command = process.cmdline()
            if "--folder" in command and process.name().startswith("python"):
                place = command[command.index("--folder") + 1]
                if folder in place and (project.folder / place / "resume.safetensors").exists():
                    return process
        return None

    return found


def run_until(project, moment, strike, *targets):
    """Run Snakemake until ``moment`` finds a process, ``strike(snakemake, process)``; return whether it found one."""
    with open(project.folder / "printed.txt", "w") as printed:
        snakemake = project.start(*targets, stdout=printed, stderr=printed)
        while snakemake.poll() is None:
            try:
                process = moment(project, psutil.Process(snakemake.pid).children(recursive=True))
                if process is not None:
                    strike(snakemake, process)
                    assert snakemake.wait() != 0, "a killed job must not pass unnoticed"
                    return True
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.01)
    return False


def struck(project, moment, strike, *targets):
    """The same, again from the beginning where the moment was over before it was seen.

    Return whether it was found, and the logs of the trainings that went on from a checkpoint meanwhile.
    """
    continued = set()
    for _ in range(3):
        found = run_until(project, moment, strike, *targets)
        continued |= continued_trainings(project)
        if found:
            break
        shutil.rmtree(project.folder / "results")
    return found, continued


def continued_trainings(project):
    logs = (project.folder / "results").rglob("*.log")
    return {log for log in logs if "continuing after epoch" in log.read_text()}


@pytest.mark.nightly
def test_killed_anywhere_and_repeated_it_ends_with_the_same_bytes(built, tmp_path, pytestconfig):
    project = Project(tmp_path / "project")
    chance = random.Random(pytestconfig.option.seed)
    moments = [
        stage_running("data.unpack_archive"),
        half_written("front_ends.extract_features", "features"),
        checkpoint_written("iqbal-vgg13-a/stage00"),
        checkpoint_written("dorfer-a/stage00"),
        checkpoint_written("dorfer-a/stage01"),
        stage_running("prediction.predict_stage", chance.uniform(0, 1)),
        stage_running("scoring.score_systems", chance.uniform(0, 1)),
    ]
    continued = set()
    for moment in moments:
        killed, went_on = struck(project, moment, lambda snakemake, process: process.send_signal(signal.SIGKILL))
        assert killed, (project.folder / "printed.txt").read_text()
        continued |= went_on
        waiting = {path.parent for path in (project.folder / SYSTEMS).rglob("resume.safetensors")}
        finished = {path.parent for path in (project.folder / SYSTEMS).rglob("model.safetensors")}
        assert not waiting & finished, "a folder holds a resume file or a model, never both"
    status, printed = project.run()
    assert status == 0, printed
    continued |= continued_trainings(project)
    assert len(continued) >= 3, "trainings go on from their last checkpoint"
    assert project.tables() == built.tables()
    results = project.folder / "results"
    assert not [*results.rglob("*.part"), *results.rglob("resume*")], "nothing half-written is left"


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_snakemake_is_continued_by_the_same_command(built, tmp_path, kill):
    """Ctrl-C and a time limit: Snakemake stops its jobs, releases its lock, and the next run goes on."""
    index = "results/fsdkaggle2018-demo/features/log-mel-a/index.csv"
    project = built.copy(tmp_path / "project")
    for path in (project.folder / index).parent.iterdir():
        path.unlink()
    moment = half_written("front_ends.extract_features", "features")
    interrupted, _ = struck(project, moment, lambda snakemake, process: snakemake.send_signal(kill), index)
    assert interrupted, (project.folder / "printed.txt").read_text()
    assert not [*(project.folder / "results").rglob("*.part")], "its jobs have ended, too"
    status, printed = project.run(index)
    assert status == 0, printed
    assert project.tables()[index] == built.tables()[index]
