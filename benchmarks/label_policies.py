"""What Iqbal et al.'s label policies and their stack do: eta, relabelling, promotion, and how epochs are kept.

    python benchmarks/label_policies.py --datasets fsdkaggle2018-demo my-clips.yaml --seeds 1 2 3

Clones the checkout's last commit and runs configs/iqbal-demo.yaml with every seed, by default with fewer folds and
epochs. Then one system is trained again with one thing changed at a time, on the same labels, folds and seed. A data
set can be given as a file with absolute paths; what became of the labels needs its `true_labels`. Prints Markdown
tables: the mean over the seeds, in brackets the smallest and the largest. Scores are MAP@3 on the verified training
clips (out of fold) and on the test clips.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from workflow_scripts.scoring.map_at_3 import map_at_3  # noqa: E402
from workflow_scripts.scoring.splits import splits  # noqa: E402
from workflow_scripts.study.schema import merged  # noqa: E402
from workflow_scripts.tables.clips import read_clips  # noqa: E402
from workflow_scripts.tables.predictions import read_predictions  # noqa: E402

ENSEMBLE, SYSTEM = "iqbal-stack8", "iqbal-vgg13-a"
PARTS = ["labels", "eta", "epochs"]
FIGURES = ["relabelled", "promoted", "share_right_before", "share_right_after", "promoted_right"]
PUBLISHED_KEEP = {"rule": "best", "metric": "map3", "count": 4}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", default=["fsdkaggle2018-demo"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    scores, labels = [], []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), clone], check=True)
        for seed in options.seeds:
            for dataset in options.datasets:
                run = Run(clone, options, dataset, seed)
                for row in run.everything(labels):
                    scores.append({"dataset": run.name, "seed": seed} | row)
                    print(scores[-1], file=sys.stderr, flush=True)
    print(summary(pd.DataFrame(labels), ["dataset"], FIGURES), end="\n\n")
    print(summary(pd.DataFrame(scores), ["dataset", "group", "row"], ["out of fold", "test"]))


class Run:
    """One data set with one seed."""

    def __init__(self, clone, options, dataset, seed):
        self.clone, self.options, self.seed = clone, options, seed
        self.dataset = str(Path(dataset).resolve()) if dataset.endswith(".yaml") else dataset
        self.name = Path(dataset).stem if dataset.endswith(".yaml") else dataset
        self.folder = f"results/{self.name}"

    def everything(self, became):
        """Yield the scores as dicts (group, row, out of fold, test); append what became of the labels to ``became``."""
        self.make([f"{self.folder}/scores.csv", f"{self.folder}/relabelling.csv"])
        report = pd.read_csv(self.clone / self.folder / "relabelling.csv").iloc[0]
        became.append({"dataset": self.name, "seed": self.seed, **report[FIGURES]})
        scores = pd.read_csv(self.clone / self.folder / "scores.csv").query("metric == 'map3'")
        scores = scores.pivot_table(index="system", columns="split", values="value", sort=False)
        for system, row in scores.iterrows():
            yield {"group": "round 1", "row": system, "out of fold": row["oof_verified"], "test": row["all"]}
        yield from self.round_0("round 0")

        for part in [part for part in PARTS if part in self.options.parts]:  # each leaves its models behind
            yield from getattr(self, part)()

    def labels(self):
        """One system of round 1 on other labels; the stack of round 0 stays."""
        folder = f"systems/{SYSTEM}/stage01"
        yield self.score("labels", "relabelled and promoted", folder)
        for name, thresholds in {
            "relabelled above 0.4, promoted": {"relabel_above": 0.4},
            "relabelled": {"promote_above": None},
            "promoted": {"relabel_above": None},
            "given labels": {"relabel_above": None, "promote_above": None},
        }.items():
            self.make(self.tables(folder), {ENSEMBLE: {"stages": {"relabelling": {"labels": thresholds}}}})
            yield self.score("labels", name, folder)

    def eta(self):
        folder = f"systems/{SYSTEM}/stage00"
        yield self.score("eta", "0.7", folder)
        for eta in (0.0, 1.0):
            self.make(self.tables(folder), {SYSTEM: {"training": {"unverified_weight": eta}}})
            yield self.score("eta", str(eta), folder)

    def epochs(self):
        """The published choice of epochs, by the held-out clips."""
        changed = {system: {"training": {"checkpoint_selection": PUBLISHED_KEEP}} for system in self.systems()}
        self.make(self.tables(f"ensemble/{ENSEMBLE}/stage00"), changed)
        yield from self.round_0("round 0, best epochs")

    def round_0(self, group):
        for system in self.systems():
            yield self.score(group, system, f"systems/{system}/stage00")
        yield self.score(group, ENSEMBLE, f"ensemble/{ENSEMBLE}/stage00")

    def systems(self):
        return yaml.safe_load((self.clone / "configs/iqbal-demo.yaml").read_text())["systems"]

    def tables(self, folder):
        return [f"{self.folder}/{folder}/{name}.parquet" for name in ("oof", "test")]

    def score(self, group, row, folder):
        clips = read_clips(self.clone / self.folder / "clips.csv")
        classes = sorted(clips["label"].unique())
        values = []
        for path, split in zip(self.tables(folder), ("oof_verified", "all"), strict=True):
            scored = clips.loc[splits(clips)[split]]
            probabilities = read_predictions(self.clone / path).loc[scored.index, classes]
            values.append(map_at_3(probabilities.to_numpy(), scored["label"].map(classes.index).to_numpy()))
        return {"group": group, "row": row, "out of fold": values[0], "test": values[1]}

    def make(self, targets, changes=None):
        """Run Snakemake with ``changes`` (system or ensemble -> changes to its file) on top of the configuration."""
        folds, epochs = self.options.folds, self.options.epochs
        sizes = {system: {"folds": folds, "training": {"epochs": epochs}} for system in self.systems()}
        sizes = merged(sizes, changes or {})
        config = {"dataset": self.dataset, "seed": self.seed, "sizes": {"eighth": sizes}}
        (self.clone / "benchmark.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "--cores", str(self.options.cores), "--quiet", "all"]
        files = ["--configfile", "configs/iqbal-demo.yaml", "benchmark.yaml"]
        subprocess.run([*command, *files, "--", *targets], cwd=self.clone, check=True, stdout=subprocess.DEVNULL)


def summary(rows, keys, figures):
    text = rows.groupby(keys, sort=False)[figures].agg(_mean_and_range).reset_index()
    lines = [text.columns, ["---"] * len(text.columns), *text.to_numpy()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _mean_and_range(values):
    form = "{:.0f}" if values.name in ("relabelled", "promoted") else "{:.3f}"
    return f"{form} [{form}, {form}]".format(values.mean(), values.min(), values.max())


if __name__ == "__main__":
    main()
