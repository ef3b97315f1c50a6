"""The estimate that is printed before anything trains."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from tests.project import EIGHT, ROOT
from tests.workflow.test_invalidation import EDITS, configured, replaced
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tables.clips import Clips, write_clips
from workflow_scripts.training import estimate_hours, measure_speed, probe
from workflow_scripts.training.cost import hours
from workflow_scripts.training.probe import measure

DATASET = "fsdkaggle2018-demo"
DEMO = f"results/{DATASET}"
TRAINING = {
    **{"name": "training", "repeat": 1, "learn_from": "all", "validate_on": "verified", "labels": {"name": "given"}},
    "epochs": 3,
    "batch": 10,
    "sampling": {"name": "shuffled"},
    "augmentation": {"name": "mixup", "alpha": 0.2},
    "checkpoint_selection": {"rule": "best", "metric": "loss", "count": 1},
}
ACCEPTED = {"name": "accepted", "crops": 5, "agreement": True, "threshold": 0.95, "cap": 3, "accumulate": False}
VERIFYING = {"name": "self_verification", "repeat": 2, "labels": ACCEPTED, "epochs": 2, "augmentation": None}
RECIPE = {
    **{"folds": 4, "held_out": None, "trained_folds": 4, "pool": [], "predicts": "test clips"},
    "windows": {"name": "random_crop", "frames": 20, "tiled": 40},
    "stages": [TRAINING, TRAINING | VERIFYING],
}
SPEED = {
    "frames_per_second": 10.0,
    "bands": 500,
    "update_seconds": 1.0,
    "window_seconds": 0.1,
    "crop_seconds": 0.01,
    "peak_memory_mb": 700.0,
}
MB = {"memory_mb": 704}  # 50 clips of 4 s are 2,000 frames of 500 numbers of 4 bytes: 4 MB


def configured_plan(**changes):
    return Plan(yaml.safe_load((ROOT / "config.yaml").read_text()) | changes)


def clip_table(verified, unverified, test, classes=2):
    """Return a clip table; the training clips' labels take turns."""
    count = verified + unverified + test
    table = pd.DataFrame(dict.fromkeys(Clips.columns, ""), index=range(count))
    table["fname"] = [f"{number:05d}" for number in range(count)]
    table["split"] = ["train"] * (verified + unverified) + ["test"] * test
    table["manually_verified"] = [1] * verified + [0] * unverified + [1] * test
    table["label"] = [f"class {number % classes}" for number in range(count)]
    table["seconds"] = 4.0
    return table.set_index("fname", drop=False)


def test_hours_by_hand():
    training, rounds, test = hours(RECIPE, clip_table(20, 20, 10), SPEED)
    # 30 clips are 3 batches; 5 verified clips are validated, 10 predicted, 5 judged with 5 crops:
    # 3 * (3 * 1 s + 5 * 0.1 s) + 10 * 0.1 s + 25 * 0.01 s = 11.75 s in each of 4 folds, and 5 s for the start
    assert training == {"stage": "training", "jobs": 4, "updates": 36, "hours": pytest.approx(4 * 16.75 / 3600), **MB}
    # 15 verified clips and at most 6 accepted are at most 2 batches, whoever is held out:
    # 2 * (2 * 1 s + 0.5 s) + 1 s + 0.25 s + 5 s = 11.25 s in 4 folds of 2 rounds
    assert rounds == {"stage": "self_verification", "jobs": 8, "updates": 32, "hours": pytest.approx(90 / 3600), **MB}
    # 10 clips, 4 models and 5 s in stages 0 to 2
    assert test == {"stage": "test prediction", "jobs": 3, "updates": 0, "hours": pytest.approx(27 / 3600), **MB}


def test_without_self_verification_nothing_is_judged():
    rows = hours(RECIPE | {"stages": [TRAINING]}, clip_table(20, 20, 10), SPEED)
    assert [(row["stage"], row["jobs"]) for row in rows] == [("training", 4), ("test prediction", 1)]
    assert rows[0]["hours"] == pytest.approx(4 * 16.5 / 3600), "nothing is judged"


