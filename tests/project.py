"""A copy of the project in a folder of its own, with sizes that train in seconds, run by the real Snakemake."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import yaml

from tests.forked import forked
from workflow_scripts.common.benchmark import SUFFIX

ROOT = Path(__file__).parents[1]
SOURCES = [
    "Snakefile",
    "config.yaml",
    "rules",
    "workflow_scripts",
    "systems",
    "ensembles",
    "policies",
    "configs",
    "datasets",
    "weights",
    "schemas",
    "profiles",
    "report",
    "envs",
]

DORFER = {
    "folds": 2,
    "network": {"width": 2},
    "windows": {"frames": 192, "tiled": 192},
    "training": {"epochs": 3, "batch": 32, "lr_schedule": {"constant_epochs": 1}},
    "stages": {
        "self_verification": {
            "repeat": 1,
            "labels": {"crops": 2, "agreement": False, "threshold": None, "cap": 8},
            **{"epochs": 2, "lr_schedule": {"constant_epochs": 1}},
        }
    },
}
IQBAL = {"folds": 2, "network": {"width": 2}, "training": {"epochs": 3, "batch": 32}}
EIGHT = [f"iqbal-{network}-{store}" for network in ("vgg13", "gcnn", "crnn", "gcrnn") for store in "ab"]
TASK4 = ["t4-baseline", "t4-cpjku-deep", "t4-cpjku-shallow"]
KD_FRONT_END = {
    "store": "log-mel-16k",
    "spectrogram": {
        **{"sample_rate": 16000, "window": 1024, "n_fft": 1024, "hop": 664, "bands": 64},
        **{"centred": False, "floor": 1e-8},
    },
}
DETECTOR = {
    "network": {"width": 2, "units": 2},
    "training": {"epochs": 3, "batch": 8, "learning_rate": 0.01},
    "detection": {"thresholds": [0.5, 0.2], "median_seconds": [1.0, 0.2]},
    "stages": {
        "clip_probabilities": {"epochs": 2},
        "frame_probabilities": {"repeat": 1, "epochs": 2, "labels": {"median_frames": 5}},
    },
}
BASELINE = DETECTOR | {
    "front_end": KD_FRONT_END,
    "windows": {"length": 240},
    "stages": {"tags": {"epochs": 2, "batch": 8}},
}
SOUNDSCAPES = {
    "like": "dcase2018-task4-demo",
    "title": "a few soundscapes",
    "soundscapes": {"parts": {"weak": {"clips": 30}, "unlabel_in_domain": {"clips": 10}, "test": {"clips": 10}}},
    "counts": {"usage": {"weak": 30, "unlabel_in_domain": 10, "test": 10}},
}
DENSENET = {
    "folds": 2,
    "windows": {"length": 4096, "draws": 1},
    "training": {
        **{"epochs": 3, "batch": 12, "learning_rate": 0.01},
        **{"lr_schedule": {"after": [2, 3]}, "sampling": {"batches_per_epoch": 5}},
    },
}
ADDED = {
    "densenet-logmel-44k": DENSENET | {"network": {"growths": [4, 4, 4, 4], "filters": 3}},
    "densenet-waveform-44k": DENSENET | {"network": {"growths": [2] * 12}},
    "fsdkaggle2018-baseline": {"folds": 2, "network": {"filters": [4, 4, 4]}, "training": {"epochs": 2}},
    "cross-task-cnn": {
        **{"folds": 2, "network": {"width": 4}},
        "training": {"epochs": 2, "batch": 16, "learning_rate": 0.01, "sampling": {"batches_per_epoch": 20}},
    },
}
POLICIES = {
    "self-verification": {"stages": {"self_verification": {"repeat": 1, "labels": {"threshold": None}}}},
    "relabelling": {"stages": {"relabelling": {"labels": {"promote_above": 0.2}}}},
    **{name: {"first": {"epochs": 1}} for name in ("lq-prune", "lq-discard", "loss-mixture")},
}
PAIR = ["iqbal-vgg13-a", "iqbal-crnn-a"]  # stands for the eight where their number does not matter
TINY = dict.fromkeys(["dorfer-a", "dorfer-b", "dorfer-c"], DORFER) | dict.fromkeys(EIGHT, IQBAL)
TINY |= dict.fromkeys(TASK4[1:], DETECTOR) | {"t4-baseline": BASELINE} | ADDED | POLICIES
TINY["cross-task-cnn-multilabel"] = ADDED["cross-task-cnn"]


class Project:
    """The checkout's sources in ``folder``; results and Snakemake's records are its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.copy_sources()
        config = yaml.safe_load((self.folder / "config.yaml").read_text())
        config |= {"size": "tiny", "sizes": {"tiny": TINY}, "checkpoint_seconds": 0, "bootstrap_resamples": 100}
        config["stack"]["folds"] = 2
        config["baseline"]["trees"] = 20
        config["task4"]["dataset"] = "soundscapes.yaml"
        (self.folder / "soundscapes.yaml").write_text(yaml.safe_dump(SOUNDSCAPES))
        self.write_config(config)

    @classmethod
    def at(cls, folder):
        """Return the project that lies in ``folder`` already."""
        project = object.__new__(cls)
        project.folder = Path(folder)
        return project

    def copy_sources(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in SOURCES:
            if (ROOT / name).is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, self.folder / name, ignore=ignore, copy_function=shutil.copyfile)
            else:
                shutil.copyfile(ROOT / name, self.folder / name)
        (self.folder / "resources").symlink_to(ROOT / "resources")

    def copy(self, folder):
        """Return a copy of this project with its results and Snakemake's records, file times included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return self.at(folder)

    def config(self):
        return yaml.safe_load((self.folder / "config.yaml").read_text())

    def write_config(self, config):
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config))

    def snakemake(self, *arguments):
        """Return the command line of a run of two cores."""
        return [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]

    def start(self, *arguments, **options):
        """Start it in a process of its own, which Ctrl-C reaches though the tests may run in the background."""
        options |= {"cwd": self.folder, "env": environment(), "preexec_fn": heed_interrupts}
        return subprocess.Popen(self.snakemake(*arguments), text=True, **options)

    def run(self, *arguments):
        """Run to the end, in a fork of a loaded Snakemake; return the exit status and everything printed."""
        return forked(self.folder, environment(), *self.snakemake(*arguments)[3:])

    def run_by_command(self, *arguments):
        """The same at the command line."""
        process = self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        printed, _ = process.communicate()
        return process.returncode, printed

    def planned(self, *arguments, by_command=False):
        """Return rule -> number of jobs that a dry run would start; ``by_command``: at the command line."""
        run = self.run_by_command if by_command else self.run
        status, printed = run("--dry-run", *arguments)
        assert status == 0, printed
        if "Job stats:" not in printed:
            assert "Nothing to be done" in printed
            return {}
        lines = printed.split("Job stats:")[-1].split("total")[0].splitlines()[3:]
        return {name: int(count) for name, count in (line.split() for line in lines if line.strip())}

    def state(self):
        """Return path -> size and time of every file but Snakemake's records and Python's caches."""
        files = {str(p.relative_to(self.folder)): p.stat() for p in self.folder.rglob("*") if p.is_file()}
        hidden = (".snakemake/", "__pycache__/")
        return {
            name: (file.st_size, file.st_mtime_ns)
            for name, file in files.items()
            if not any(part in name for part in hidden)
        }

    def tables(self):
        """Return path -> digest of every CSV and Parquet file under results/ but those that hold measured times."""
        files = [p for suffix in ("csv", "parquet") for p in (self.folder / "results").rglob(f"*.{suffix}")]
        measured = ("speed.csv", "training_hours.csv", "costs.csv", SUFFIX)
        files = [p for p in files if not p.name.endswith(measured)]
        return {str(p.relative_to(self.folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(files)}


def heed_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment():
    """Return the environment of a run: without the tests' own path to the checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
