"""What a collection of 100,000 clips costs: time and memory of the steps that see all of its clips at once.

    python benchmarks/large_collection.py [--part clips|run]

The collection is simulated: its clips last a tenth of a second each. Each step and its reference run in a process of
their own, on the same clips; the clock starts after the imports, the memory is the most that the process ever held,
imports included. At the end the number of jobs of the main job is compared with that of the demo. The second part is
what follows a run of 1,000 classes on 100,000 clips, its scores, figures and pages, from simulated tables
(simulated_run.py): processor time and memory of the stages' whole processes, beside 41 classes and 10,000 clips.
"""
# ruff: noqa: PLC0415 - a step's memory includes the imports it needs, and no others

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLIPS, GROUPS, CLASSES, FOLDS = 100_000, 20_000, 41, 5
RUN_STAGES = ["simulate", "score", "report", "learning", "audit", "audit_plot"]
RUN_SIZES = [(41, 10_000), (1000, CLIPS)]  # classes, clips
CONFUSIONS = [41, 200, 400, 800, 1000]  # classes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", nargs="?", help=argparse.SUPPRESS)  # given to the processes that are measured
    parser.add_argument("folder", nargs="?", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--part", choices=["clips", "run"], help="one part instead of both")
    arguments = parser.parse_args()
    if arguments.step:
        measure(globals()[arguments.step], arguments.folder)
        return
    if arguments.part != "run":
        compare()
    if arguments.part != "clips":
        compare_runs()


def compare():
    """Print a row for each step; this process stays small, as Linux counts it in its children's peak."""
    columns = f"{'seconds':>8} {'MB':>6}"
    print(f"{'step':<28} {columns}   {'reference':<32} {columns}   {'time':>6} {'memory':>6}")
    with tempfile.TemporaryDirectory() as folder:
        measured(simulate, folder)
        for name, step, reference_name, reference in STEPS:
            (seconds, megabytes), (their_seconds, their_megabytes) = measured(step, folder), measured(reference, folder)
            print(
                f"{name:<28} {seconds:8.2f} {megabytes:6.0f}   {reference_name:<32} {their_seconds:8.2f}"
                f" {their_megabytes:6.0f}   {seconds / their_seconds:6.0%} {megabytes / their_megabytes:6.0%}",
                flush=True,
            )
        print(f"jobs of the main job: {jobs(folder, 'large.yaml')}; on the demo {jobs(folder, 'fsdkaggle2018-demo')}")


def compare_runs():
    """Print a row for each stage that follows a run, of both sizes, and for the confusion figure alone."""
    with tempfile.TemporaryDirectory() as folder:
        for classes in CONFUSIONS:
            seconds, megabytes = whole_process(folder, "confusion", classes, CLIPS)
            print(f"the confusion figure alone, {classes:>5} classes {seconds:8.1f} s {megabytes:6.0f} MB", flush=True)
        for stage in RUN_STAGES:
            costs = [whole_process(Path(folder, str(size[0])), stage, *size) for size in RUN_SIZES]
            texts = [f"{classes:,} classes, {clips:,} clips" for classes, clips in RUN_SIZES]
            columns = [f"{text}: {cost[0]:7.1f} s {cost[1]:6.0f} MB" for text, cost in zip(texts, costs, strict=True)]
            print(f"{stage:<12} {'   '.join(columns)}", flush=True)


def whole_process(folder, stage, classes, clips):
    """Return (processor seconds, peak memory in MB) of a process that runs one stage on a simulated run."""
    sizes = ["--classes", str(classes), "--clips", str(clips)]
    command = [sys.executable, "-m", "benchmarks.simulated_run", folder, *sizes, "--only", stage]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{stage} of {classes} classes has failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def jobs(folder, dataset):
    printed = subprocess.run(plan_command(folder, dataset), check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[1]) for line in printed.splitlines() if line.startswith("total "))


