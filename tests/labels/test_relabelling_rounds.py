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
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_predictions

DEMO = "results/fsdkaggle2018-demo"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
ENSEMBLE = yaml.safe_load((ROOT / "ensembles/iqbal-stack8.yaml").read_text())
STACK = f"{DEMO}/ensemble/iqbal-stack8"


def wildcards(**values):
    return SimpleNamespace(dataset="fsdkaggle2018-demo", **values)


@pytest.mark.parametrize(
    ("name", "first", "later"),
    [("iqbal", 8 * 5, 8 * 5), ("full", 8 * 5 + 3 * 4, 8 * 5 + 3 * 4 * 10), ("iqbal-demo", 8 * 3, 8 * 3)],
)
def test_the_configurations_train_as_often_as_the_papers(name, first, later):
    plan = Plan(merged(CONFIG, read_yaml(ROOT / f"configs/{name}.yaml")))
    trainings = [(plan.recipe(system)["folds"], len(plan.rounds(system))) for system in plan.systems]
    assert sum(folds for folds, _ in trainings) == first
    assert sum(folds * (rounds - 1) for folds, rounds in trainings) == later
    assert plan.fused["iqbal-stack8"]["relabelling"]["rounds"] == 1


def test_the_full_configuration_plans_all_trainings_of_the_papers(tmp_path):
    planned = Project(tmp_path / "project").planned(
        "--configfile", "configs/full.yaml", "--", "results/task2_ensemble.csv"
    )
    jobs = {"train": 8 * 5, "retrain": 8 * 5, "train_and_judge": 3 * 4, "fine_tune": 3 * 4 * 10}
    assert {rule: planned.get(rule, 0) for rule in jobs} == jobs
    assert (planned["stack_round"], planned["relabel_clips"]) == (1, 1)


def test_a_second_round_differs_from_the_first_in_its_weights_only():
    plan = Plan(CONFIG | {"systems": EIGHT})
    first = json.loads(plan.training(wildcards(system="iqbal-gcnn-b", fold="0")))
    second = json.loads(plan.retraining(wildcards(system="iqbal-gcnn-b", fold="0", round="01")))
    changed = {key for key in {*first, *second} if second.get(key) != first.get(key)}
    assert changed == {"round", "unverified_weight", "promoted_weight"}
    assert (first["unverified_weight"], second["unverified_weight"], second["promoted_weight"]) == (0.7, 0.9, 1.0)


def test_labels_are_corrected_only_where_the_whole_ensemble_takes_part():
    assert [Plan(CONFIG | {"systems": EIGHT}).rounds(system) for system in EIGHT] == [["00", "01"]] * 8
    plan = Plan(CONFIG | {"systems": EIGHT[:7]})
    assert [plan.rounds(system) for system in EIGHT] == [["00"]] * 8
    assert "iqbal-stack8" not in plan.fused


def test_a_stack_is_fitted_to_the_labels_that_all_its_systems_have_learned_from():
    plan = Plan(CONFIG | {"systems": ["dorfer-a", *EIGHT]})
    corrected = [f"{STACK}/round01/labels.csv"]
    assert plan.stacked_labels(wildcards(ensemble="iqbal-stack8")) == corrected
    assert plan.stacked_labels(wildcards(ensemble="iqbal-stack4")) == corrected
    assert plan.stacked_labels(wildcards(ensemble="stack")) == [], "Dorfer's system has learned from the given ones"
    assert plan.stacked_labels_of_round(wildcards(ensemble="iqbal-stack8", round="00")) == []
    assert plan.stacked_labels_of_round(wildcards(ensemble="iqbal-stack8", round="01")) == corrected


def test_a_third_round_learns_what_the_second_rounds_stack_says():
    sizes = {"demo": CONFIG["sizes"]["demo"] | {"iqbal-stack8": {"relabelling": {"rounds": 2}}}}
    plan = Plan(CONFIG | {"systems": EIGHT, "sizes": sizes})
    assert plan.rounds("iqbal-crnn-a") == ["00", "01", "02"]
    of_round_2 = wildcards(ensemble="iqbal-stack8", system="iqbal-crnn-a", round="02")
    assert plan.labels_of_round(of_round_2) == f"{STACK}/round02/labels.csv"
    assert plan.oof_of_round_before(of_round_2) == f"{STACK}/round01/oof.parquet"
    assert plan.stacked_labels(wildcards(ensemble="iqbal-stack8")) == [f"{STACK}/round02/labels.csv"]
    assert plan.corrected_tables(of_round_2) == [f"{STACK}/round{number}/labels.csv" for number in ("01", "02")]


