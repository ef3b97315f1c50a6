"""Classifiers on pretrained embeddings under label-noise policies, and what they add to networks trained from scratch.

    python benchmarks/pretrained_systems.py --datasets fsdkaggle2018-demo my-clips.yaml --seeds 2018 1 2 \\
        --local-archives FOLDER

Clones the checkout's last commit. Part ``policies``: each system on embeddings under each policy, with each seed, of
which folds are drawn, too. Processor seconds are those of a policy's trainings and predictions with one seed: all
folds, start-up included; the embeddings, which are computed once, are not in it. Part ``fusions``: the main job's two
networks and yamnet-linear, alone, and the means and stacks of the networks and of all three, with the difference to
the networks' geometric mean on the test clips and its 95 % interval, seed by seed. A data set can be given as a file
with absolute paths. Prints Markdown tables: means over the seeds, in brackets smallest and largest.
``--local-archives``: a folder with the file of the weights. See also benchmarks/embeddings.py.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from workflow_scripts.common.benchmark import read_attempts  # noqa: E402
from workflow_scripts.scoring.bootstrap import paired_interval  # noqa: E402
from workflow_scripts.scoring.calibration import expected_calibration_error, reliability  # noqa: E402
from workflow_scripts.scoring.map_at_3 import map_at_3, reciprocal_rank  # noqa: E402
from workflow_scripts.scoring.splits import splits  # noqa: E402
from workflow_scripts.tables.clips import read_clips  # noqa: E402
from workflow_scripts.tables.predictions import read_predictions  # noqa: E402

SYSTEMS = ["yamnet-linear", "yamnet-mlp", "yamnet-mla", "yamnet-knn"]
POLICIES = ["none", "verified-only", "self-verification", "relabelling"]
NETWORKS, LINEAR = ["dorfer-a", "iqbal-vgg13-a"], "yamnet-linear"
FUSIONS = ["arithmetic-mean", "geometric-mean", "log-linear-pool", "stack"]
ACCEPT_ALL_AGREED = {"threshold": None, "cap": None}  # as the recipes on embeddings have it
PARTS = ["policies", "fusions"]
REFERENCE = "networks: geometric-mean"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", default=["fsdkaggle2018-demo"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[2018, 1, 2])
    parser.add_argument("--systems", nargs="+", default=SYSTEMS)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--local-archives", type=Path)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    for part in options.parts:
        rows = []
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), clone], check=True)
            for dataset in options.datasets:
                run = Run(clone, options, dataset)
                for row in getattr(run, part)():
                    rows.append({"dataset": run.name} | row)
                    print(rows[-1], file=sys.stderr, flush=True)
        print(summary(pd.DataFrame(rows)), end="\n\n")


class Run:
    """One data set."""

    def __init__(self, clone, options, dataset):
        self.clone, self.options = clone, options
        self.dataset = str(Path(dataset).resolve()) if dataset.endswith(".yaml") else dataset
        self.name = Path(dataset).stem if dataset.endswith(".yaml") else dataset
        self.folder = f"results/{self.name}"

    def policies(self):
        """Yield a row for each system, policy and seed."""
        accept = {"stages": {"self_verification": {"repeat": 2, "labels": ACCEPT_ALL_AGREED}}}
        for system, seed in itertools.product(self.options.systems, self.options.seeds):
            compared = {"system": system, "policies": POLICIES, "seeds": [seed]}
            config = {"systems": [LINEAR], "seed": seed, "noise_policies": compared}  # folds are drawn by the seed, too
            names = {policy: f"policy-{policy}-seed{seed}" for policy in POLICIES}
            targets = [f"systems/{name}/{kind}.parquet" for name in names.values() for kind in ("oof", "test")]
            self.make(targets, config | {"sizes": {"demo": {"self-verification": accept}}})
            for policy, name in names.items():
                row = {"system": system, "policy": policy, "seed": seed} | self.scores(f"systems/{name}")
                yield row | {"processor seconds": self.seconds(name)}
            self.remove("systems/policy-*", "logs/*/policy-*", "ensemble/policy-*")

    def fusions(self):
        """Yield a row for each system and fusion, with every seed."""
        for seed in self.options.seeds:
            reciprocal = {}
            for members, systems in {"networks": NETWORKS, "all": [*NETWORKS, LINEAR]}.items():
                places = {f"{members}: {fusion}": f"ensemble/{fusion}" for fusion in FUSIONS}
                if members == "all":
                    places |= {system: f"systems/{system}" for system in systems}
                targets = [f"{place}/{kind}.parquet" for place in places.values() for kind in ("oof", "test")]
                self.make(targets, {"systems": systems, "seed": seed})
                for row, place in places.items():
                    probabilities, truth = self.read(place, "all")
                    reciprocal[row] = reciprocal_rank(probabilities, truth)
                    low, high = paired_interval(reciprocal[row], reciprocal.get(REFERENCE, reciprocal[row]), seed)
                    yield {"row": row, "seed": seed} | self.scores(place) | {"low": low, "high": high}
            self.remove("systems/*", "ensemble/*", "folds/*", "logs/train/*")

    def scores(self, place):
        (held, held_truth), (tested, truth) = self.read(place, "oof_verified"), self.read(place, "all")
        return {
            "out of fold": map_at_3(held, held_truth),
            "test": map_at_3(tested, truth),
            "accuracy": float((tested.argmax(axis=1) == truth).mean()),
            "calibration error": expected_calibration_error(reliability(tested, truth)),
        }

    def read(self, place, split):
        """Return (probabilities, true classes) of the clips of a split."""
        clips = read_clips(self.clone / self.folder / "clips.csv")
        classes, scored = sorted(clips["label"].unique()), clips.loc[splits(clips)[split]]
        kind = "oof" if split == "oof_verified" else "test"
        table = read_predictions(self.clone / self.folder / place / f"{kind}.parquet")
        return table.loc[scored.index, classes].to_numpy(), scored["label"].map(classes.index).to_numpy()

    def seconds(self, system):
        logs = (self.clone / self.folder / "logs").glob(f"*/{system}.*benchmark.csv")
        return sum(attempt["cpu_seconds"] for path in logs for attempt in read_attempts(path))

    def make(self, targets, config):
        """Run Snakemake with ``config`` on top of the configuration."""
        config = {"dataset": self.dataset, "baseline": {"front_end_of": LINEAR}} | config
        if self.options.local_archives:
            config["local_archives"] = str(self.options.local_archives.resolve())
        (self.clone / "benchmark.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "--cores", str(self.options.cores), "--quiet", "all"]
        files = ["--configfile", "config.yaml", "benchmark.yaml"]
        targets = [f"{self.folder}/{target}" for target in targets]
        subprocess.run([*command, *files, "--", *targets], cwd=self.clone, check=True, stdout=subprocess.DEVNULL)

    def remove(self, *patterns):
        for pattern in patterns:
            subprocess.run(["rm", "-rf", *(self.clone / self.folder).glob(pattern)], check=True)


def summary(rows):
    keys = [name for name in ("dataset", "system", "policy", "row") if name in rows]
    figures = [name for name in rows if name not in (*keys, "seed")]
    text = rows.groupby(keys, sort=False)[figures].agg(_mean_and_range).reset_index()
    lines = [text.columns, ["---"] * len(text.columns), *text.to_numpy()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _mean_and_range(values):
    form = "{:.1f}" if values.name == "processor seconds" else "{:.3f}"
    return f"{form} [{form}, {form}]".format(values.mean(), values.min(), values.max())


if __name__ == "__main__":
    main()
