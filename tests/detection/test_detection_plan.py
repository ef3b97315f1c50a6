"""The plan of Task 4: recipes as published, stages and teachers, and one clear line where something is wrong."""

import copy
import json
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT, TASK4
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.recipes import read_recipe, step_seconds
from workflow_scripts.study.stages import unrolled

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
    return SimpleNamespace(dataset=DEMO, system=system, stage=number, fold="0", **others)


def numbers(plan, system):
    return [stage.number for stage in plan.study.stages(system)]


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
    assert recipe["training"]["early_stopping"] == {"after": 6, "patience": 16, "least_gain": 0.01}
    first, second = unrolled(recipe["training"], recipe["stages"])
    assert (first.labels, first.settings["learn_from"], first.settings["batch"]) == ("given", "all", 16)
    assert (second.labels, second.settings["learn_from"]) == ("tags", "unlabelled")
    assert second.settings == first.settings | {
        **{"labels": {"name": "tags"}, "learn_from": "unlabelled"},
        **{"batch": 128, "loss": {"name": "binary_cross_entropy", "level": "frame"}},
    }
    assert recipe["detection"] == {
        "trained_folds": 1,
        "pool": ["unlabel_in_domain"],
        "thresholds": [0.5],
        "median_seconds": [1.02],  # 51 frames
    }


def test_the_distillation_is_that_of_the_paper():
    deep, shallow = (read_recipe(system, {}) for system in TASK4[1:])
    assert step_seconds(deep) == pytest.approx(0.0415)
    tagger, *taught = unrolled(deep["training"], deep["stages"])
    assert tagger.labels == "given"
    assert [stage.labels for stage in taught] == ["clip_probabilities", *["frame_probabilities"] * 4]
    assert tuple(taught) == unrolled(shallow["training"], shallow["stages"])
    assert taught[0].settings["labels"]["teachers"] == ["t4-cpjku-deep"]
    assert all(stage.settings["labels"]["teachers"] == TASK4[1:] for stage in taught[1:])
    assert all(stage.settings["learn_from"] == "all" for stage in taught)


def test_published_scores_are_the_means_of_their_classes():
    for system in [*TASK4]:
        for score in read_recipe(system, {})["published"]["scores"]:
            if "by_class" in score:
                assert len(score["by_class"]) == 10
                mean = sum(score["by_class"].values()) / 10
                assert mean == pytest.approx(score["value"], abs=6e-4), (system, score.get("round"))


# ---------------------------------------------------------------- stages and teachers


def test_a_system_that_does_not_teach_itself_has_no_stage_0():
    assert numbers(plan(), "t4-baseline") == ["00", "01"]
    assert numbers(plan(), "t4-cpjku-deep") == ["00", "01", "02"]
    assert numbers(plan(), "t4-cpjku-shallow") == ["01", "02"]


def test_teachers_are_the_systems_that_the_recipe_names():
    inputs = plan().labels.data_of_teaching(wildcards("t4-cpjku-shallow", "02"))
    folders = [f"results/{DEMO}/systems/{teacher}/stage01" for teacher in TASK4[1:]]
    assert inputs["probabilities"] == [f"{folder}/probabilities.npy" for folder in folders]
    assert inputs["post_processing"] == [f"{folder}/post_processing.csv" for folder in folders]
    single = plan().labels.data_of_teaching(wildcards("t4-baseline", "01"))
    assert single["probabilities"] == [f"results/{DEMO}/systems/t4-baseline/stage00/probabilities.npy"]
    assert single["post_processing"] == [], "there is nothing to choose"


def test_a_stage_learns_from_tags_or_from_frames():
    of_tags = plan().training.data_of_training(wildcards("t4-baseline", "01"))
    assert of_tags["labels"] == [f"results/{DEMO}/systems/t4-baseline/stage01/tags.parquet"]
    of_frames = plan().training.data_of_training(wildcards("t4-cpjku-deep", "02"))
    folder = f"results/{DEMO}/systems/t4-cpjku-deep/stage02"
    assert of_frames["labels"] == [f"{folder}/targets.npy", f"{folder}/targets.csv"]
    assert plan().training.data_of_training(wildcards("t4-cpjku-deep", "00"))["labels"] == []
    with pytest.raises(UserError, match=r"stage 02 .* learns labels of the kind frame_probabilities"):
        plan().labels.make_tags(wildcards("t4-cpjku-deep", "02"))
    with pytest.raises(UserError, match=r"stage 01 .* learns labels of the kind clip_probabilities"):
        plan().labels.make_frame_targets(wildcards("t4-cpjku-deep", "01"))


