"""What a chain of jobs on a cluster costs beyond the jobs' own work: queueing, start-up, polling.

    python benchmarks/cluster_waiting.py --levels 3 --seconds 100

Needs root and Debian's SLURM (it starts one on the loopback, as the tests do). A chain of jobs that sleep, four of them
a level, is run by Snakemake with its SLURM plugin: with the plugin's defaults (the reference), with the settings of
profiles/slurm without the bound on the pauses between two questions for finished jobs, and with all of profiles/slurm.
Then the pauses alone, computed from the plugin's rule, for jobs as long as real trainings.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.cluster.slurm import Slurm  # noqa: E402 - of the checkout

PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "profile.yaml").read_text())
FIRST, LONGEST = PROFILE["slurm-init-seconds-before-status-checks"], PROFILE["seconds-between-status-checks"]
WAYS = {
    "the plugin's defaults": [],
    f"first question after {FIRST} s": [f"--slurm-init-seconds-before-status-checks={FIRST}"],
    f"and a pause of at most {LONGEST} s": [
        f"--slurm-init-seconds-before-status-checks={FIRST}",
        f"--seconds-between-status-checks={LONGEST}",
        "--config",
        "bound=1",
    ],
}
SNAKEFILE = """
import sys
sys.path.insert(0, {root!r})

onstart:
    if config.get("bound"):
        from snakemake_executor_plugin_slurm import Executor
        from workflow_scripts.cluster.polling import bound_pauses
        bound_pauses(Executor, workflow.remote_execution_settings.seconds_between_status_checks)

rule all:
    input: expand("{levels}/{{job}}", job=range(4))
    localrule: True

rule link:
    input: lambda wildcards: [] if wildcards.level == "1" else f"{{int(wildcards.level) - 1}}/{{wildcards.job}}"
    output: "{{level}}/{{job}}.start"
    localrule: True
    shell: "touch {{output}}"

rule work:
    input: "{{level}}/{{job}}.start"
    output: "{{level}}/{{job}}"
    wildcard_constraints: job=r"\\d+"
    resources: runtime=10, mem_mb=500
    shell: "sleep {seconds}; touch {{output}}"
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levels", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=100, help="how long a job works")
    options = parser.parse_args()
    with Slurm():
        seconds = run_all(options.levels, options.seconds)
    reference = next(iter(seconds.values()))
    print(f"{options.levels} levels of 4 jobs of {options.seconds} s; per level beyond the jobs' own work:")
    for way, took in seconds.items():
        print(f"  {way}: {took:.1f} s, {took / reference:.2f} of the reference")
    print("mean wait for a question after a level's end, computed:")
    for minutes in (2, 5, 15, 45):
        waits = [pauses(minutes * 60, 40, 180), pauses(minutes * 60, FIRST, 180), pauses(minutes * 60, FIRST, LONGEST)]
        print(f"  levels of {minutes} min: " + ", ".join(f"{wait:.0f} s" for wait in waits))


def run_all(levels, seconds):
    """Return way -> seconds per level beyond the jobs' own; all ways at once, since the jobs only sleep."""
    with tempfile.TemporaryDirectory() as folder:
        running = {}
        for way, options in WAYS.items():
            place = Path(folder, str(len(running)))
            place.mkdir()
            place.joinpath("Snakefile").write_text(SNAKEFILE.format(root=str(ROOT), levels=levels, seconds=seconds))
            command = [sys.executable, "-m", "snakemake", "--executor", "slurm", "--jobs", "8", *options]
            running[way] = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started, took = time.monotonic(), {}
        while len(took) < len(running):
            for way in running.keys() - took.keys():
                if running[way].poll() is not None:
                    assert running[way].returncode == 0, way
                    took[way] = (time.monotonic() - started) / levels - seconds
            time.sleep(0.1)
    return {way: took[way] for way in WAYS}


def pauses(work, first, longest, jitter=600):
    """Return the mean wait for the next question after levels that last ``work`` to ``work + jitter`` seconds."""
    waits = []
    for end in np.linspace(work, work + jitter, 1000):
        now = pause = first
        while now < end:
            pause = min(pause + 10, longest)
            now += pause
        waits.append(now - end)
    return np.mean(waits)


if __name__ == "__main__":
    main()