def test_a_stage_of_relabelling_trains_all_folds_from_scratch_again():
    again = TRAINING | {"name": "relabelling", "repeat": 2, "labels": {"name": "corrected", "relabel_above": 0}}
    training, relabelling, test = hours(RECIPE | {"stages": [TRAINING, again]}, clip_table(20, 20, 10), SPEED)
    # 3 * (3 * 1 s + 5 * 0.1 s) + 10 * 0.1 s + 5 s = 16.5 s in each of 4 folds, as in the first training
    assert training == {"stage": "training", "jobs": 4, "updates": 36, "hours": pytest.approx(66 / 3600), **MB}
    assert relabelling == {"stage": "relabelling", "jobs": 8, "updates": 72, "hours": pytest.approx(132 / 3600), **MB}
    # 10 clips, 4 models and 5 s in stages 0 to 2
    assert test == {"stage": "test prediction", "jobs": 3, "updates": 0, "hours": pytest.approx(27 / 3600), **MB}


def test_a_stage_that_never_is_takes_no_time():
    rows = hours(RECIPE | {"stages": [TRAINING, TRAINING | VERIFYING | {"repeat": 0}]}, clip_table(20, 20, 10), SPEED)
    assert [(row["stage"], row["jobs"]) for row in rows] == [("training", 4), ("test prediction", 1)]


def test_without_a_cap_all_unverified_clips_may_be_accepted():
    verifying = TRAINING | VERIFYING | {"labels": ACCEPTED | {"cap": None}}
    _, rounds, _ = hours(RECIPE | {"stages": [TRAINING, verifying]}, clip_table(20, 20, 10), SPEED)
    assert rounds["updates"] == 8 * 2 * 3, "15 verified and 15 others are 3 batches"


def test_what_validates_is_what_the_stage_says():
    rows = {
        which: hours(RECIPE | {"stages": [TRAINING | {"validate_on": which}]}, clip_table(20, 12, 10), SPEED)[0][
            "hours"
        ]
        for which in ("verified", "unverified", "all")
    }
    # of 4 folds one holds 5 verified and 3 unverified clips; 3 epochs, 0.1 s for each
    assert rows["verified"] - rows["unverified"] == pytest.approx(4 * 3 * (5 - 3) * 0.1 / 3600)
    assert rows["all"] - rows["unverified"] == pytest.approx(4 * 3 * 5 * 0.1 / 3600)


def test_a_part_that_is_held_out_is_trained_on_once():
    recipe = RECIPE | {"folds": None, "held_out": {"share": 0.25}, "trained_folds": 1, "stages": [TRAINING]}
    training, test = hours(recipe, clip_table(20, 20, 10), SPEED)
    of_folds, _ = hours(RECIPE | {"stages": [TRAINING]}, clip_table(20, 20, 10), SPEED)
    assert training == of_folds | {"jobs": 1, "updates": 9, "hours": pytest.approx(of_folds["hours"] / 4)}
    assert test["hours"] == pytest.approx(6 / 3600), "10 clips, one model and 5 s"


def test_empty_clips_take_no_time():
    clips = clip_table(20, 20, 10)
    more = pd.concat([clips, clip_table(8, 8, 8).assign(seconds=0.0)], ignore_index=True)
    assert [row["updates"] for row in hours(RECIPE, more, SPEED)] == [36, 32, 0]
    assert hours(RECIPE, more, SPEED)[2] == hours(RECIPE, clips, SPEED)[2]


def test_every_epoch_kept_predicts_and_judges():
    keep = {"checkpoint_selection": {"rule": "best", "metric": "map3", "count": 3}}
    one, three = (
        hours(RECIPE | {"stages": [TRAINING | more, TRAINING | VERIFYING | more]}, clip_table(20, 20, 10), SPEED)
        for more in ({}, keep)
    )
    # twice more: 10 held-out clips and 25 crops in 4 folds; 10 test clips with 4 models
    assert three[0]["hours"] - one[0]["hours"] == pytest.approx(2 * 4 * 1.25 / 3600)
    assert three[2]["hours"] - one[2]["hours"] == pytest.approx(2 * 3 * 4 * 1 / 3600)


