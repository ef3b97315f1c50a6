"""Iqbal et al.'s second round: what the graph plans, and what comes out of the real Snakemake."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from tests import warm
from tests.project import EIGHT, PAIR, ROOT, Project
from workflow_scripts.common.errors import UserError
from workflow_scripts.study import ensembles
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.schema import merged, read_yaml
from workflow_scripts.study.sizes import read_sizes
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_predictions

DEMO = "results/fsdkaggle2018-demo"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
ENSEMBLE = yaml.safe_load((ROOT / "ensembles/iqbal-stack8.yaml").read_text())
STACK = f"{DEMO}/ensemble/iqbal-stack8"
RELABELLING = ENSEMBLE["stages"]["relabelling"]


def wildcards(**values):
    return SimpleNamespace(dataset="fsdkaggle2018-demo", **values)


def numbers(plan, system):
    return [stage.number for stage in plan.study.stages(system)]


def labels(**changes):
    """The stages of the ensemble, with other labels."""
    return {"stages": {"relabelling": RELABELLING | {"labels": RELABELLING["labels"] | changes}}}


@pytest.mark.parametrize(
    ("name", "first", "later"),
    [("iqbal", 8 * 5, 8 * 5), ("full", 8 * 5 + 3 * 4, 8 * 5 + 3 * 4 * 10), ("iqbal-demo", 8 * 3, 8 * 3)],
)
def test_the_configurations_train_as_often_as_the_papers(name, first, later):
    plan = Plan(merged(CONFIG, read_yaml(ROOT / f"configs/{name}.yaml")))
    trainings = [(plan.study.recipe(system)["folds"], len(numbers(plan, system))) for system in plan.study.systems]
    assert sum(folds for folds, _ in trainings) == first
    assert sum(folds * (stages - 1) for folds, stages in trainings) == later
    assert plan.study.fused["iqbal-stack8"]["stages"]["relabelling"]["repeat"] == 1


def test_the_full_configuration_plans_all_trainings_of_the_papers(tmp_path):
    planned = Project(tmp_path / "project").planned(
        "--configfile", "configs/full.yaml", "--", "results/task2_ensemble.csv"
    )
    jobs = {"train": 8 * 5 + 8 * 5 + 3 * 4 + 3 * 4 * 10, "start_stage": 3 * 10, "accept_labels": 3 * 10}
    assert {rule: planned.get(rule, 0) for rule in jobs} == jobs
    assert (planned["stack_stage"], planned["correct_labels"]) == (1, 1)


def test_a_second_stage_differs_from_the_first_in_its_weights_and_labels_only():
    plan = Plan(CONFIG | {"systems": EIGHT})
    first, second = (
        json.loads(plan.training.train(wildcards(system="iqbal-gcnn-b", fold="0", stage=number)))
        for number in ("00", "01")
    )
    changed = {key for key in {*first, *second} if second.get(key) != first.get(key)}
    assert changed == {"code", "modules", "stage", "training"}
    assert set(first["modules"]) ^ set(second["modules"]) == {
        "workflow_scripts.parts.labels.given",
        "workflow_scripts.parts.labels.corrected",
    }
    first, second = first["training"], second["training"]
    assert {key for key in {*first, *second} if second.get(key) != first.get(key)} == {"unverified_weight", "labels"}
    assert (first["unverified_weight"], second["unverified_weight"]) == (0.7, 0.9)
    assert second["labels"]["promoted_weight"] == 1.0


def test_labels_are_corrected_only_where_the_whole_ensemble_takes_part():
    whole = Plan(CONFIG | {"systems": EIGHT})
    assert [numbers(whole, system) for system in EIGHT] == [["00", "01"]] * 8
    plan = Plan(CONFIG | {"systems": EIGHT[:7]})
    assert [numbers(plan, system) for system in EIGHT] == [["00"]] * 8
    assert "iqbal-stack8" not in plan.study.fused


def test_a_stack_is_fitted_to_the_labels_that_all_its_systems_have_learned_from():
    plan = Plan(CONFIG | {"systems": ["dorfer-a", *EIGHT]})
    corrected = [f"{STACK}/stage01/labels.csv"]
    assert plan.fusion.stacked_labels(wildcards(ensemble="iqbal-stack8")) == corrected
    assert plan.fusion.stacked_labels(wildcards(ensemble="iqbal-stack4")) == corrected
    assert plan.fusion.stacked_labels(wildcards(ensemble="stack")) == [], (
        "Dorfer's system has learned from the given ones"
    )
    assert plan.fusion.labels_of_stage(wildcards(ensemble="iqbal-stack8", stage="00")) == []
    assert plan.fusion.labels_of_stage(wildcards(ensemble="iqbal-stack8", stage="01")) == corrected


def test_a_third_stage_learns_what_the_second_ones_stack_says():
    sizes = {"demo": read_sizes(CONFIG) | {"iqbal-stack8": {"stages": {"relabelling": {"repeat": 2}}}}}
    plan = Plan(CONFIG | {"systems": EIGHT, "sizes": sizes})
    assert numbers(plan, "iqbal-crnn-a") == ["00", "01", "02"]
    third = wildcards(ensemble="iqbal-stack8", system="iqbal-crnn-a", stage="02")
    assert plan.training.data_of_training(third)["labels"] == [f"{STACK}/stage02/labels.csv"]
    assert plan.training.data_of_training(third)["start"] == [], "from scratch"
    assert plan.labels.oof_of_stage_before(third) == f"{STACK}/stage01/oof.parquet"
    assert plan.fusion.stacked_labels(wildcards(ensemble="iqbal-stack8")) == [f"{STACK}/stage02/labels.csv"]
    assert plan.labels.corrected_tables(third) == [f"{STACK}/stage{number}/labels.csv" for number in ("01", "02")]


def test_published_scores_are_those_of_the_papers_tables():
    plan = Plan(CONFIG | {"systems": EIGHT, "size": "published"})
    published = json.loads(plan.scoring.score_systems(SimpleNamespace(dataset="fsdkaggle2018")))["published"]
    values = {(row["system"], row["split"]): row["value"] for row in published if row["metric"] == "map3"}
    of_folds = {f"iqbal-{name}-a": value for name, value in (("vgg13", 0.95), ("gcnn", 0.951), ("crnn", 0.952))}
    of_folds |= {"iqbal-gcrnn-a": 0.958, "iqbal-mean8": 0.968, "iqbal-stack8": 0.972}
    of_folds |= {"cross-task-cnn": 0.928}
    assert {system: value for (system, split), value in values.items() if split == "oof_verified"} == of_folds
    test = {"private": (0.948, 0.951), "public": (0.956, 0.961), "all": (0.950, 0.953)}
    for split, both in test.items():
        assert (values["iqbal-stack4", split], values["iqbal-stack8", split]) == both


def test_files_and_names_of_systems_are_in_the_same_order_everywhere():
    """The stack's features are side by side, without names."""
    systems = ["iqbal-vgg13-b", "dorfer-a", "iqbal-gcnn-a"]
    plan = Plan(CONFIG | {"systems": systems})
    fused = wildcards(ensemble="stack")

    def named(files):
        return [path.split("/")[-2] for path in files]

    assert json.loads(plan.fusion.stack_systems(fused))["systems"] == systems
    assert named(plan.fusion.fused_oof(fused)) == named(plan.fusion.fused_test(fused)) == systems
    scored = json.loads(plan.scoring.score_systems(fused))["systems"]
    assert named(plan.scoring.scored_oof(fused)) == named(plan.scoring.scored_test(fused)) == scored
    singles = json.loads(plan.scoring.score_systems(fused))["singles"]
    given = [
        path.replace("/stage00/", "/")
        for path in (
            *plan.scoring.given_oof(fused),
            *plan.scoring.given_test(fused),
        )
    ]
    assert named(given) == 2 * singles == 2 * systems
    eight = Plan(CONFIG | {"systems": EIGHT[::-1]})
    of_stage = wildcards(ensemble="iqbal-stack8", stage="01")
    for files, name in ((eight.fusion.oof_of_stage, "oof"), (eight.fusion.test_of_stage, "test")):
        order = json.loads(eight.fusion.stack_systems(of_stage))["systems"]
        assert files(of_stage) == [f"{DEMO}/systems/{system}/stage01/{name}.parquet" for system in order]


