"""The plan of Task 4: recipes as published, rounds and teachers, and one clear line where something is wrong."""

import copy
import json
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT, TASK4
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.recipes import read_recipe, step_seconds

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
DEMO = "dcase2018-task4-demo"


def plan(sizes=None, **task4):
    """Return the plan of config.yaml, with changes to its section task4, and other recipes by ``sizes``."""
    config = copy.deepcopy(CONFIG)
    config["task4"] |= task4
    if sizes is not None:
        config |= {"size": "changed", "sizes": {"changed": sizes}}
    return Plan(config)


def wildcards(system, number="01", **others):
    return SimpleNamespace(dataset=DEMO, system=system, round=number, fold="0", **others)


# ---------------------------------------------------------------- as published


def test_the_baseline_is_that_of_the_paper_and_its_code():
    recipe = read_recipe("t4-baseline", {})
    assert step_seconds(recipe) == pytest.approx(0.02)
    assert recipe["windows"]["length"] == 500
    assert (recipe["training"]["epochs"], recipe["training"]["batch"], recipe["training"]["learning_rate"]) == (
        100,
        16,
        1e-3,
    )
    assert recipe["training"]["early_stopping"] == {"after": 6, "patience": 15, "least_gain": 0.01}
    (second,) = recipe["passes"]
    assert (second["targets"], second["learn_labelled"]) == ("tags", False)
    assert second["training"] == {"batch": 128, "loss_on": "frames"}
    assert recipe["detection"] == {
        "trained_folds": 1,
        "pool": ["unlabel_in_domain"],
        "thresholds": [0.5],
        "median_seconds": [1.02],  # 51 frames
    }


def test_the_distillation_is_that_of_the_paper():
    deep, shallow = (read_recipe(system, {}) for system in TASK4[1:])
    assert step_seconds(deep) == pytest.approx(0.0415)
    assert [one["targets"] for one in deep["passes"]] == ["clip_probabilities", *["frame_probabilities"] * 4]
    assert deep["passes"] == shallow["passes"]
    assert deep["passes"][0]["teachers"] == ["t4-cpjku-deep"]
    assert all(one["teachers"] == TASK4[1:] and one["learn_labelled"] for one in deep["passes"][1:])


def test_published_scores_are_the_means_of_their_classes():
    for system in [*TASK4]:
        for score in read_recipe(system, {})["published"]["scores"]:
            if "by_class" in score:
                assert len(score["by_class"]) == 10
                mean = sum(score["by_class"].values()) / 10
                assert mean == pytest.approx(score["value"], abs=6e-4), (system, score.get("round"))


# ---------------------------------------------------------------- rounds and teachers


def test_a_system_that_does_not_teach_itself_has_no_round_0():
    assert plan().rounds("t4-baseline") == ["00", "01"]
    assert plan().rounds("t4-cpjku-deep") == ["00", "01", "02"]
    assert plan().rounds("t4-cpjku-shallow") == ["01", "02"]


def test_teachers_are_the_systems_that_the_recipe_names():
    inputs = plan().data_of_teaching(wildcards("t4-cpjku-shallow", "02"))
    folders = [f"results/{DEMO}/systems/{teacher}/round01" for teacher in TASK4[1:]]
    assert inputs["probabilities"] == [f"{folder}/probabilities.npy" for folder in folders]
    assert inputs["post_processing"] == [f"{folder}/post_processing.csv" for folder in folders]
    single = plan().data_of_teaching(wildcards("t4-baseline", "01"))
    assert single["probabilities"] == [f"results/{DEMO}/systems/t4-baseline/round00/probabilities.npy"]
    assert single["post_processing"] == [], "there is nothing to choose"


def test_a_round_learns_from_tags_or_from_frames():
    assert plan().targets_of_round(wildcards("t4-baseline", "01"))["target_frames"] == []
    of_frames = plan().targets_of_round(wildcards("t4-cpjku-deep", "02"))
    assert of_frames["tags"] == []
    assert of_frames["target_frames"] == [f"results/{DEMO}/systems/t4-cpjku-deep/round02/targets.npy"]
    with pytest.raises(UserError, match="round 02 learns from frames"):
        plan().tag_making(wildcards("t4-cpjku-deep", "02"))
    with pytest.raises(UserError, match="round 01 learns from tags"):
        plan().frame_targets(wildcards("t4-cpjku-deep", "01"))


def test_only_a_round_that_others_learn_from_predicts_all_clips():
    teaches = {
        (system, number): json.loads(plan().frame_prediction(wildcards(system, number)))["teaches"]
        for system in TASK4
        for number in plan().rounds(system)
    }
    assert [key for key, value in teaches.items() if value] == [
        *[("t4-baseline", "00"), ("t4-cpjku-deep", "00"), ("t4-cpjku-deep", "01"), ("t4-cpjku-shallow", "01")]
    ]