TAGGER = TRAINING | {"name": "tagger", "sampling": {"name": "whole_batches"}, "augmentation": None}
DETECTOR = RECIPE | {
    **{"folds": 4, "trained_folds": 1, "pool": ["pool"], "predicts": "frames"},
    "stages": [
        TAGGER,
        TAGGER | {"name": "tags", "labels": {"name": "tags"}, "learn_from": "unlabelled", "batch": 5},
        TAGGER | {"name": "frames", "labels": {"name": "frame_probabilities", "teachers": None}, "epochs": 2},
    ],
}


def test_hours_of_a_detector_by_hand():
    """20 labelled clips, 20 of the pool, 10 of another pool, 10 for the test; one fold of four is held out."""
    clips = clip_table(20, 30, 10)
    unlabelled = (clips["split"] == "train") & (clips["manually_verified"] == 0)
    clips.loc[unlabelled, "label"] = ""
    clips.loc[unlabelled, "usage"] = ["pool"] * 20 + ["other"] * 10
    tagging, second, third, frames = hours(DETECTOR, clips, SPEED)
    # 15 clips are a batch of 10; 5 clips validate: 3 * (1 s + 0.5 s) + 0.5 s + 5 s
    assert (tagging["stage"], tagging["jobs"], tagging["updates"]) == ("tagger", 1, 3)
    assert tagging["hours"] == pytest.approx(10 / 3600)
    # the pool's 20 are 4 batches of 5, and all 20 labelled ones validate: 3 * (4 s + 2 s) + 2 s + 5 s
    assert (second["stage"], second["updates"], second["hours"]) == ("tags", 12, pytest.approx(25 / 3600))
    # 35 are 3 batches: 2 * (3 s + 0.5 s) + 0.5 s + 5 s
    assert (third["stage"], third["updates"], third["hours"]) == ("frames", 6, pytest.approx(12.5 / 3600))
    # 50 clips in each of three stages: 3 * (5 s + 5 s)
    assert (frames["stage"], frames["jobs"], frames["hours"]) == ("frame prediction", 3, pytest.approx(30 / 3600))
    assert {row["memory_mb"] for row in (tagging, second, third, frames)} == {704}


def test_the_published_system_has_72_updates_in_an_epoch():
    """Dorfer & Widmer's network B on 3,710 verified and 5,763 unverified clips: 4 folds, 500 epochs."""
    recipe = configured_plan(systems=["dorfer-b"], size="published").training.estimated_recipe("dorfer-b")
    training, rounds, _ = hours(recipe, clip_table(3710, 5763, 1600, classes=41), SPEED)
    assert (training["jobs"], training["updates"]) == (4, 4 * 500 * 72)
    assert rounds["jobs"] == 40
    assert rounds["updates"] == pytest.approx(40 * 30 * 40, rel=0.05), "about 40 in an epoch of a stage"


def test_the_probe_divides_by_what_it_measured(monkeypatch):
    """By a clock that moves on by one second for each example that the network sees."""
    seen = []

    class Clock:
        @staticmethod
        def perf_counter():
            return float(sum(seen))

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(3))

        def forward(self, spectrogram):
            seen.append(len(spectrogram))
            return self.weight.expand(len(spectrogram), 3)

    monkeypatch.setattr(probe, "time", Clock)
    monkeypatch.setattr(probe, "build_network", lambda *_: torch.nn.Sequential(torch.nn.Identity(), Network()))
    recipe = read_recipe("dorfer-a", {"dorfer-a": {"training": {"batch": 4}, "windows": {"tiled": 1000}}})
    figures = measure(recipe, 3, torch.device("cpu"), seconds=20)
    assert figures["update_seconds"] == 4, "an update is a batch of 4"
    assert figures["window_seconds"] == figures["crop_seconds"] == 1
    assert seen.count(4) == len(seen) == 3 * (1 + 1 + 5), "once to warm up, once alone, and for 20 seconds"