def test_systems_that_are_trained_again_answer_with_the_last_stage_others_with_the_best():
    plan = Plan(CONFIG | {"systems": ["dorfer-a", *EIGHT]})
    choices = {
        system: json.loads(plan.prediction.choose_stage(wildcards(system=system)))["choose"]
        for system in plan.study.systems
    }
    assert choices == {"dorfer-a": "lowest_loss"} | dict.fromkeys(EIGHT, "last")


def test_the_published_ensembles_are_those_of_the_paper():
    plan = Plan(CONFIG | {"systems": EIGHT})
    assert (plan.study.fused["iqbal-stack8"]["systems"], plan.study.fused["iqbal-stack8"]["fusion"]) == (EIGHT, "stack")
    assert (plan.study.fused["iqbal-mean8"]["systems"], plan.study.fused["iqbal-mean8"]["fusion"]) == (
        EIGHT,
        "arithmetic-mean",
    )
    four = ["iqbal-gcnn-a", "iqbal-gcnn-b", "iqbal-gcrnn-a", "iqbal-gcrnn-b"]
    assert (plan.study.fused["iqbal-stack4"]["systems"], plan.study.fused["iqbal-stack4"]["fusion"]) == (four, "stack")
    thresholds = json.loads(plan.labels.correct_labels(wildcards(ensemble="iqbal-stack8", stage="01")))
    assert (thresholds["relabel_above"], thresholds["promote_above"]) == (0, 0.7)
    folder = f"{DEMO}/systems/iqbal-gcnn-a/stage01"
    models = plan.prediction.fold_models(wildcards(system="iqbal-gcnn-a", stage="01"))
    assert models == [f"{folder}/fold{fold}/model.safetensors" for fold in range(4)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fusion": "arithmetic-mean"}, ["correcting labels", "fusion: stack"]),
        ({"systems": ["dorfer-a", "iqbal-vgg13-a"]}, ["relabel", "dorfer-a", "further stages", "sizes"]),
        (labels(tau=0.7), ["stages.relabelling", "corrected", "tau"]),
        (labels(promote_above=1.7), ["stages.relabelling.labels.promote_above", "1.7"]),
        (labels(promoted_weight=-1), ["stages.relabelling.labels.promoted_weight", "-1"]),
        ({"stages": {"relabelling": {"labels": {"name": "corrected"}}}}, ["stages.relabelling", "promote_above"]),
        ({"stages": {"relabelling": RELABELLING | {"repeat": 1.0}}}, ["stages.relabelling.repeat", "1.0"]),
        (labels(promote_above=float("nan")), ["stages.relabelling", "promote_above", "nan"]),
        (
            {"stages": {"relabelling": {"labels": {"name": "corected"}}}},
            ["'corected'", "workflow_scripts/parts/labels"],
        ),
        ({"stages": {"relabelling": RELABELLING | {"epoch": 3}}}, ["stages.relabelling", "'epoch'"]),
    ],
)
def test_a_mistake_in_the_relabelling_is_one_line(tmp_path, monkeypatch, changes, words):
    (tmp_path / "iqbal-stack8.yaml").write_text(yaml.safe_dump(ENSEMBLE | changes))
    monkeypatch.setattr(ensembles, "ENSEMBLES", tmp_path)
    with pytest.raises(UserError) as error:
        Plan(CONFIG)
    assert all(word in str(error.value) for word in ["ensembles/iqbal-stack8.yaml", *words])
    assert "\n" not in str(error.value)


