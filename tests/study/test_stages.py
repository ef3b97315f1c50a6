"""A recipe's training as a list of stages, and one clear line where a stage is wrong."""

from dataclasses import FrozenInstanceError

import pytest

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.stages import STAGES, unrolled

OBJECTIVE = {"epochs": 10, "lr_schedule": {"name": "step", "factor": 0.9, "every": 2}, "unverified_weight": 0.7}


def outline(stages, training=OBJECTIVE):
    return [(stage.number, stage.name) for stage in unrolled(training, stages)]


# ------------------------------------------------------------------ the list, unrolled


def test_a_stage_that_repeats_stands_there_so_many_times():
    stages = {"training": {}, "rounds": {"repeat": 3, "epochs": 2}, "last": {}}
    assert outline(stages) == [("00", "training"), ("01", "rounds"), ("02", "rounds"), ("03", "rounds"), ("04", "last")]
    first, *rounds, last = unrolled(OBJECTIVE, stages)
    assert [stage.settings["epochs"] for stage in (first, *rounds, last)] == [10, 2, 2, 2, 10]
    assert rounds[0].settings == rounds[2].settings
    assert "repeat" not in rounds[0].settings, "it is no part of what a training is"


def test_a_stage_that_repeats_never_takes_no_number():
    assert outline({"training": {}, "rounds": {"repeat": 0}, "last": {}}) == [("00", "training"), ("01", "last")]


def test_a_stage_that_is_null_is_left_out_and_keeps_its_number():
    assert outline({"tagger": None, "tags": {}, "frames": {"repeat": 2}}) == [
        ("01", "tags"),
        ("02", "frames"),
        ("03", "frames"),
    ]
    assert outline({"tagger": {}, "tags": None, "frames": {}}) == [("00", "tagger"), ("02", "frames")]


def test_numbers_are_as_in_paths():
    stages = unrolled(OBJECTIVE, {"training": {}, "rounds": {"repeat": 11}})
    assert [stage.number for stage in stages[9:]] == ["09", "10", "11"]
    assert [stage.before for stage in stages[9:]] == ["08", "09", "10"]


def test_a_recipe_that_names_no_stage_has_one():
    (only,) = unrolled(OBJECTIVE, STAGES)
    assert (only.number, only.name) == ("00", "training")
    assert read_recipe("iqbal-vgg13-a", {})["stages"] == STAGES


def test_a_stage_has_what_the_training_says_where_it_says_nothing_itself():
    (stage,) = unrolled(OBJECTIVE, {"tuning": {"epochs": 3, "learn_from": "verified"}})
    nobody_says = {
        "start": "scratch",
        "frozen": [],
        "fresh": [],
        "validate_on": "verified",
        "labels": {"name": "given"},
    }
    assert stage.settings == nobody_says | OBJECTIVE | {"epochs": 3, "learn_from": "verified"}
    (plain,) = unrolled({"epochs": 10}, STAGES)
    assert (plain.settings["learn_from"], plain.settings["unverified_weight"]) == ("all", 1.0)


def test_a_section_of_a_stage_takes_the_place_of_the_whole_section():
    constant = {"name": "constant"}
    (stage,) = unrolled(OBJECTIVE, {"tuning": {"lr_schedule": constant}})
    assert stage.settings["lr_schedule"] == constant


def test_what_all_stages_share_is_not_changed_by_one():
    before, stages = dict(OBJECTIVE), {"training": {}, "rounds": {"repeat": 2, "epochs": 2}}
    unrolled(OBJECTIVE, stages)
    assert before == OBJECTIVE
    assert stages["rounds"] == {"repeat": 2, "epochs": 2}


def test_a_stage_is_immutable():
    (stage,) = unrolled(OBJECTIVE, STAGES)
    with pytest.raises(FrozenInstanceError):
        stage.number = "01"


def test_a_size_changes_a_stage_key_by_key():
    small = {"stages": {"self_verification": {"repeat": 1, "labels": {"cap": 3}}}}
    before, after = (
        read_recipe("dorfer-a", sizes)["stages"]["self_verification"] for sizes in ({}, {"dorfer-a": small})
    )
    assert after == before | {"repeat": 1, "labels": before["labels"] | {"cap": 3}}


# ------------------------------------------------------------------ mistakes


def verifying(**changes):
    return {"stages": {"self_verification": changes}}


