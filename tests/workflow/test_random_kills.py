"""Killed at random moments, again and again: the same command always goes on, and ends with the same bytes."""

import random
import shutil
import signal
import time
from contextlib import suppress

import psutil
import pytest

SYSTEM = "results/fsdkaggle2018-demo/systems/dorfer-a"
STRIKES = {
    "a stage killed": ("stage", signal.SIGKILL),
    "a stage told to stop": ("stage", signal.SIGTERM),
    "Snakemake killed": ("snakemake", signal.SIGKILL),
    "Snakemake told to stop": ("snakemake", signal.SIGTERM),
    "Ctrl-C": ("snakemake", signal.SIGINT),
}


@pytest.mark.parametrize("kills", [5, pytest.param(15, marks=pytest.mark.nightly)])
def test_killed_at_random_moments_again_and_again(built, tmp_path, capsys, pytestconfig, kills):
    """Each kind of strike equally often."""
    seed = 2018 if kills == 5 else pytestconfig.option.seed
    project = built.copy(tmp_path / "project")
    shutil.rmtree(project.folder / SYSTEM)
    chance = random.Random(seed)
    todo = chance.sample([*STRIKES] * (kills // len(STRIKES)), kills)
    while todo:
        if run_and_strike(project, todo[-1], chance):
            todo.pop()
        else:  # it had ended before
            shutil.rmtree(project.folder / SYSTEM, ignore_errors=True)
    status, printed = project.run(f"{SYSTEM}/oof.parquet")
    assert status == 0, printed
    assert project.tables() == built.tables()
    with capsys.disabled():
        print(f"\n{kills} kills at random moments, seed {seed}")


def run_and_strike(project, strike, chance):
    """Run until some time after a stage has begun; return whether ``strike`` was made before the run had ended."""
    target, kind = STRIKES[strike]
    seconds, begun = chance.uniform(0, 5), None
    with open(project.folder / "printed.txt", "w") as printed:
        snakemake = project.start(f"{SYSTEM}/oof.parquet", stdout=printed, stderr=printed)
    while snakemake.poll() is None:
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            stages = stages_running(snakemake)
            begun = begun or (time.monotonic() if stages else None)
            victims = {"snakemake": [psutil.Process(snakemake.pid)], "stage": stages}[target]
            if begun and victims and time.monotonic() >= begun + seconds:
                chance.choice(victims).send_signal(kind)
                snakemake.wait()
                return True
        time.sleep(0.05)
    return False


def stages_running(snakemake):
    """Return the processes of the stages that ``snakemake`` has started."""
    children = psutil.Process(snakemake.pid).children(recursive=True)
    return [child for child in children if child.name().startswith("python") and "-m" in child.cmdline()]