def plan_command(folder, dataset):
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    return [
        *command,
        "--configfile",
        ROOT / "config.yaml",
        "--cores",
        "2",
        "--dry-run",
        "--config",
        f"dataset={dataset}",
    ]


def measured(step, folder):
    """Return the seconds and the peak memory in MB of ``step`` in a process of its own."""
    command = [sys.executable, __file__, step.__name__, folder]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])  # a step may print, too


def measure(step, folder):
    work = step(folder)
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps([seconds, peak / 1024]))


# A step imports what it needs and returns the work to be timed.


def simulate(folder):
    """Few labels are common, few groups are large, and a group prefers a label; 10,000 clips are for testing."""
    import numpy as np
    import pandas as pd
    import soundfile
    import yaml

    def work():
        generator = np.random.default_rng(1)
        group = np.append(np.arange(GROUPS), (GROUPS * generator.random(CLIPS - GROUPS) ** 2).astype(int))
        common = 1 / np.arange(1, CLASSES + 1) ** 0.7
        of_clip, of_group = generator.choice(CLASSES, (2, CLIPS), p=common / common.sum())
        label = np.where(generator.random(CLIPS) < 0.5, of_clip, of_group[group])
        table = pd.DataFrame(
            {
                "fname": [f"{number // 1000:02}/{number:06}.wav" for number in range(CLIPS)],
                "label": [f"label {number}" for number in label],
                "manually_verified": (generator.random(CLIPS) < 0.4).astype(int),
                "uploader": [f"uploader {number}" for number in group],
            }
        )
        table[CLIPS // 10 :].to_csv(folder / "train.csv", index=False)
        table[: CLIPS // 10].to_csv(folder / "test.csv", index=False)
        for number, fname in enumerate(table["fname"]):
            path = folder / "audio" / fname
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, generator.uniform(-0.5, 0.5, 800) + number / CLIPS / 4, 8000)
        tables = {split: {"file": f"{split}.csv", "audio": "audio"} for split in ("train", "test")}
        columns = {"usage": None}
        dataset = {"title": "simulated", "folder": str(folder), "tables": tables, "columns": columns}
        dataset["classes"] = sorted(table["label"].unique())
        (folder / "large.yaml").write_text(yaml.safe_dump(dataset))
        columns["group"] = "uploader"
        (folder / "grouped.yaml").write_text(yaml.safe_dump(dataset))

    return work


def listing(folder, dataset="large"):
    from workflow_scripts.data import list_clips
    from workflow_scripts.study.datasets import read_dataset

    data = read_dataset(str(folder / f"{dataset}.yaml"))
    settings = list_clips.Settings(
        root=data["folder"], tables=data["tables"], padding=data["padding"], subsets=data["subsets"]
    )
    return lambda: list_clips.main(settings=settings, listing=folder / f"{dataset}.listing.csv")


def tables_read_and_written(folder):
    import pandas as pd

    def work():
        tables = [pd.read_csv(folder / f"{split}.csv", dtype=str) for split in ("train", "test")]
        pd.concat(tables).sort_values("fname").to_csv(folder / "reference.csv", index=False)

    return work


def inspection(folder):
    from workflow_scripts.data import inspect_audio

    files = {"listing": folder / "large.listing.csv", "facts": folder / "audio.csv"}
    return lambda: inspect_audio.main(**files, settings=inspect_audio.Settings(code="x"), threads=2)


def audio_read(folder):
    import soundfile

    def work():
        for path in sorted((folder / "audio").rglob("*.wav")):
            soundfile.read(path, dtype="float32")

    return work


def clips(folder, dataset="large"):
    from workflow_scripts.data import tabulate_clips

    if dataset != "large":
        listing(folder, dataset)()
    files = {"listing": f"{dataset}.listing.csv", "facts": "audio.csv", "clips": f"{dataset}.clips.csv"}
    paths = {key: folder / name for key, name in files.items()} | {"problems": folder / "problems.csv"}
    settings = tabulate_clips.Settings(classes=None, unusable_audio="refuse")
    return lambda: tabulate_clips.main(**paths, settings=settings)


def tables_joined(folder):
    import pandas as pd

    def work():
        tables = [pd.read_csv(folder / name, dtype=str) for name in ("large.listing.csv", "audio.csv")]
        tables[0].merge(tables[1], on="fname").to_csv(folder / "reference.csv", index=False)

    return work


def report(folder):
    from workflow_scripts.data import report_data
    from workflow_scripts.study.datasets import read_dataset

    data = read_dataset(str(folder / "large.yaml"))
    given = {key: data[key] for key in ("title", "tables", "classes", "counts", "unusable_audio")}
    settings = report_data.Settings(**given, root=data["folder"], folds=[4, 5])
    files = {"listing": "large.listing.csv", "facts": "audio.csv", "report": "report.csv", "summary": "report.md"}
    paths = {key: folder / name for key, name in files.items()}
    return lambda: report_data.main(**paths, settings=settings)


def folds(folder):
    return _make_folds(folder, "large.clips.csv")


def folds_of_groups(folder):
    clips(folder, "grouped")()
    return _make_folds(folder, "grouped.clips.csv")


def _make_folds(folder, table):
    from workflow_scripts.data import make_folds

    settings = make_folds.Settings(folds=FOLDS, seed=1)
    return lambda: make_folds.main(clips=folder / table, folds=folder / "folds.csv", settings=settings)


def stratified_k_fold(folder):
    from sklearn.model_selection import StratifiedKFold

    return _scikit_learn(folder, "large.clips.csv", StratifiedKFold, grouped=False)


def stratified_group_k_fold(folder):
    from sklearn.model_selection import StratifiedGroupKFold

    return _scikit_learn(folder, "grouped.clips.csv", StratifiedGroupKFold, grouped=True)


def _scikit_learn(folder, table, splitter, grouped):
    """The same table read, dealt by scikit-learn, and the same table written."""
    import pandas as pd

    from workflow_scripts.tables.clips import read_clips
    from workflow_scripts.tables.folds import write_folds

    def work():
        training = read_clips(folder / table, "train").sort_index()
        strata = training["label"] + training["manually_verified"].astype(str)
        dealt = pd.DataFrame({"fname": training.index, "fold": 0})
        groups = training["group"] if grouped else None
        splits = splitter(FOLDS, shuffle=True, random_state=1).split(strata, strata, groups)
        for fold, (_, held_out) in enumerate(splits):
            dealt.loc[held_out, "fold"] = fold
        write_folds(dealt, folder / "reference.csv")

    return work


def plan_of_large(folder):
    return _plan(folder, "large.yaml")


def plan_of_demo(folder):
    return _plan(folder, "fsdkaggle2018-demo")


def _plan(folder, dataset):
    """Its peak memory is its child's."""

    def work():
        subprocess.run(plan_command(folder, dataset), check=True, capture_output=True, cwd=folder)

    return work


STEPS = [  # name, step, name of the reference, reference
    ("list_clips", listing, "pandas: read, sort, write", tables_read_and_written),
    ("inspect_audio, 2 threads", inspection, "soundfile.read of the same files", audio_read),
    ("tabulate_clips", clips, "pandas: read, merge, write", tables_joined),
    ("report_data", report, "pandas: read, merge, write", tables_joined),
    ("make_folds", folds, "StratifiedKFold", stratified_k_fold),
    ("make_folds, 20,000 groups", folds_of_groups, "StratifiedGroupKFold", stratified_group_k_fold),
    ("the plan, for the first time", plan_of_large, "the plan of the demo", plan_of_demo),
    ("the plan again", plan_of_large, "the plan of the demo", plan_of_demo),
]


if __name__ == "__main__":
    main()