@pytest.mark.parametrize(
    ("system", "changes", "words"),
    [
        ("dorfer-a", {"stages": {"training": {"start": "previous"}}}, ["stages.training: start", "say scratch"]),
        ("dorfer-a", {"training": {"start": "previous"}}, ["stages.training: start", "no stage before", "say scratch"]),
        ("dorfer-a", {"stages": {"training": None}}, ["stages.self_verification: start", "no stage before"]),
        ("dorfer-a", verifying(start="before"), ["stages.self_verification.start", "'before'"]),
        ("dorfer-a", verifying(start={"stage": "training"}), ["stages.self_verification.start", "'stage'"]),
        ("dorfer-a", verifying(labels={"name": "masked"}), ["'masked'", "workflow_scripts/parts/labels", "accepted"]),
        ("dorfer-a", verifying(labels={"caps": 3}), ["stages.self_verification", "accepted", "'caps'", "cap, crops"]),
        ("dorfer-a", verifying(labels={"crops": 0}), ["stages.self_verification.labels.crops", "0"]),
        ("dorfer-a", verifying(labels={"agreement": 1}), ["stages.self_verification.labels.agreement", "1"]),
        ("dorfer-a", verifying(labels={"threshold": 1.5}), ["stages.self_verification.labels.threshold", "1.5"]),
        ("dorfer-a", verifying(labels={"cap": 0}), ["stages.self_verification.labels.cap", "0"]),
        ("dorfer-a", verifying(labels={"accumulate": "no"}), ["stages.self_verification.labels.accumulate", "'no'"]),
        (
            "t4-cpjku-deep",
            {"stages": {"frame_probabilities": {"labels": {"gaussian_frames": 0}}}},
            ["stages.frame_probabilities.labels.gaussian_frames", "0"],
        ),
        (
            "t4-cpjku-deep",
            {"stages": {"frame_probabilities": {"labels": {"teachers": []}}}},
            ["stages.frame_probabilities.labels.teachers"],
        ),
        ("dorfer-a", {"training": {"labels": {"name": "tag"}}}, ["'tag'", "workflow_scripts/parts/labels", "tags"]),
        ("dorfer-a", verifying(epoch=3), ["stages.self_verification", "'epoch'"]),
        ("dorfer-a", verifying(repeat=1.0), ["stages.self_verification.repeat", "1.0"]),
        ("dorfer-a", verifying(repeat=100), ["stages.self_verification.repeat", "100"]),
        ("dorfer-a", verifying(learn_from="some"), ["stages.self_verification.learn_from", "'some'"]),
        ("dorfer-a", verifying(validate_on="some"), ["stages.self_verification.validate_on", "'some'"]),
        ("dorfer-a", verifying(unverified_weight=-1), ["stages.self_verification.unverified_weight", "-1"]),
        ("dorfer-a", {"stages": {"1st": {}}}, ["stages", "'1st'"]),
        (
            "iqbal-vgg13-a",
            {"stages": {"first": {"labels": {"name": "accepted"}}}},
            ["stages.first", "needs", "'agreement'"],
        ),
        (
            "dorfer-a",
            {
                "stages": {
                    "training": {
                        "labels": {"name": "accepted", "crops": 1, "agreement": True, "threshold": 0.5, "cap": 4}
                    }
                }
            },
            ["stages.training: labels", "accepted", "no stage before"],
        ),
        (
            "dorfer-a",
            verifying(labels={"name": "corrected", "relabel_above": 0, "promote_above": 0.7, "promoted_weight": 1}),
            ["stages.self_verification: labels", "corrected", "ensembles/"],
        ),
        ("dorfer-a", verifying(labels={"name": "tags"}), ["stages.self_verification: labels", "tags", "detection"]),
        (
            "t4-cpjku-deep",
            {"stages": {"frame_probabilities": {"labels": {"median_frames": 4}}}},
            ["stages.frame_probabilities: labels.median_frames: 4 is even", "odd"],
        ),
    ],
)
def test_a_mistake_in_a_stage_is_one_line_that_names_it(system, changes, words):
    with pytest.raises(UserError) as caught:
        read_recipe(system, {system: changes})
    message = str(caught.value)
    assert message.startswith(f"systems/{system}.yaml with the sizes of this run: ")
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_a_first_stage_may_learn_what_others_teach():
    """Its number says whose stage before teaches it."""
    stages = unrolled(*(read_recipe("t4-cpjku-shallow", {})[key] for key in ("training", "stages")))
    assert (stages[0].number, stages[0].settings["labels"]["teachers"]) == ("01", ["t4-cpjku-deep"])
