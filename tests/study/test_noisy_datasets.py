"""Data sets called <dataset>+<kind>-<rate>-s<seed>: what they share with the one before the +, and wrong names."""

import json
from types import SimpleNamespace

import pytest
import yaml

from tests.collection import Collection
from tests.project import ROOT
from tests.refusals import refusal
from workflow_scripts.study.datasets import dataset_name, read_dataset
from workflow_scripts.study.label_noise import noisy_name
from workflow_scripts.study.plan import Plan

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
OPEN, NOISY = "fsdkaggle2018-demo-open", "fsdkaggle2018-demo-open+uniform-0.4-s1"
GRID = {
    "system": "iqbal-vgg13-a",
    "policies": ["none", "relabelling"],
    "kinds": ["uniform", "out_of_vocabulary"],
    "rates": [0, 0.25],
    "seeds": [1, 2],
}


def of(dataset, **wildcards):
    return SimpleNamespace(dataset=dataset, **wildcards)


@pytest.fixture(scope="module")
def plan():
    return Plan(CONFIG | {"noise_robustness": GRID})


# ------------------------------------------------------------------ what is shared, and what is not


def test_recordings_and_features_are_those_of_the_other_data_set(plan):
    wildcards = of(NOISY, system="iqbal-vgg13-a", stage="00", fold="0")
    data = plan.training.data_of_training(wildcards)
    assert data["frames"] == f"results/{OPEN}/features/log-mel-a/frames.npy"
    assert data["clips"] == f"results/{NOISY}/clips.csv"
    assert data["folds"] == f"results/{NOISY}/folds/4.csv"
    shared = [plan.data.listing(wildcards), plan.data.facts(wildcards), *plan.data.audio_folders(wildcards)]
    shared += [*plan.report.segment_tables(wildcards), plan.prediction.baseline_data(wildcards)["frames"]]
    assert all(path.startswith(f"results/{OPEN}/") for path in shared)


def test_a_main_job_leaves_its_own_results_behind_and_the_problems_of_the_recordings():
    files = Plan(CONFIG | {"dataset": NOISY}).report.left_behind({})
    assert {path.split("/")[1] for path in files} == {OPEN, NOISY}
    assert sorted(path for path in files if path.startswith(f"results/{OPEN}/")) == [
        f"results/{OPEN}/counts.csv",
        f"results/{OPEN}/data_problems.csv",
    ]
    assert f"results/{NOISY}/audit_precision.csv" in files, "the true labels are known"


@pytest.mark.parametrize("asked", ["list_clips", "heard_clips"])
def test_nothing_of_a_recording_is_made_twice(plan, asked):
    message = refusal(getattr(plan.data, asked), of(NOISY))
    assert f"its recordings are those of {OPEN}" in message


def test_its_true_labels_judge_it_and_those_of_the_other_one_say_which_labels_to_make_wrong(plan):
    settings = json.loads(plan.audit.audit_labels(of(NOISY)))
    assert settings["true_labels"] == f"results/{NOISY}/true_labels.csv"
    assert plan.data.true_labels_manifest(of(NOISY)) == [settings["true_labels"]]
    assert plan.data.true_labels_folder(of(NOISY)) == []
    made = json.loads(plan.data.corrupt_labels(of(NOISY)))
    assert made["true_labels"].startswith(f"results/{OPEN}/raw/doc.zip/")
    assert plan.data.true_labels_to_corrupt_folder(of(NOISY)) == [f"results/{OPEN}/raw/doc.zip"]
    assert plan.data.clips_to_corrupt(of(NOISY)) == f"results/{OPEN}/all_clips.csv"


def test_only_what_a_kind_of_noise_is_made_of_makes_its_labels_anew(plan):
    kinds = {"uniform": set(), "confusable": {"groups", "confusions"}, "out_of_vocabulary": {"further_classes"}}
    for kind, needed in kinds.items():
        settings = json.loads(plan.data.corrupt_labels(of(f"{OPEN}+{kind}-0.4-s1")))
        assert settings.keys() & {"groups", "confusions", "further_classes"} == needed
        assert (settings["kind"], settings["rate"], settings["seed"]) == (kind, 0.4, 1)