def test_tags_are_decided_where_a_stage_learns_yes_or_no():
    decide = {
        system: json.loads(plan().labels.make_tags(wildcards(system, "01")))["decide"]
        for system in ("t4-baseline", "t4-cpjku-shallow")
    }
    assert decide == {"t4-baseline": True, "t4-cpjku-shallow": False}


def test_only_a_stage_that_others_learn_from_predicts_all_clips():
    teaches = {
        (system, number): json.loads(plan().prediction.predict_frames(wildcards(system, number)))["teaches"]
        for system in TASK4
        for number in numbers(plan(), system)
    }
    assert [key for key, value in teaches.items() if value] == [
        *[("t4-baseline", "00"), ("t4-cpjku-deep", "00"), ("t4-cpjku-deep", "01"), ("t4-cpjku-shallow", "01")]
    ]


def test_a_detector_learns_from_its_pool_and_with_the_changes_of_the_stage():
    settings = json.loads(plan().training.train(wildcards("t4-baseline", "01")))
    assert settings["task"] == "detection"
    assert settings["pool"] == ["unlabel_in_domain"]
    assert settings["training"]["learn_from"] == "unlabelled"
    assert settings["training"]["loss"] == {"name": "binary_cross_entropy", "level": "frame"}
    assert {"workflow_scripts.tasks.detection", "workflow_scripts.parts.labels.tags"} <= set(settings["modules"])


def test_the_answer_of_a_system_is_its_last_stage():
    single, several = (plan(answer=answer).scoring.answered_events({}) for answer in ("t4-baseline", "t4-cpjku-kd"))
    assert single == f"results/{DEMO}/systems/t4-baseline/stage01/events.csv"
    assert several == f"results/{DEMO}/ensemble/t4-cpjku-kd/events.csv"


def test_equal_members_of_a_merge_are_taken_from_the_last_stage():
    merged = json.loads(plan().detection.merge_events(SimpleNamespace(dataset=DEMO, ensemble="t4-cpjku-kd")))[
        "detections"
    ]
    assert merged == [
        *[["t4-cpjku-deep", 2], ["t4-cpjku-shallow", 2], ["t4-cpjku-deep", 1], ["t4-cpjku-shallow", 1]],
        ["t4-cpjku-deep", 0],
    ]