@pytest.mark.parametrize(
    ("system", "frames_per_second", "bands"),
    [("dorfer-a", 32000 / 192, 128), ("dorfer-c", 250, 128), ("iqbal-vgg13-a", 62.5, 64)],
)
def test_the_probe_knows_the_recipes_shape(system, frames_per_second, bands):
    recipe = read_recipe(system, {system: {"network": {"width": 2}, "training": {"batch": 4}}})
    figures = measure(recipe, 3, torch.device("cpu"), seconds=0.01)
    assert figures.pop("frames_per_second") == pytest.approx(frames_per_second, rel=0.005)
    assert figures.pop("bands") == bands
    assert figures.pop("peak_memory_mb") > 100, "Python with torch"
    assert set(figures) == {"update_seconds", "window_seconds", "crop_seconds"}
    assert all(0 < seconds < 10 for seconds in figures.values())


def test_the_probe_sees_the_memory_that_was_needed_and_is_free_again():
    recipe = read_recipe("iqbal-vgg13-a", {"iqbal-vgg13-a": {"network": {"width": 2}, "training": {"batch": 4}}})
    before = measure(recipe, 3, torch.device("cpu"), seconds=0.01)["peak_memory_mb"]
    np.ones(int(before * 1e6 / 8)).sum()  # beside Python and torch
    assert measure(recipe, 3, torch.device("cpu"), seconds=0.01)["peak_memory_mb"] > before + 50


def test_the_estimate_is_written_and_printed_with_its_unit(tmp_path, capsys):
    write_clips(clip_table(20, 20, 10), tmp_path / "clips.csv")
    recipe = read_recipe("iqbal-vgg13-a", {"iqbal-vgg13-a": {"network": {"width": 2}, "training": {"batch": 4}}})
    settings = measure_speed.Settings(classes=2, task="multiclass", recipe=recipe)
    measure_speed.main(speed=tmp_path / "speed.csv", settings=settings, threads=1, device="cpu", deterministic=0)
    measured = pd.read_csv(tmp_path / "speed.csv")
    assert measured[["device", "threads"]].to_numpy().tolist() == [["CPU", 1]]
    header = "device,threads,frames_per_second,bands,update_seconds,window_seconds,crop_seconds,peak_memory_mb"
    (tmp_path / "gpu.csv").write_text(f"{header}\nNVIDIA H200,1,10,500,1000,100,10,700\n")
    files = {"clips": tmp_path / "clips.csv", "estimate": tmp_path / "hours.csv"}

    # named against the alphabet: each has the speed that stands in its place
    own = configured_plan(size="published").training.estimated_recipe("iqbal-vgg13-a")
    recipes = [{"system": "z"} | RECIPE, own | {"system": "b"}]
    speeds = [tmp_path / "gpu.csv", tmp_path / "speed.csv"]
    estimate_hours.main(speeds=speeds, settings=estimate_hours.Settings(recipes), **files)
    printed = capsys.readouterr().out
    # a thousand times the figures worked out above: 47,000 s + 50,000 s + 12,000 s
    assert "From scratch, 17 trainings take about 30." in printed
    assert "hours on one NVIDIA H200, CPU, one after the other" in printed
    assert "z: 30.3 hours" in printed
    table = pd.read_csv(tmp_path / "hours.csv")
    assert table.loc[table["system"] == "z", ["device", "memory_mb"]].drop_duplicates().to_numpy().tolist() == [
        ["NVIDIA H200", 704]
    ]
    table = table.groupby("system", sort=False)["hours"].sum()
    assert table.index.tolist() == ["z", "b"]
    assert table["z"] == pytest.approx(109_000 / 3600, abs=0.1)

    estimate_hours.main(speeds=speeds[1:], settings=estimate_hours.Settings(recipes[1:]), **files)
    assert "on one CPU (1 thread(s) a job), one after the other:\n  b: " in capsys.readouterr().out


@pytest.mark.parametrize(("hours", "words"), [(0.5, "30.0 minutes"), (0.999, "59.9 minutes"), (1, "1.0 hours")])
def test_durations_below_an_hour_are_in_minutes(hours, words):
    assert estimate_hours.duration(hours) == words