def test_unverified_clips_are_there_whatever_the_tables_say(tmp_path):
    """Those of the collection are all verified."""
    collection = Collection(tmp_path, "mine")
    collection.dataset |= {"columns": {"manually_verified": None}, "label_noise": {"verified_share": 0.5}}
    collection.write_tables()
    plan = Plan(CONFIG | {"dataset": f"{collection.file}+uniform-0.3-s1"})
    assert plan.study.dataset == "mine+uniform-0.3-s1"
    wildcards = of(plan.study.dataset, system="policy-verified-only-seed1", stage="00", fold="0")
    assert json.loads(plan.training.train(wildcards))["training"]["learn_from"] == "verified"
    assert json.loads(plan.data.corrupt_labels(wildcards))["verified_share"] == 0.5
    assert plan.data.clips_to_corrupt(wildcards) == "results/mine/clips.csv"


def test_clips_of_a_table_that_nobody_verified_are_unverified():
    """Whether a column says so or the dataset file."""
    own = {"cross-task-cnn": {"training": {"learn_from": "unverified"}}}
    plan = Plan(CONFIG | {"size": "own", "sizes": {"own": own}})
    plan.training.check_clips("cross-task-cnn", "00", "arca23k")
    assert "has no unverified clips" in refusal(plan.training.check_clips, "cross-task-cnn", "00", "arca23k-fsd")
    plan.training.check_clips("cross-task-cnn", "00", "arca23k-fsd+uniform-0.4-s1")


def test_a_data_set_without_noise_is_told_nothing_new():
    """So that its jobs are what they were."""
    plan = Plan(CONFIG)
    assert "further_classes" not in json.loads(plan.data.list_clips(of("fsdkaggle2018-demo")))
    assert "further" not in json.loads(plan.data.tabulate_clips(of("fsdkaggle2018-demo")))
    assert plan.data.heard_clips(of("fsdkaggle2018-demo")) == "results/fsdkaggle2018-demo/clips.csv"
    assert plan.data.heard_clips(of(OPEN)) == f"results/{OPEN}/all_clips.csv"


# ------------------------------------------------------------------ names


def test_the_file_of_a_collection_may_lie_anywhere(tmp_path):
    assert dataset_name("some+where/mine.yaml+uniform-0.4-s1") == "mine+uniform-0.4-s1"
    assert dataset_name("some+where/mine.yaml") == "mine"
    assert noisy_name("mine", "confusable", 0.4, 3) == "mine+confusable-0.4-s3"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"{OPEN}+noise", "behind the + stand kind, rate and seed"),
        (f"{OPEN}+uniform--0.2-s1", "behind the + stand"),
        (f"{OPEN}+unifrom-0.4-s1", "no label noise of the kind 'unifrom'; there are uniform, confusable"),
        (f"{OPEN}+uniform-1.4-s1", "from 0 to 1"),
        (f"{OPEN}+uniform-0.40-s01", f"write {OPEN}+uniform-0.4-s1"),
        (f"{NOISY}+uniform-0.4-s1", "name one noise"),
        ("fsdkaggle2018-demo+out_of_vocabulary-0.4-s1", "has no `further_classes`"),
        ("fsdkaggle2018-demo+confusable-0.4-s1", "has no `groups` in `label_noise`, nor `confusions`"),
        ("fsd50k+uniform-0.4-s1", "the task of fsd50k is multilabel"),
        ("fsdkaggle2018-demos+uniform-0.4-s1", "there is no file"),
    ],
)
def test_a_wrong_name_is_one_line(name, words):
    message = refusal(read_dataset, name)
    assert words in message
    assert name.split("+")[0] in message


def test_where_no_label_is_known_to_be_true_it_is_said_how_to_say_so(tmp_path):
    collection = Collection(tmp_path, "mine")
    message = refusal(read_dataset, f"{collection.file}+uniform-0.4-s1")
    assert "has no `true_labels`, nor a `verified_share` in `label_noise`" in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"further_classes": ["Tone"]}, "further_classes: 'Tone' is one of `classes`, too"),
        ({"further_classes": ["Hum"], "classes": None}, "they are further than `classes`, and there are none"),
        ({"label_noise": {"groups": {"a": ["Tone", "Hum"]}}}, "label_noise.groups.a: 'Hum' is none of `classes`"),
        ({"label_noise": {"groups": {"a": ["Tone", "Click"], "b": ["Noise", "Tone"]}}}, "'Tone' stands in two groups"),
        ({"label_noise": {"groups": {"a": ["Tone", "Click"]}, "confusions": "x.csv"}}, "leave one of the two out"),
        ({"label_noise": {"verified_share": 1}}, "verified_share"),
        ({"label_noise": {"rate": 0.4}}, "rate"),
    ],
)
def test_a_mistake_in_what_noise_is_made_of_is_one_line(tmp_path, changes, words):
    collection = Collection(tmp_path, "mine")
    collection.dataset = {key: value for key, value in (collection.dataset | changes).items() if value is not None}
    collection.write_tables()
    message = refusal(read_dataset, str(collection.file))
    assert words in message
    assert str(collection.file) in message


