"""Task 4: event-based F1 of every pass, beside that of perfect tags through the whole clip.

    python benchmarks/weak_labels.py --seeds 2018 1 2

Clones the checkout's last commit and runs the systems of Task 4 as config.yaml has them, with every seed; the demo's
soundscapes are the same in all runs. Prints Markdown tables: the mean over the seeds, in brackets the smallest and the
largest.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
MEASURES = ["event_f1", "event_error_rate", "segment_f1", "tag_f1", "psds1", "psds2"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[2018, 1, 2])
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    scores, classes = [], []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), clone], check=True)
        for seed in options.seeds:
            command = [sys.executable, "-m", "snakemake", "--cores", str(options.cores), "--quiet", "all"]
            target = "results/task4_events.csv"
            subprocess.run([*command, "--config", f"seed={seed}", "--", target], cwd=clone, check=True)
            scores.append(pd.read_csv(clone / "results/task4_scores.csv").assign(seed=seed))
            (path,) = clone.glob("results/*/event_class_scores.csv")
            classes.append(pd.read_csv(path).assign(seed=seed))
    print(summary(pd.concat(scores), "metric", "value", MEASURES), end="\n\n")
    of_classes = pd.concat(classes)
    print(summary(of_classes, "label", "f1", list(of_classes["label"].unique())))


def summary(table, column, value, names):
    """Return a Markdown table: a row per system, a column per value of ``column``."""
    cells = table.groupby(["system", column], sort=False)[value].agg(_mean_and_range).unstack()[names]
    lines = [
        ["", *names],
        ["---"] * (1 + len(names)),
        *([name, *row] for name, row in zip(cells.index, cells.to_numpy(), strict=True)),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mean_and_range(values):
    return f"{values.mean():.3f} [{values.min():.3f}, {values.max():.3f}]"


if __name__ == "__main__":
    main()
