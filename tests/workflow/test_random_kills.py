"""Killed at random moments, again and again: the same command always goes on, and ends with the same bytes."""

import random
import shutil
import signal
import time

import psutil

SYSTEM = "results/fsdkaggle2018-demo/systems/dorfer-a"
SEED, KILLS = 2018, 20
STRIKES = {
    "a stage killed": ("stage", signal.SIGKILL),
    "a stage told to stop": ("stage", signal.SIGTERM),
    "Snakemake killed": ("snakemake", signal.SIGKILL),
    "Snakemake told to stop": ("snakemake", signal.SIGTERM),
    "Ctrl-C": ("snakemake", signal.SIGINT),
}


def test_killed_at_random_moments_again_and_again(built, tmp_path, capsys):
    project = built.copy(tmp_path / "project")
    shutil.rmtree(project.folder / SYSTEM)
    chance, done = random.Random(SEED), []
    while len(done) < KILLS:
        if struck := run_and_strike(project, chance):
            done.append(struck)
        else:  # it had ended before
            shutil.rmtree(project.folder / SYSTEM, ignore_errors=True)
    status, printed = project.run(f"{SYSTEM}/oof.parquet")
    assert status == 0, printed
    assert project.tables() == built.tables()
    with capsys.disabled():
        counts = ", ".join(f"{done.count(strike)} x {strike}" for strike in STRIKES)
        print(f"\n{KILLS} kills at random moments, seed {SEED}: {counts}")


def run_and_strike(project, chance):
    """Run until some time after a stage has begun; return which strike was made, or None where the run ended before."""
    strike = chance.choice(list(STRIKES))
    target, kind = STRIKES[strike]
    seconds = chance.uniform(0, 5)
    with open(project.folder / "printed.txt", "w") as printed:
        snakemake = project.start(f"{SYSTEM}/oof.parquet", stdout=printed, stderr=printed)
    try:
        while snakemake.poll() is None and not stages_running(snakemake):
            time.sleep(0.05)
        time.sleep(seconds)
        victims = {"snakemake": [psutil.Process(snakemake.pid)], "stage": stages_running(snakemake)}[target]
        chance.choice(victims).send_signal(kind)
    except (psutil.NoSuchProcess, IndexError):
        strike = None
    snakemake.wait()
    return strike


def stages_running(snakemake):
    """Return the processes of the stages that ``snakemake`` has started."""
    children = psutil.Process(snakemake.pid).children(recursive=True)
    return [child for child in children if child.name().startswith("python") and "-m" in child.cmdline()]