def test_published_scores_are_those_of_the_papers_tables():
    plan = Plan(CONFIG | {"systems": EIGHT, "size": "published"})
    published = json.loads(plan.scoring(SimpleNamespace(dataset="fsdkaggle2018")))["published"]
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

    assert json.loads(plan.stack(fused))["systems"] == systems
    assert named(plan.fused_oof(fused)) == named(plan.fused_test(fused)) == systems
    scored = json.loads(plan.scoring(fused))["systems"]
    assert named(plan.scored_oof(fused)) == named(plan.scored_test(fused)) == scored
    singles = json.loads(plan.scoring(fused))["singles"]
    given = [path.replace("/round00/", "/") for path in (*plan.given_oof(fused), *plan.given_test(fused))]
    assert named(given) == 2 * singles == 2 * systems
    eight = Plan(CONFIG | {"systems": EIGHT[::-1]})
    of_round = wildcards(ensemble="iqbal-stack8", round="01")
    for files, name in ((eight.oof_of_round, "oof"), (eight.test_of_round, "test")):
        order = json.loads(eight.stack(of_round))["systems"]
        assert files(of_round) == [f"{DEMO}/systems/{system}/round01/{name}.parquet" for system in order]


def test_systems_that_are_trained_again_answer_with_the_last_round_others_with_the_best():
    plan = Plan(CONFIG | {"systems": ["dorfer-a", *EIGHT]})
    choices = {system: json.loads(plan.choice(wildcards(system=system)))["choose"] for system in plan.systems}
    assert choices == {"dorfer-a": "lowest_loss"} | dict.fromkeys(EIGHT, "last")


