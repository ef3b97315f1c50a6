"""What the main job on the demo costs: processor time by rule, the part of it that is start-up, and its scores.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --against c91a434 --seeds 2018 1 2

Clones the checkout's last commit, runs the main job on the demo from scratch, then once more with nothing to do. The
reference is the same main job of another commit (``--against``), run in turn with it, seed by seed. Processor time is
user and system time of all processes. Start-up is what a stage takes to print its help: Python and its imports.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
DATA = "results/fsdkaggle2018-demo"
ANSWER = "results/task2_ensemble.csv"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--against", metavar="COMMIT")
    parser.add_argument("--seeds", type=int, nargs="+", default=[2018])
    options = parser.parse_args()
    commits = ["HEAD", options.against] if options.against else ["HEAD"]
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds:
            seconds = {}
            for commit in commits:
                clone = cloned(commit, Path(folder) / f"{commit}-{seed}")
                wall, seconds[commit] = run(clone, options.cores, seed)
                _, nothing = run(clone, options.cores, seed)
                print(
                    f"\n{commit}, seed {seed}: {seconds[commit]:.0f} s of processor time, {wall:.0f} s on "
                    f"{options.cores} cores; with nothing to do {nothing:.1f} s of processor time"
                )
                print(by_rule(clone).to_string(float_format="%.1f"))
                print(scores(clone).to_string(index=False))
            if options.against:
                print(f"\nseed {seed}: {seconds['HEAD'] / seconds[options.against]:.2f} of {options.against}")


def cloned(commit, folder):
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["git", "-C", folder, "checkout", "--quiet", "--detach", commit], check=True)
    return folder


def run(folder, cores, seed):
    """Run the main job; return the seconds of wall time and of processor time."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--config", f"seed={seed}", "--", ANSWER]
    started, before = time.monotonic(), os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - started, used


def by_rule(folder):
    """Return rule -> jobs, processor seconds and largest memory of them, and how much of the seconds is start-up."""
    jobs = pd.DataFrame(
        {"rule": path.relative_to(logs).parts[0].split(".")[0]} | pd.read_csv(path).iloc[-1].to_dict()
        for logs in (folder / DATA / "logs", folder / "results" / "logs")
        for path in logs.rglob("*.benchmark.csv")
    )
    rules = jobs.groupby("rule").agg(
        jobs=("rule", "size"), cpu_seconds=("cpu_seconds", "sum"), peak_memory_mb=("peak_memory_mb", "max")
    )
    rules["start_up"] = [count * start_up(folder, stage_of(folder, rule)) for rule, count in rules["jobs"].items()]
    rules = rules.sort_values("cpu_seconds", ascending=False)
    total = rules.sum()
    total["peak_memory_mb"] = rules["peak_memory_mb"].max()
    rules.loc["all"] = total
    return rules


def stage_of(folder, rule):
    """Return the module that a rule runs, as its shell command says."""
    sources = "".join(path.read_text() for path in (folder / "rules").glob("*.smk"))
    found = re.search(rf"rule {rule}:\n.*?python -m ([\w.]+)", sources, re.DOTALL) or re.search(
        rf"use rule (\w+) as {rule} with", sources
    )
    return found[1] if "." in found[1] else stage_of(folder, found[1])


def start_up(folder, module):
    before = os.times()
    subprocess.run([sys.executable, "-m", module, "--help"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def scores(folder):
    table = pd.read_csv(folder / DATA / "scores.csv")
    return table[table["metric"].eq("map3") & table["split"].isin(["oof_verified", "test"])][
        ["system", "split", "value", "low", "high"]
    ]


if __name__ == "__main__":
    main()
