"""What each round of self-verification accepts, and what it does to the accuracy, with and without the threshold.

    python benchmarks/self_verification.py --datasets fsdkaggle2018-demo my-clips.yaml --seeds 1 2 3

Clones the checkout's last commit and runs one system of Dorfer & Widmer at the demo's size, with every seed and every
threshold; round 0, the training from scratch, is shared by the thresholds and is the reference. A data set can be given
as a file with absolute paths; precision and recall need its `true_labels`. Prints a Markdown table: the mean over the
seeds, in brackets the smallest and the largest.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
KEYS = ["dataset", "threshold", "round"]
FIGURES = ["accepted", "precision", "recall", "verified_accuracy", "verified_map3", "verified_loss"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", default=["fsdkaggle2018-demo"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--thresholds", nargs="+", default=["0.95", "0.5", "none"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--system", default="dorfer-a")
    parser.add_argument("--width", type=int, default=12, help="filters of the first block")
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), clone], check=True)
        for dataset in options.datasets:
            for seed in options.seeds:
                for threshold in options.thresholds:
                    tables.append(rounds_of(clone, options, dataset, seed, threshold))
                    print(f"{dataset}, seed {seed}, threshold {threshold}: done", file=sys.stderr, flush=True)
    print(summary(pd.concat(tables)))


def rounds_of(clone, options, dataset, seed, threshold):
    """Return self_verification.csv of one run."""
    accept = {"threshold": None if threshold == "none" else float(threshold)}
    changes = {
        "network": {"width": options.width},
        "stages": {"self_verification": {"repeat": options.rounds, "labels": accept}},
    }
    path = Path(dataset).resolve() if dataset.endswith(".yaml") else dataset
    config = {
        "dataset": str(path),
        "systems": [options.system],
        "seed": seed,
        "sizes": {"demo": {options.system: changes}},
    }
    (clone / "benchmark.yaml").write_text(yaml.safe_dump(config))
    name = Path(dataset).stem if dataset.endswith(".yaml") else dataset
    report = f"results/{name}/self_verification.csv"
    command = [sys.executable, "-m", "snakemake", "--cores", str(options.cores), "--quiet", "all"]
    subprocess.run([*command, "--configfile", "benchmark.yaml", "--", report], cwd=clone, check=True)
    return pd.read_csv(clone / report).assign(dataset=name, seed=seed, threshold=threshold)


def summary(rounds):
    rounds = rounds.sort_values([*KEYS, "seed"])
    text = rounds.groupby(KEYS, sort=False)[FIGURES].agg(_mean_and_range)
    lines = [[*KEYS, *FIGURES], ["---"] * (len(KEYS) + len(FIGURES))]
    lines += [[*map(str, key), *row] for key, row in zip(text.index, text.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mean_and_range(values):
    if values.isna().all():
        return ""
    form = "{:.0f}" if values.name == "accepted" else "{:.3f}"
    return f"{form} [{form}, {form}]".format(values.mean(), values.min(), values.max())


if __name__ == "__main__":
    main()
