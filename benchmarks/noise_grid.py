"""What a comparison of label-noise policies costs: processor time a training, and how it grows with the grid.

    python benchmarks/noise_grid.py --policies none lq loss-masking self-verification --seeds 1 2
    python benchmarks/noise_grid.py --policies none --seeds 1 --against c91a434

Clones the checkout's last commit and compares these policies on the demo, from scratch: one grid for each number of
seeds from the first one on. A training is one network, or classifier, on one fold in one stage. The reference is the
same grid of another commit (``--against``), run in turn with it. Processor time is user and system time of all
processes, Snakemake and the data's preparation included.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.overhead import cloned  # noqa: E402

DATA = "results/fsdkaggle2018-demo"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", default="cross-task-cnn")
    parser.add_argument("--policies", nargs="+", default=["none", "loss-masking"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--against", metavar="COMMIT")
    options = parser.parse_args()
    commits = ["HEAD", options.against] if options.against else ["HEAD"]
    for count in range(1, len(options.seeds) + 1):
        each = {}
        for commit in commits:
            with tempfile.TemporaryDirectory() as folder:
                clone = cloned(commit, Path(folder) / "clone")
                wall, used = compared(clone, options, options.seeds[:count])
                trainings = len(list((clone / DATA / "systems").glob("policy-*/*/fold*/model.safetensors")))
            each[commit] = used / trainings
            print(
                f"{commit}: {len(options.policies)} policies, {count} seeds, {trainings} trainings: {used:.0f} s of "
                f"processor time, {wall:.0f} s on {options.cores} cores; {each[commit]:.2f} s a training",
                flush=True,
            )
        if options.against:
            print(f"{each['HEAD'] / each[options.against]:.2f} of {options.against} a training", flush=True)


def compared(folder, options, seeds):
    """Compare the policies with these seeds; return the seconds of wall time and of processor time."""
    grid = folder / "grid.yaml"
    grid.write_text(
        yaml.safe_dump({"noise_policies": {"system": options.system, "policies": options.policies, "seeds": seeds}})
    )
    command = [sys.executable, "-m", "snakemake", "--cores", str(options.cores), "--configfile", grid.name]
    started, before = time.monotonic(), os.times()
    subprocess.run(
        [*command, "--", f"{DATA}/noise_policies.csv"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - started, used


if __name__ == "__main__":
    main()