def test_the_published_ensembles_are_those_of_the_paper():
    plan = Plan(CONFIG | {"systems": EIGHT})
    assert (plan.fused["iqbal-stack8"]["systems"], plan.fused["iqbal-stack8"]["fusion"]) == (EIGHT, "stack")
    assert (plan.fused["iqbal-mean8"]["systems"], plan.fused["iqbal-mean8"]["fusion"]) == (EIGHT, "arithmetic-mean")
    four = ["iqbal-gcnn-a", "iqbal-gcnn-b", "iqbal-gcrnn-a", "iqbal-gcrnn-b"]
    assert (plan.fused["iqbal-stack4"]["systems"], plan.fused["iqbal-stack4"]["fusion"]) == (four, "stack")
    thresholds = json.loads(plan.correction(wildcards(ensemble="iqbal-stack8", round="01")))
    assert (thresholds["relabel_above"], thresholds["promote_above"]) == (0, 0.7)
    folder = f"{DEMO}/systems/iqbal-gcnn-a/round01"
    models = plan.fold_models(wildcards(system="iqbal-gcnn-a", round="01"))
    assert models == [f"{folder}/fold{fold}/model.safetensors" for fold in range(4)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fusion": "arithmetic-mean"}, ["relabelling", "fusion: stack"]),
        ({"systems": ["dorfer-a", "iqbal-vgg13-a"]}, ["relabel", "dorfer-a", "self-verification", "sizes"]),
        ({"relabelling": ENSEMBLE["relabelling"] | {"tau": 0.7}}, ["relabelling", "tau"]),
        ({"relabelling": ENSEMBLE["relabelling"] | {"promote_above": 1.7}}, ["promote_above", "1.7"]),
        ({"relabelling": {"rounds": 1}}, ["relabelling", "relabel_above"]),
        ({"relabelling": ENSEMBLE["relabelling"] | {"rounds": 1.0}}, ["relabelling.rounds", "1.0"]),
        ({"relabelling": ENSEMBLE["relabelling"] | {"promote_above": float("nan")}}, ["promote_above", "nan"]),
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
    assert Plan(OF_TASK_2 | {"systems": EIGHT[:3]}).corrector_of == dict.fromkeys(EIGHT[:3], "one")


def test_relabelling_can_be_switched_off_and_an_ensemble_that_takes_no_part_refuses_nothing(tmp_path, monkeypatch):
    off = {"demo": CONFIG["sizes"]["demo"] | {"iqbal-stack8": {"relabelling": None}}}
    assert Plan(OF_TASK_2 | {"systems": EIGHT, "sizes": off}).rounds("iqbal-gcnn-a") == ["00"]
    for name in ("one", "other"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(ENSEMBLE))
    monkeypatch.setattr(ensembles, "ENSEMBLES", tmp_path)
    assert Plan(OF_TASK_2 | {"systems": EIGHT[:7]}).corrector_of == {}


def test_a_size_of_nothing_is_one_line():
    with pytest.raises(UserError, match=r"sizes: 'iqbal-stack9' is neither in systems/, nor ensembles/, nor policies/"):
        Plan(CONFIG | {"sizes": {"demo": {"iqbal-stack9": {}}}})


def test_the_corrected_labels_are_what_the_stack_of_the_first_round_says_out_of_fold(relabelled):
    table = pd.read_csv(relabelled.folder / STACK / "round01/labels.csv").set_index("fname")
    clips = read_clips(relabelled.folder / DEMO / "clips.csv", "train")
    doubtful = clips[clips["manually_verified"] == 0]
    assert table.index.tolist() == doubtful.index.tolist()
    said = read_predictions(relabelled.folder / STACK / "round00/oof.parquet").loc[doubtful.index]
    best, confidence = said.idxmax(axis=1), said.max(axis=1)
    disagrees = best != doubtful["label"]
    assert disagrees.any()
    assert (table["label"] == best.where(disagrees, doubtful["label"])).all()
    assert (table["relabelled"] == disagrees).all()
    assert (table["promoted"] == ~disagrees & (confidence > 0.7)).all()


def test_a_system_that_was_trained_again_answers_with_its_last_round(relabelled):
    for system in PAIR:
        folder = relabelled.folder / DEMO / "systems" / system
        assert pd.read_csv(folder / "rounds.csv")["chosen"].tolist() == [0, 1]
        for name in ("oof.parquet", "test.parquet"):
            assert (folder / name).read_bytes() == (folder / "round01" / name).read_bytes()
            assert (folder / name).read_bytes() != (folder / "round00" / name).read_bytes()


def test_what_became_of_the_labels_is_reported_against_the_true_ones(relabelled):
    (row,) = pd.read_csv(relabelled.folder / DEMO / "relabelling.csv").to_dict("records")
    assert (row["ensemble"], row["round"], row["unverified"]) == ("iqbal-stack8", 1, 187)
    assert row["share_right_before"] == pytest.approx(131 / 187, abs=1e-6), "56 of the unverified labels are wrong"
    right_after = row["relabelled"] * (row["relabelled_mended"] - row["relabelled_spoilt"]) + 131
    assert row["share_right_after"] == pytest.approx(right_after / 187, abs=1e-5)


def test_the_published_stack_is_scored_and_answers(relabelled):
    scores = pd.read_csv(relabelled.folder / "results/task2_scores.csv")
    assert scores["system"].unique().tolist()[-4:] == ["arithmetic-mean", "geometric-mean", "stack", "iqbal-stack8"]
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


def test_a_lost_model_of_the_second_round_is_made_again_with_the_same_bytes(relabelled, tmp_path):
    project = relabelled.copy(tmp_path / "project")
    folder = project.folder / DEMO / "systems/iqbal-crnn-a"
    for name in ("round01/fold1/model.safetensors", "round01/oof.parquet", "rounds.csv"):  # and what stands for it
        (folder / name).unlink()
    status, printed = warm.run(project, f"{DEMO}/systems/iqbal-crnn-a/rounds.csv")
    assert status == 0, printed
    assert re.findall(r"(?m)^(?:local)?rule (\w+):$", printed) == ["retrain", "predict_round", "choose_round"]
    assert project.tables() == relabelled.tables()
    for name in ("fold0", "fold1"):
        model = f"{DEMO}/systems/iqbal-crnn-a/round01/{name}/model.safetensors"
        assert (project.folder / model).read_bytes() == (relabelled.folder / model).read_bytes()