def test_a_detector_learns_from_its_pool_and_with_the_changes_of_the_round():
    settings = json.loads(plan().taught_training(wildcards("t4-baseline", "01")))
    assert settings["labels"] == "several_labels"
    assert settings["pool"] == ["unlabel_in_domain"]
    assert settings["learn_labelled"] is False
    assert settings["training"]["loss_on"] == "frames"
    assert "workflow_scripts.tasks.several_labels" in settings["modules"]


def test_the_answer_of_a_system_is_its_last_round():
    assert plan(answer="t4-baseline").answered_events({}) == f"results/{DEMO}/systems/t4-baseline/round01/events.csv"
    assert plan(answer="t4-cpjku-kd").answered_events({}) == f"results/{DEMO}/ensemble/t4-cpjku-kd/events.csv"


def test_equal_members_of_a_merge_are_taken_from_the_last_round():
    merged = json.loads(plan().merging(SimpleNamespace(dataset=DEMO, ensemble="t4-cpjku-kd")))["detections"]
    assert merged == [
        *[["t4-cpjku-deep", 2], ["t4-cpjku-shallow", 2], ["t4-cpjku-deep", 1], ["t4-cpjku-shallow", 1]],
        ["t4-cpjku-deep", 0],
    ]


def test_only_the_merge_by_halves_sees_the_reference():
    files = {
        name: plan().merged_detections(SimpleNamespace(dataset=DEMO, ensemble=name))["reference"]
        for name in ("t4-cpjku-kd", "t4-cpjku-kd-halves")
    }
    assert files == {"t4-cpjku-kd": [], "t4-cpjku-kd-halves": [f"results/{DEMO}/events.csv"]}
    rules = (ROOT / "rules/detection.smk").read_text().split("\nrule ")
    assert not [
        rule
        for rule in rules
        if rule.startswith(("predict_frames", "detect_events")) and "events.csv" in rule.split("output:")[0]
    ]


# ---------------------------------------------------------------- published scores


def test_published_scores_stand_beside_their_rounds_on_their_data_set_at_their_size():
    config = copy.deepcopy(CONFIG) | {"size": "published"}
    config["task4"] |= {"dataset": "dcase2018-task4"}
    found = {
        (row["system"], row["metric"]): row["value"]
        for row in json.loads(Plan(config).event_scoring(SimpleNamespace(dataset="dcase2018-task4")))["published"]
    }
    assert found["t4-baseline round 0", "event_f1"] == 0.0751
    assert found["t4-baseline round 1", "event_f1"] == 0.1406
    assert found["t4-cpjku-shallow round 2", "event_f1"] == 0.3518
    assert found["t4-cpjku-kd", "event_f1"] == 0.4086
    assert ("t4-cpjku-deep round 0", "event_f1") not in found
    assert json.loads(plan().event_scoring(SimpleNamespace(dataset=DEMO)))["published"] == []
    config |= {"size": "demo"}
    reduced = json.loads(Plan(config).event_scoring(SimpleNamespace(dataset="dcase2018-task4")))["published"]
    assert reduced == []


