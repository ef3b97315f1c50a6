"""How much of the main job is not the stages' own work: start-up, imports, Snakemake, idle cores.

    python benchmarks/overhead.py --cores 2

Clones the checkout's last commit, runs the main job on the demo from scratch, then once more with nothing to do. Every
stage's log says how long its own work took, after imports; the reference is the wall time of the whole command.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=2)
    cores = parser.parse_args().cores
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), clone], check=True)
        started = time.time()
        wall = run(clone, cores)
        spans = [work_span(log) for log in sorted((clone / "results").rglob("*.log")) if log.stat().st_size]
        no_op = run(clone, cores)
    spans = [span for span in spans if span]
    worked = sum(end - begin for begin, end in spans)
    covered = union([(max(begin, started), end) for begin, end in spans])
    print(f"main job: {wall:.1f} s on {cores} cores, {len(spans)} stages; nothing to do: {no_op:.1f} s")
    print(f"wall time in which no stage is at work: {wall - covered:.1f} s, {1 - covered / wall:.1%} of the main job")
    print(f"core-seconds outside the stages' work:  {1 - worked / (wall * cores):.1%} (a stage counted as one core)")


def run(folder, cores):
    started = time.monotonic()
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", "all", "--"]
    subprocess.run([*command, "results/task2_ensemble.csv"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def work_span(log):
    """Return when the stage of ``log`` began and ended its own work, in seconds since the epoch."""
    found = re.search(r"worked for ([\d.]+) s", log.read_text())
    return found and (log.stat().st_mtime - float(found[1]), log.stat().st_mtime)


def union(spans):
    """Return how many seconds at least one of ``spans`` covers."""
    total, reached = 0.0, 0.0
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


if __name__ == "__main__":
    main()