def test_only_the_merge_by_halves_sees_the_reference():
    files = {
        name: plan().detection.merged_detections(SimpleNamespace(dataset=DEMO, ensemble=name))["reference"]
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


def test_published_scores_stand_beside_their_stages_on_their_data_set_at_their_size():
    config = copy.deepcopy(CONFIG) | {"size": "published"}
    config["task4"] |= {"dataset": "dcase2018-task4"}
    found = {
        (row["system"], row["metric"]): row["value"]
        for row in json.loads(Plan(config).scoring.score_events(SimpleNamespace(dataset="dcase2018-task4")))[
            "published"
        ]
    }
    assert found["t4-baseline round 0", "event_f1"] == 0.0751
    assert found["t4-baseline round 1", "event_f1"] == 0.1406
    assert found["t4-cpjku-shallow round 2", "event_f1"] == 0.3518
    assert found["t4-cpjku-kd", "event_f1"] == 0.4086
    assert ("t4-cpjku-deep round 0", "event_f1") not in found
    assert json.loads(plan().scoring.score_events(SimpleNamespace(dataset=DEMO)))["published"] == []
    config |= {"size": "demo"}
    reduced = json.loads(Plan(config).scoring.score_events(SimpleNamespace(dataset="dcase2018-task4")))["published"]
    assert reduced == []


def test_the_full_reproduction_is_planned():
    config = copy.deepcopy(CONFIG) | yaml.safe_load((ROOT / "configs/task4.yaml").read_text())
    full = Plan(config)
    assert numbers(full, "t4-cpjku-shallow") == ["01", "02", "03", "04", "05"]
    assert full.detection.event_answer().name == "t4-cpjku-kd"
    assert full.study.gpus == 1


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


def stage(name="tags", labels=None, **changes):
    """A change of one stage of a recipe, that of the baseline which learns from tags."""
    return {"stages": {name: changes | ({"labels": labels} if labels else {})}}


TAUGHT_BY_DEEP = {"name": "tags", "teachers": ["t4-cpjku-deep"]}


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"t4-baseline": stage(labels={"teachers": ["t4"]})}, ["t4-baseline", "stages.tags", "'t4'"]),
        ({"t4-baseline": stage(labels={"teachers": ["dorfer-a"]})}, ["'dorfer-a'", "detects events"]),
        ({"t4-baseline": stage(labels=TAUGHT_BY_DEEP)}, ["stages.tags", "'t4-cpjku-deep'", "spectrograms"]),
        (
            {"t4-baseline": stage(labels={"name": "labels"})},
            ["stages.tags", "'labels'", "workflow_scripts/parts/labels"],
        ),
        ({"t4-baseline": stage(labels={"median_frames": 4})}, ["stages.tags", "tags has no parameter 'median_frames'"]),
        (
            {"t4-cpjku-deep": stage("frame_probabilities", {"median_frames": 4})},
            ["stages.frame_probabilities", "labels.median_frames", "even"],
        ),
        ({"t4-baseline": stage(lr_schedule={"name": "linear"})}, ["stages.tags", "constant_epochs"]),
        ({"t4-baseline": {"detection": {"trained_folds": 9}}}, ["trained_folds", "5 folds"]),
        ({"t4-baseline": {"detection": {"thresholds": []}}}, ["detection.thresholds"]),
        (
            {"t4-baseline": {"training": {"checkpoint_selection": {"metric": "f1"}}}},
            ["training.checkpoint_selection.metric", "tag_f1"],
        ),
        ({"t4-baseline": stage("more", TAUGHT_BY_DEEP)}, ["t4-baseline", "stages.more", "spectrograms"]),
        (
            {"t4-cpjku-shallow": stage("frame_probabilities", {"teachers": ["t4-cpjku-deep"]}, repeat=6)},
            ["t4-cpjku-shallow", "stages.frame_probabilities", "has no stage 6"],
        ),
        (
            {"t4-cpjku-deep": stage("clip_probabilities", learn_from="unlabelled")},
            ["learn_from", "all teachers"],
        ),
        (
            {"t4-baseline": {"task": "multilabel", "training": {"checkpoint_selection": {"metric": "loss"}}}},
            ["t4-baseline", "the section `detection` belongs to the task"],
        ),
        ({"t4-baseline": {"detection": None}}, ["t4-baseline", "the section `detection` belongs to the task"]),
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
    with pytest.raises(
        UserError, match=f"{DEMO}: its task is detection, and the systems of config.yaml tag whole clips"
    ):
        plan().training.train(wildcards("dorfer-a", "00"))
    of_task_2 = SimpleNamespace(dataset="fsdkaggle2018-demo", system="t4-baseline", stage="00", fold="0")
    with pytest.raises(UserError, match=r"its task is multiclass, .* detect events; .* `format: several_labels`"):
        plan().training.train(of_task_2)
    assert plan().study.systems_on(DEMO) == TASK4
    assert plan().study.systems_on("fsdkaggle2018-demo") == CONFIG["systems"]


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
        plan(dataset=str(path)).data.mix_soundscapes(SimpleNamespace(dataset="mine"))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_folder_of_ones_own_takes_the_place_of_the_soundscapes(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"like": DEMO, "title": "mine", "folder": str(tmp_path)}))
    own = plan(dataset=str(path))
    assert "soundscapes" not in own.study.data("mine")
    with pytest.raises(UserError, match=r"weak\.csv: the dataset file names it"):
        own.data.list_clips(SimpleNamespace(dataset="mine"))
