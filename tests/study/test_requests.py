"""What jobs ask a cluster for."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT, Project
from workflow_scripts.study import requests
from workflow_scripts.study.datasets import read_dataset
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.requests import Need, measured, megabytes, minutes, of_clips
from workflow_scripts.study.study import Study

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
RECIPE = {
    **{"task": "multiclass", "folds": 4, "held_out": None, "detection": None},
    "training": {"epochs": 10, "checkpoint_selection": {"count": 1}},
    "stages": {"training": {}, "relabelling": {"labels": {"name": "corrected"}}},
    "cost": {"clip_seconds": 0.5, "clip_mb": 0.5, "memory_mb": 2000},
}
ACCEPTED = {"labels": {"name": "accepted", "crops": 6}, "epochs": 2}
VERIFYING = RECIPE | {"stages": {"training": {}, "self_verification": ACCEPTED}}
TABLE = "system,recipe,device,stage,jobs,updates,hours,memory_mb"
NEEDS = st.builds(Need, st.floats(0, 1e7), st.floats(0, 1e6))
MODEL = "results/fsdkaggle2018-demo/systems/{}/stage00/fold0/model.safetensors"


def expected(recipe, stage, train, test, device):
    """What one job of a system with this recipe needs before a probe has measured it."""
    others = {key: {} for key in ("choices", "policy_recipes", "ensembles", "event_ensembles", "policy_ensembles")}
    study = Study({"device": device}, recipes={"a": recipe}, corrector_of={}, **others)
    if stage in requests.PREDICTIONS.values():
        return requests.expected_prediction(study, "a", train, test)
    first = next(one for one in study.stages("a") if one.name == stage)
    return requests.expected_training(study, "a", first, train, test)


def test_a_request_has_a_margin_and_grows_with_each_attempt():
    need = Need(seconds=4000, memory_mb=2600)
    # 1.5 * 66.7 + 5 minutes; 1.25 * 2600 + 1000 = 4250 MB
    assert [minutes(need, attempt) for attempt in (1, 2, 3)] == [105, 210, 315]
    assert [megabytes(need, attempt) for attempt in (1, 2, 3)] == [4500, 8500, 13000]


@given(NEEDS, st.integers(1, 10))
def test_requests_are_round_numbers_that_suffice(need, attempt):
    assert minutes(need, attempt) % 5 == megabytes(need, attempt) % 500 == 0
    assert minutes(need, attempt) >= max(10, attempt * (need.seconds / 60 + 5))
    assert megabytes(need, attempt) >= attempt * (need.memory_mb + 1000)
    assert minutes(need, attempt + 1) >= minutes(need, attempt)
    assert megabytes(need, attempt + 1) > megabytes(need, attempt)


@pytest.mark.parametrize(
    ("recipe", "stage", "seconds"),
    [
        # 10 epochs of 750 clips, and 250 held-out ones that count twice: 8000 * 0.5 s
        (RECIPE, "training", 4000),
        (RECIPE, "relabelling", 4000),
        # 250 clips that are judged by 6 draws count twice more
        (VERIFYING, "training", 4250),
        # 2 epochs of 750 clips, 250 held-out ones, and 6 draws of these: 1500 + 500 + 500 times 0.5 s
        (VERIFYING, "self_verification", 1250),
        # 200 clips, 4 models, twice
        (RECIPE, "test prediction", 800),
    ],
)
def test_before_it_is_measured_the_recipe_tells_by_hand(recipe, stage, seconds):
    assert expected(recipe, stage, 1000, 200, "cpu") == pytest.approx((seconds, 2000 + 1200 * 0.5))
    assert expected(recipe, stage, 1000, 200, "cuda") == pytest.approx((seconds / 50, 2600))
    assert expected(recipe, stage, 1000, 200, "cuda-or-cpu") == expected(recipe, stage, 1000, 200, "cuda")


def test_each_kept_epoch_predicts():
    recipe = RECIPE | {"training": RECIPE["training"] | {"checkpoint_selection": {"count": 4}}}
    assert expected(recipe, "test prediction", 1000, 200, "cpu").seconds == pytest.approx(3200)
    assert expected(recipe, "training", 1000, 200, "cpu").seconds == pytest.approx(4000 + 3 * 250)


@given(st.integers(1, 10**6), st.integers(1, 1000), st.sampled_from(["training", "self_verification"]))
def test_more_clips_and_more_epochs_need_more(clips, epochs, stage):
    def recipe(epochs):
        return VERIFYING | {
            "training": RECIPE["training"] | {"epochs": epochs},
            "stages": {"training": {}, "self_verification": ACCEPTED | {"epochs": epochs}},
        }

    need = expected(recipe(epochs), stage, clips, clips, "cpu")
    assert expected(recipe(epochs + 1), stage, clips, clips, "cpu").seconds > need.seconds
    more = expected(recipe(epochs), stage, clips + 1, clips, "cpu")
    assert more.seconds > need.seconds
    assert more.memory_mb > need.memory_mb


def test_a_stage_asks_by_its_own_epochs():
    recipe = RECIPE | {"stages": {"tagger": {}, "tags": {"epochs": 2 * RECIPE["training"]["epochs"]}}}
    first, second = (expected(recipe, stage, 1000, 200, "cpu") for stage in ("tagger", "tags"))
    assert first == expected(RECIPE, "training", 1000, 200, "cpu")
    assert second.seconds > 1.9 * first.seconds


@pytest.mark.parametrize(
    ("rule", "system", "stage", "row"),
    [
        ("train", "t4-cpjku-deep", "02", "frame_probabilities"),
        ("predict_frames", "t4-cpjku-deep", "02", "frame prediction"),
        ("train", "dorfer-a", "02", "self_verification"),
        ("predict_stage", "dorfer-a", "02", "test prediction"),
    ],
)
def test_a_job_looks_for_the_row_of_its_stage_in_the_table(monkeypatch, rule, system, stage, row):
    asked = []
    monkeypatch.setattr(requests, "measured", lambda *key: asked.append(key[1:4:2]))
    dataset = "dcase2018-task4-demo" if system.startswith("t4") else "fsdkaggle2018-demo"
    assert Plan(CONFIG).requests.minutes(SimpleNamespace(dataset=dataset, system=system, stage=stage), 1, rule) >= 10
    assert asked == [(system, row)]


def test_all_clips_may_be_predicted_frame_by_frame():
    recipe = RECIPE | {"task": "detection", "detection": {"trained_folds": 2}}
    need = expected(recipe, "frame prediction", 1000, 200, "cpu")
    assert need.seconds == pytest.approx(
        2 * 1200 * RECIPE["training"]["checkpoint_selection"]["count"] * RECIPE["cost"]["clip_seconds"]
    )


def test_clips_that_the_dataset_file_does_not_count_are_taken_for_many():
    assert requests.clip_counts(read_dataset("fsdkaggle2018")) == (9473, 1600)
    assert requests.clip_counts(read_dataset("dcase2018-task4")) == (1578 + 14412, 288 + 880)
    assert requests.clip_counts(read_dataset("fsdkaggle2018") | {"counts": {"train": 300}}) == (300, 10_000)
    assert requests.clip_counts(read_dataset("fsdkaggle2018") | {"counts": None}) == (10_000, 10_000)


def test_the_tables_row_comes_first(tmp_path):
    table = tmp_path / "training_hours.csv"
    rows = [
        "a,5f,CPU,training,4,36,2.0,3000",
        "a,5f,CPU,test prediction,1,0,0.5,3000",
        "b,5f,NVIDIA H200,training,5,9,5.0,1000",
    ]
    table.write_text("\n".join([TABLE, *rows]))
    assert measured(table, "a", "5f", "training", "cpu") == (1800, 3000)
    assert minutes(measured(table, "a", "5f", "training", "cpu"), 1) == 50  # 1.5 * 30 + 5
    assert megabytes(measured(table, "a", "5f", "training", "cpu"), 1) == 5000  # 1.25 * 3000 + 1000 = 4750
    assert measured(table, "a", "5f", "test prediction", "cpu") == (1800, 3000)
    assert measured(table, "b", "5f", "training", "cuda") == (3600, 1000)
    assert measured(table, "a", "60", "training", "cpu") is None, "it was made for another recipe"


def test_a_table_of_another_device_does_not_count(tmp_path):
    table = tmp_path / "training_hours.csv"
    table.write_text(f"{TABLE}\na,5f,CPU,training,4,36,2.0,3000\nb,5f,NVIDIA H200,training,5,9,5.0,1000\n")
    assert measured(table, "a", "5f", "training", "cuda") is None
    assert measured(table, "b", "5f", "training", "cpu") is None
    assert measured(table, "a", "5f", "training", "cuda-or-cpu") == (1800, 3000), "the probe saw no GPU"
    assert measured(table, "b", "5f", "training", "cuda-or-cpu") == (3600, 1000)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        TABLE.encode(),
        f"{TABLE}\nb,5f,CPU,training,4,36,2.0,3000".encode(),
        f"{TABLE}\na,5f,CPU,relabelling,4,36,2.0,3000".encode(),
        f"{TABLE}\na,5f,CPU,training,4,36".encode(),
        f"{TABLE}\na,5f,CPU,training,4,36,two,3000".encode(),
        f"{TABLE}\na,5f,CPU,training,0,36,2.0,3000".encode(),
        f"{TABLE}\na,5f,CPU,training,4,36,nan,3000".encode(),
        f"{TABLE}\na,5f,CPU,training,4,36,2.0,inf".encode(),
        f"{TABLE}\na,5f,CPU,training,4,36,-2.0,3000".encode(),
        b"system,stage,jobs,updates,hours\na,training,4,36,2.0",
    ],
)
def test_a_damaged_table_is_as_good_as_none(tmp_path, content):
    table = tmp_path / "training_hours.csv"
    assert measured(table, "a", "5f", "training", "cpu") is None, "it is missing"
    table.write_bytes(content)
    assert measured(table, "a", "5f", "training", "cpu") is None


@pytest.mark.parametrize("rule", sorted(requests.CLIP_COSTS))
def test_what_goes_through_all_clips_asks_for_more_where_there_are_more(rule):
    few, many = of_clips(rule, 10_000), of_clips(rule, 100_000)
    assert minutes(many, 1) > minutes(few, 1)
    assert megabytes(many, 1) >= megabytes(few, 1)


def test_every_rule_that_is_not_local_asks_for_time_and_memory():
    asking = set()
    planned_by = {"tag_sounds": "tagging"}  # whose cost is that of several systems
    for path in (ROOT / "rules").glob("*.smk"):
        for block in re.split(r"(?m)^(?=rule |use rule )", path.read_text())[1:]:
            name, copied = re.match(r"(?:rule|use rule \w+ as) (\w+)|", block)[1], block.startswith("use rule")
            if "localrule: True" not in block:
                asking.add(name)
                module = planned_by.get(name, "requests")
                asked = {f"mem_mb=plan.{module}.megabytes,", f"runtime=plan.{module}.minutes,"}
                assert copied or asked <= set(block.split()), name
    assert asking == {"measure_speed", "train", "prune_clips", *requests.PREDICTIONS, *requests.CLIP_COSTS}


def requested(printed):
    """Return (rule, wildcards) -> (minutes, MB) of all jobs in what Snakemake has printed."""
    jobs = re.findall(r"rule (\w+):\n(?:    .*\n)*?    wildcards: (.*)\n(?:    .*\n)*?    resources: (.*)", printed)
    numbers = {job[:2]: dict(re.findall(r"(runtime|mem_mb)=([^,]+)", job[2])) for job in jobs}
    return {job: (int(found["runtime"]), int(found["mem_mb"])) for job, found in numbers.items()}


def test_a_dry_run_knows_all_requests(tmp_path):
    status, printed = Project(tmp_path / "project").run("--dry-run", "--", MODEL.format("iqbal-vgg13-a"))
    assert status == 0, printed
    assert "TBD" not in printed.replace("tmpdir=<TBD>", "")
    asked = requested(printed)
    assert {rule for rule, _ in asked} >= {"inspect_audio", "extract_features", "train"}
    assert all(numbers >= (10, 1000) for numbers in asked.values())


def test_requests_grow_with_epochs_and_attempts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no probe has measured anything
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo", system="iqbal-vgg13-a", stage="00", fold="0")

    def asked(attempt, epochs=3):
        tiny = {"iqbal-vgg13-a": {"network": {"width": 2}, "training": {"epochs": epochs}}}
        plan = Plan(CONFIG | {"size": "tiny", "sizes": {"tiny": tiny}})
        return [of(wildcards, attempt, "train") for of in (plan.requests.minutes, plan.requests.megabytes)]

    first, second = asked(attempt=1), asked(attempt=2)
    assert all(second[number] > 1.8 * first[number] for number in (0, 1))
    assert asked(attempt=1, epochs=300)[0] > 10 * first[0]


def test_a_run_asks_for_what_its_own_probe_has_measured(built, tmp_path):
    """The tiny networks take seconds; by the cost of the published ones they would ask for more than ten minutes."""
    project = built.copy(tmp_path / "project")

    def asked():
        status, printed = project.run("--dry-run", "--forcerun", "train", "--", "results/task2_ensemble.csv")
        assert status == 0, printed
        return [numbers[0] for job, numbers in requested(printed).items() if job[0] == "train"]

    assert len(asked()) == 6
    assert min(asked()) > 10
    status, printed = project.run("results/fsdkaggle2018-demo/training_hours.csv")
    assert status == 0, printed
    assert asked() == [10] * 6


def test_another_cost_trains_nothing_anew(built, tmp_path):
    project = built.copy(tmp_path / "project")
    for path in Path(project.folder, "systems").glob("*.yaml"):
        path.write_text(path.read_text().replace("clip_seconds: ", "clip_seconds: 9"))
    assert project.planned("results/task2_ensemble.csv") == {}