def test_the_full_reproduction_is_planned():
    config = copy.deepcopy(CONFIG) | yaml.safe_load((ROOT / "configs/task4.yaml").read_text())
    full = Plan(config)
    assert full.rounds("t4-cpjku-shallow") == ["01", "02", "03", "04", "05"]
    assert full.event_answer.name == "t4-cpjku-kd"
    assert full.gpus == 1


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("task4", "words"),
    [
        ({"dataset": "dcase2018-task5"}, ["dcase2018-task5", "datasets/"]),
        ({"systems": ["t4-crnn"]}, ["t4-crnn", "t4-baseline"]),
        ({"systems": ["iqbal-vgg13-a"]}, ["iqbal-vgg13-a", "task4.systems", "frames"]),
        ({"answer": "t4"}, ["task4.answer", "'t4'", "t4-cpjku-kd"]),
        ({"answer": "stack"}, ["task4.answer", "stack"]),
        ({"systems": ["t4-baseline"]}, ["task4.answer", "t4-cpjku-kd", "there are t4-baseline"]),
        ({"answerr": "t4-baseline"}, ["config.yaml", "answerr"]),
    ],
)
def test_a_mistake_in_the_section_is_one_line_that_names_it(task4, words):
    with pytest.raises(UserError) as caught:
        plan(**task4)
    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def one_pass(**changes):
    return {"targets": "tags", "teachers": None, "learn_labelled": True, "training": {}} | changes


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"t4-baseline": {"passes": [one_pass(teachers=["t4"])]}}, ["t4-baseline", "round 1", "'t4'"]),
        ({"t4-baseline": {"passes": [one_pass(teachers=["dorfer-a"])]}}, ["'dorfer-a'", "detects events"]),
        ({"t4-baseline": {"passes": [one_pass(teachers=["t4-cpjku-deep"])]}}, ["'t4-cpjku-deep'", "spectrograms"]),
        ({"t4-baseline": {"passes": [one_pass(targets="labels")]}}, ["passes.0.targets", "labels"]),
        ({"t4-baseline": {"passes": [one_pass(median_frames=4)]}}, ["passes.0.median_frames", "even"]),
        (
            {"t4-baseline": {"passes": [one_pass(training={"lr_schedule": {"name": "linear"}})]}},
            ["passes.0", "constant_epochs"],
        ),
        ({"t4-baseline": {"detection": {"trained_folds": 9}}}, ["trained_folds", "5 folds"]),
        ({"t4-baseline": {"detection": {"thresholds": []}}}, ["detection.thresholds"]),
        (
            {"t4-baseline": {"training": {"checkpoint_selection": {"metric": "f1"}}}},
            ["training.checkpoint_selection.metric", "tag_f1"],
        ),
        (
            {"t4-cpjku-deep": {"passes": [one_pass()] * 3}, "t4-cpjku-shallow": {"passes": [one_pass()] * 3}}
            | {"t4-baseline": {"passes": [one_pass(), one_pass(teachers=["t4-cpjku-deep"])]}},
            ["t4-baseline", "round 2", "spectrograms"],
        ),
        (
            {"t4-cpjku-shallow": {"passes": [one_pass(teachers=["t4-cpjku-deep"])] * 7}},
            ["t4-cpjku-shallow", "round 7", "has no round 6"],
        ),
        (
            {
                "t4-cpjku-deep": {"passes": [one_pass(learn_labelled=False), one_pass()]},
                "t4-cpjku-shallow": {"passes": [one_pass(), one_pass(teachers=TASK4[1:])]},
            },
            ["learn_labelled", "all teachers"],
        ),
        ({"t4-cpjku-kd": {"fusion": "stack"}}, ["t4-cpjku-kd", "best-per-class"]),
        ({"dorfer": {"fusion": "best-per-class"}}, ["dorfer", "best-per-class"]),
    ],
)
def test_a_mistake_in_a_recipe_is_one_line_that_names_it(sizes, words):
    with pytest.raises(UserError) as caught:
        plan(sizes)
    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_front_end_that_does_not_say_when_frames_begin_is_refused():
    sizes = {"t4-baseline": {"front_end": {"spectrogram": {"name": "log_mel", "sample_rate": 32000}}}}
    with pytest.raises(UserError, match="needs its hop"):
        plan(sizes)


def test_systems_and_data_sets_of_the_two_tasks_do_not_mix():
    with pytest.raises(UserError, match="t4-baseline detects events"):
        Plan(copy.deepcopy(CONFIG) | {"systems": ["t4-baseline"]})
    with pytest.raises(UserError, match="one label per clip"):
        plan().training(SimpleNamespace(dataset=DEMO, system="dorfer-a", fold="0"))
    with pytest.raises(UserError, match="several_labels"):
        plan().training(SimpleNamespace(dataset="fsdkaggle2018-demo", system="t4-baseline", fold="0"))
    assert plan().systems_on(DEMO) == TASK4
    assert plan().systems_on("fsdkaggle2018-demo") == CONFIG["systems"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"soundscapes": {"of": "fsdnoisy18k"}}, ["'Double_bass'", "fsdnoisy18k"]),
        ({"classes": ["Telephone", "Cat"]}, ["'Cat'", "no class of fsdkaggle2018-demo"]),
        (
            {"soundscapes": {"parts": {"strong": {"clips": 3, "recordings": "test"}}}},
            ["soundscapes.parts.strong", "tables"],
        ),
        ({"soundscapes": {"parts": {"weak": {"recordings": "all"}}}}, ["soundscapes.parts.weak", "all"]),
        ({"folder": "/nowhere", "soundscapes": {"seed": 2}}, ["either", "soundscapes"]),
    ],
)
def test_a_mistake_in_a_data_set_of_soundscapes_is_one_line_that_names_it(changes, words, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"like": DEMO, "title": "mine"} | changes))
    with pytest.raises(UserError) as caught:
        plan(dataset=str(path)).mixing(SimpleNamespace(dataset="mine"))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_folder_of_ones_own_takes_the_place_of_the_soundscapes(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"like": DEMO, "title": "mine", "folder": str(tmp_path)}))
    own = plan(dataset=str(path))
    assert "soundscapes" not in own.data("mine")
    with pytest.raises(UserError, match=r"weak\.csv: the dataset file names it"):
        own.listing(SimpleNamespace(dataset="mine"))
