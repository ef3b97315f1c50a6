"""SLURM jobs of a Snakemake that was killed: nobody waits for them, and they would write what the next run computes."""

import re
import subprocess
import time
from pathlib import Path

from workflow_scripts.common.errors import UserError

RUN = re.compile(r"[\w-]*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # the plugin names jobs by their run
SECONDS_TO_END = 300


def cancel_orphans(folder):
    """Cancel this user's SLURM jobs that an earlier Snakemake submitted from ``folder``; return their numbers.

    To be called by the only Snakemake in ``folder``, before it submits anything. Trainings save where they are; the
    function returns when all have ended. Raises UserError where SLURM does not answer, or a job does not end.
    """
    orphans = _jobs_from(folder)
    if orphans:
        _answer("scancel", *orphans)
        end = time.monotonic() + SECONDS_TO_END
        while remaining := [job for job in _jobs_from(folder) if job in orphans]:
            if time.monotonic() > end:
                raise UserError(f"SLURM job {remaining[0]} of an earlier run in {folder} does not end; see squeue --me")
            time.sleep(1)
    return orphans


def _jobs_from(folder):
    """Return the numbers of the plugin's jobs whose working directory is ``folder``."""
    lines = _answer("squeue", "--me", "--noheader", "--format=%A|%j|%k|%Z").splitlines()
    jobs = [line.split("|", 3) for line in lines]
    return [
        number
        for number, name, comment, started_in in jobs
        if RUN.fullmatch(name) and comment.startswith(("rule_", "group_")) and Path(started_in) == Path(folder)
    ]


def _answer(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"{command[0]}: {done.stderr.strip()}; is this a login node of the cluster?")
    return done.stdout
