"""SLURM jobs of a Snakemake that was killed: nobody waits for them, and they would write what the next run computes."""

import re
import subprocess
import time
from pathlib import Path

from workflow_scripts.common.errors import UserError

RUN = re.compile(r"[\w-]*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # the plugin names jobs by their run
SECONDS_TO_END = 120


def cancel_orphans(folder):
    """Cancel this user's SLURM jobs that an earlier Snakemake submitted from ``folder``; return their numbers.

    To be called by the only Snakemake in ``folder``, before it submits anything. Trainings save where they are. Returns
    when all have ended, or do not end within ``SECONDS_TO_END``; raises UserError where SLURM does not answer.
    """
    orphans = _jobs_from(folder)
    if orphans:
        subprocess.run(["scancel", *orphans], check=False)  # one may have ended meanwhile
        end = time.monotonic() + SECONDS_TO_END
        while set(_jobs_from(folder)) & set(orphans) and time.monotonic() < end:
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
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", "").strip() or error
        raise UserError(f"{command[0]}: {why}; is this a login node of the cluster?") from None