# nothing but the ensembles of Task 2, which are made up, corrects labels
OF_TASK_2 = CONFIG | {"task4": CONFIG["task4"] | {"answer": "t4-baseline"}}
OF_TASK_2 |= {"noise_policies": CONFIG["noise_policies"] | {"policies": ["none", "verified-only"]}}


def test_two_ensembles_cannot_relabel_the_same_system(tmp_path, monkeypatch):
    for name, systems in (("one", EIGHT[:3]), ("other", EIGHT[2:])):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(ENSEMBLE | {"systems": systems}))
    monkeypatch.setattr(ensembles, "ENSEMBLES", tmp_path)
    with pytest.raises(UserError, match=r"ensembles/other.yaml: relabels iqbal-gcnn-a, and so does ensembles/one.yaml"):
        Plan(OF_TASK_2 | {"systems": EIGHT})
    assert Plan(OF_TASK_2 | {"systems": EIGHT[:3]}).study.corrector_of == dict.fromkeys(EIGHT[:3], "one")


def test_relabelling_can_be_switched_off_and_an_ensemble_that_takes_no_part_refuses_nothing(tmp_path, monkeypatch):
    off = {"demo": read_sizes(CONFIG) | {"iqbal-stack8": {"stages": {"relabelling": None}}}}
    assert numbers(Plan(OF_TASK_2 | {"systems": EIGHT, "sizes": off}), "iqbal-gcnn-a") == ["00"]
    for name in ("one", "other"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(ENSEMBLE))
    monkeypatch.setattr(ensembles, "ENSEMBLES", tmp_path)
    assert Plan(OF_TASK_2 | {"systems": EIGHT[:7]}).study.corrector_of == {}


def test_a_size_of_nothing_is_one_line():
    with pytest.raises(
        UserError, match=r"sizes\.demo: 'iqbal-stack9' is neither in systems/, nor ensembles/, nor policies/"
    ):
        Plan(CONFIG | {"sizes": {"demo": {"iqbal-stack9": {}}}})