@pytest.mark.parametrize("systems", [["dorfer-a", "iqbal-vgg13-a"], ["iqbal-vgg13-a", "dorfer-a"]])
def test_systems_and_their_speeds_come_in_the_same_order(systems):
    plan = Plan(yaml.safe_load((ROOT / "config.yaml").read_text()) | {"systems": systems})
    wildcards = SimpleNamespace(dataset=DATASET)
    recipes = json.loads(plan.training.estimate_hours(wildcards))["recipes"]
    assert [recipe["system"] for recipe in recipes] == systems
    assert [path.split("/")[-2] for path in plan.training.speeds(wildcards)] == systems


def test_only_systems_that_an_ensemble_relabels_have_such_stages():
    """Iqbal et al.'s eight systems are trained twice where all of them take part, Dorfer & Widmer's never."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    again = {}
    for systems in (["dorfer-a", *EIGHT], EIGHT[:7]):
        recipes = json.loads(
            Plan(config | {"systems": systems}).training.estimate_hours(SimpleNamespace(dataset=DATASET))
        )["recipes"]
        stages = [{stage["name"]: stage["repeat"] for stage in recipe["stages"]} for recipe in recipes]
        again[len(systems)] = [of_system.get("relabelling", 0) for of_system in stages]
    assert again == {9: [0] + [1] * 8, 7: [0] * 7}


# ------------------------------------------------------------------ the real Snakemake

ESTIMATE = "results/fsdkaggle2018-demo/training_hours.csv"


@pytest.mark.parametrize(
    ("device", "size", "awaited"),
    [
        ("cpu", "demo", []),
        ("cuda", "demo", [ESTIMATE]),
        ("cuda-or-cpu", "demo", [ESTIMATE]),
        ("cpu", "published", [ESTIMATE]),
    ],
)
def test_a_main_job_makes_it_where_trainings_can_take_long(device, size, awaited):
    config = yaml.safe_load((ROOT / "config.yaml").read_text()) | {"device": device, "size": size}
    assert Plan(config).training.awaited_estimate("fsdkaggle2018-demo") == awaited


def test_a_small_run_on_a_cpu_neither_waits_for_it_nor_makes_it(built):
    assert "rule train" in built.printed
    assert "From scratch" not in built.printed
    assert not list((built.folder / "results").rglob("speed.csv"))
    assert not (built.folder / ESTIMATE).exists()


@pytest.fixture(scope="module")
def estimated(built, tmp_path_factory):
    """The main job as it goes on where there might be a GPU, as far as the first stage; one job at a time."""
    project = built.copy(tmp_path_factory.mktemp("estimated") / "project")
    configured("device", value="cuda-or-cpu")(project)
    first = ["--forcerun", "train", "--omit-from", "accept_labels", "start_stage", "predict_stage"]
    status, project.printed = project.run("--cores", "1", *first, "--", "results/task2_ensemble.csv")
    assert status == 0, project.printed
    return project


def test_the_main_job_prints_it_before_it_trains(estimated):
    printed = estimated.printed
    assert printed.index("From scratch, 6 trainings take about") < printed.index("rule train")
    table = pd.read_csv(estimated.folder / ESTIMATE)
    assert table["system"].unique().tolist() == ["dorfer-a", "iqbal-vgg13-a"]


ONE = {"measure_speed": 1, "estimate_hours": 1}
EDITED = {
    "a network": ONE,
    "the loss": {"measure_speed": 2, "estimate_hours": 1},
    "a recipe's learning rate": {},
    "a fine-tuning rate": {},
    "the acceptance rule": {"estimate_hours": 1},
    "the number of rounds": {"estimate_hours": 1},
    "a sampling": ONE,
    "the trim threshold": {},
    "a system more": ONE,
    "two values of a recipe swapped": ONE,
}


@pytest.mark.parametrize("name", EDITED)
def test_exactly_the_systems_concerned_are_measured_anew(estimated, tmp_path, name):
    project = estimated.copy(tmp_path / "project")
    EDITS[name][0](project)
    assert project.planned(ESTIMATE) == EDITED[name]


def test_other_clips_are_estimated_anew_but_nothing_is_measured(estimated, tmp_path):
    project = estimated.copy(tmp_path / "project")
    replaced("datasets/fsdkaggle2018-demo.yaml", "0b9c1f31", "1b9c1f31")(project)
    planned = project.planned(ESTIMATE)
    assert planned["estimate_hours"] == 1
    assert "measure_speed" not in planned