def test_a_matrix_that_is_not_there_is_one_line(tmp_path):
    collection = Collection(tmp_path, "mine")
    collection.dataset["label_noise"] = {"confusions": "nowhere.csv", "verified_share": 0.5}
    collection.write_tables()
    plan = Plan(CONFIG | {"dataset": str(collection.file)})
    message = refusal(plan.data.corrupt_labels, of("mine+confusable-0.4-s1"))
    assert "label_noise.confusions: nowhere.csv: no such file" in message


# ------------------------------------------------------------------ the grid


def test_of_every_kind_rate_policy_and_seed_there_is_a_training(plan):
    paths = plan.scoring.robustness_test(of(OPEN))
    assert len(paths) == 2 * 2 * 2 * 2
    assert paths[:2] == [
        f"results/{OPEN}+uniform-0-s1/systems/robustness-none-seed1/test.parquet",
        f"results/{OPEN}+uniform-0-s2/systems/robustness-none-seed2/test.parquet",
    ]
    assert paths[-1] == f"results/{OPEN}+out_of_vocabulary-0.25-s2/systems/robustness-relabelling-seed2/test.parquet"
    assert len(set(paths)) == 12, "without noise the kinds are one"


def test_the_trainings_are_those_of_the_system_under_a_policy(plan):
    wildcards = of(NOISY, system="robustness-none-seed2", stage="00", fold="0")
    settings = json.loads(plan.training.train(wildcards))
    compared = {"system": GRID["system"], "policies": GRID["policies"], "seeds": GRID["seeds"]}
    of_policies = Plan(CONFIG | {"noise_policies": compared})
    same = json.loads(of_policies.training.train(of(OPEN, system="policy-none-seed2", stage="00", fold="0")))
    assert {key for key in settings if settings[key] != same[key]} == {"system"}
    assert settings["seed"] == 2
    data = plan.training.data_of_training(of(NOISY, system="robustness-relabelling-seed1", stage="01", fold="0"))
    assert data["labels"] == [f"results/{NOISY}/ensemble/robustness-relabelling-seed1/stage01/labels.csv"]


def test_policies_are_compared_without_the_trainings_of_the_grid(plan):
    assert not [path for path in plan.scoring.policy_test(of(OPEN)) if "robustness" in path]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"policies": ["hope"]}, "noise_robustness.policies: no 'hope' in policies/"),
        ({"system": "t4-baseline"}, "noise_robustness.system: t4-baseline detects events"),
        ({"kinds": ["unifrom"]}, "noise_robustness.kinds"),
        ({"rates": [0, 1.2]}, "noise_robustness.rates"),
    ],
)
def test_a_mistake_in_the_grid_is_one_line(changes, words):
    assert words in refusal(Plan, CONFIG | {"noise_robustness": GRID | changes})


def test_without_a_grid_what_to_add_is_said():
    config = {key: value for key, value in CONFIG.items() if key != "noise_robustness"}
    message = refusal(Plan(config).scoring.robustness_test, of(OPEN))
    assert "no section noise_robustness: system, policies, kinds, rates, seeds" in message


def test_robustness_is_that_of_test_clips_with_one_label(plan, tmp_path):
    assert "its task is multilabel" in refusal(plan.scoring.compare_noise_robustness, of("fsd50k"))
    collection = Collection(tmp_path, "mine", tests_per_class=0)
    del collection.dataset["tables"]["test"]
    collection.write_tables()
    plan = Plan(CONFIG | {"noise_robustness": GRID, "dataset": str(collection.file)})
    assert "it has no test clips" in refusal(plan.scoring.compare_noise_robustness, of("mine"))