def test_the_corrected_labels_are_what_the_stack_of_the_first_stage_says_out_of_fold(relabelled):
    table = pd.read_csv(relabelled.folder / STACK / "stage01/labels.csv").set_index("fname")
    clips = read_clips(relabelled.folder / DEMO / "clips.csv", "train")
    doubtful = clips[clips["manually_verified"] == 0]
    assert table.index.tolist() == doubtful.index.tolist()
    said = read_predictions(relabelled.folder / STACK / "stage00/oof.parquet").loc[doubtful.index]
    best, confidence = said.idxmax(axis=1), said.max(axis=1)
    disagrees = best != doubtful["label"]
    assert disagrees.any()
    assert (table["label"] == best.where(disagrees, doubtful["label"])).all()
    assert (table["relabelled"] == disagrees).all()
    assert (table["promoted"] == ~disagrees & (confidence > 0.7)).all()


def test_a_system_that_was_trained_again_answers_with_its_last_stage(relabelled):
    for system in PAIR:
        folder = relabelled.folder / DEMO / "systems" / system
        assert pd.read_csv(folder / "rounds.csv")["chosen"].tolist() == [0, 1]
        for name in ("oof.parquet", "test.parquet"):
            assert (folder / name).read_bytes() == (folder / "stage01" / name).read_bytes()
            assert (folder / name).read_bytes() != (folder / "stage00" / name).read_bytes()


def test_what_became_of_the_labels_is_reported_against_the_true_ones(relabelled):
    (row,) = pd.read_csv(relabelled.folder / DEMO / "relabelling.csv").to_dict("records")
    assert (row["ensemble"], row["round"], row["unverified"]) == ("iqbal-stack8", 1, 187)
    assert row["share_right_before"] == pytest.approx(131 / 187, abs=1e-6), "56 of the unverified labels are wrong"
    right_after = row["relabelled"] * (row["relabelled_mended"] - row["relabelled_spoilt"]) + 131
    assert row["share_right_after"] == pytest.approx(right_after / 187, abs=1e-5)


def test_the_published_stack_is_scored_and_answers(relabelled):
    scores = pd.read_csv(relabelled.folder / "results/task2_scores.csv")
    assert scores["system"].unique().tolist()[-3:] == ["log-linear-pool", "stack", "iqbal-stack8"]
    answer = pd.read_csv(relabelled.folder / "results/task2_ensemble.csv").set_index("fname")["label"]
    best = read_predictions(relabelled.folder / STACK / "test.parquet").idxmax(axis=1)
    assert (answer.str.split(" ").str[0] == best[answer.index]).all()


def test_reliability_and_weights_stand_beside_the_scores(relabelled):
    table = pd.read_csv(relabelled.folder / DEMO / "reliability.csv")
    scores = pd.read_csv(relabelled.folder / DEMO / "scores.csv").set_index(["system", "split", "metric"])["value"]
    for (system, split), bins in table.groupby(["system", "split"]):
        assert bins["clips"].sum() == scores[system, split, "clips"]
        gap = (bins["clips"] * (bins["accuracy"] - bins["confidence"]).abs()).sum() / bins["clips"].sum()
        assert gap == pytest.approx(scores[system, split, "expected_calibration_error"], abs=1e-5)
    weights = pd.read_csv(relabelled.folder / STACK / "weights.csv")
    assert len(weights) == 12 * 2
    np.testing.assert_allclose(weights.groupby("label")["share"].sum(), 1)
    assert set(pd.read_csv(relabelled.folder / DEMO / "ensemble/stack/weights.csv")["system"]) == {"dorfer-a", *PAIR}


def test_a_lost_model_of_the_second_stage_is_made_again_with_the_same_bytes(relabelled, tmp_path):
    project = relabelled.copy(tmp_path / "project")
    folder = project.folder / DEMO / "systems/iqbal-crnn-a"
    for name in ("stage01/fold1/model.safetensors", "stage01/oof.parquet", "rounds.csv"):  # and what stands for it
        (folder / name).unlink()
    status, printed = warm.run(project, f"{DEMO}/systems/iqbal-crnn-a/rounds.csv")
    assert status == 0, printed
    assert re.findall(r"(?m)^(?:local)?rule (\w+):$", printed) == ["train", "predict_stage", "choose_stage"]
    assert project.tables() == relabelled.tables()
    for name in ("fold0", "fold1"):
        model = f"{DEMO}/systems/iqbal-crnn-a/stage01/{name}/model.safetensors"
        assert (project.folder / model).read_bytes() == (relabelled.folder / model).read_bytes()
