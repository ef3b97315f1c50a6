"""The stages between the trainings: accepting labels over all folds, and choosing a system's round."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from tests.project import ROOT
from workflow_scripts import accept_labels, choose_round
from workflow_scripts.artefacts.clips import write_clips
from workflow_scripts.artefacts.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.plan import Plan

CLASSES = ["Bark", "Meow"]
ACCEPT = {"agreement": True, "threshold": 0.95, "cap": None}
CLIPS = [  # fname, label, verified
    ("a", "Bark", 0),
    ("b", "Bark", 0),
    ("c", "Meow", 0),
    ("d", "Meow", 1),
    ("e", "Bark", 1),
]


@pytest.fixture
def clips(tmp_path):
    rows = [
        {
            "fname": f,
            "split": "train",
            "label": label,
            "manually_verified": v,
            "usage": "",
            "group": "",
            "fold": "",
            "path": f,
            "seconds": 1.0,
            "md5": "",
        }
        for f, label, v in CLIPS
    ]
    rows.append({**rows[0], "fname": "t", "split": "test"})
    write_clips(pd.DataFrame(rows), tmp_path / "clips.csv")
    return tmp_path / "clips.csv"


def predictions(path, rows):
    write_predictions(prediction_table(list(rows), list(rows.values()), CLASSES), path)
    return path


def test_acceptance_counts_the_cap_over_all_folds_together(clips, tmp_path):
    judged = [
        predictions(tmp_path / "0.parquet", {"b": [0.97, 0.03]}),
        predictions(tmp_path / "1.parquet", {"c": [0.9, 0.1], "a": [0.99, 0.01]}),
    ]
    settings = {"classes": CLASSES, "rounds": 1, "accept": ACCEPT | {"cap": 1}}
    accept_labels.main(clips=clips, judged=judged, accepted=tmp_path / "accepted.csv", settings=settings)
    table = pd.read_csv(tmp_path / "accepted.csv")
    assert list(table.columns) == ["fname", "label", "predicted", "probability", "accepted", "without_threshold"]
    assert table[["fname", "predicted", "accepted"]].to_numpy().tolist() == [
        ["a", "Bark", 1],
        ["b", "Bark", 0],  # agrees and is above 0.95, but a is more probable
        ["c", "Bark", 0],
    ]


def judged_twice(tmp_path):
    """Round 0 is sure of a and b, round 1 of b and c."""
    return [
        predictions(tmp_path / "00.parquet", {"b": [0.97, 0.03]}),
        predictions(tmp_path / "01.parquet", {"c": [0.2, 0.8], "a": [0.99, 0.01]}),
        predictions(tmp_path / "10.parquet", {"b": [0.98, 0.02]}),
        predictions(tmp_path / "11.parquet", {"c": [0.01, 0.99], "a": [0.6, 0.4]}),
    ]


@pytest.mark.parametrize(("rounds", "accepted"), [(1, ["b", "c"]), (2, ["a", "b", "c"])])
def test_the_verdicts_of_several_rounds_add_up(clips, tmp_path, rounds, accepted):
    judged = judged_twice(tmp_path)[-2 * rounds :]
    settings = {"classes": CLASSES, "rounds": rounds, "accept": ACCEPT}
    accept_labels.main(clips=clips, judged=judged, accepted=tmp_path / "accepted.csv", settings=settings)
    table = pd.read_csv(tmp_path / "accepted.csv").set_index("fname")
    assert table.index[table["accepted"] == 1].tolist() == accepted
    assert table["probability"].tolist() == pytest.approx([0.6, 0.98, 0.99]), "those of the last round"
    assert table["without_threshold"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("accumulate", "rounds_read"), [(False, ["02"]), (True, ["00", "01", "02"])])
def test_a_round_selects_from_scratch_unless_the_recipe_says_accumulate(accumulate, rounds_read):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    accept = {"accept": {"accumulate": accumulate}}
    sizes = {"demo": {"dorfer-a": {"self_verification": {"rounds": 3} | accept}}}
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo", system="dorfer-a", round="03")
    plan = Plan(config | {"sizes": sizes})
    folder = "results/fsdkaggle2018-demo/systems/dorfer-a"
    expected = [f"{folder}/round{number}/fold{fold}/judged.parquet" for number in rounds_read for fold in range(4)]
    assert plan.verdicts_before(wildcards) == expected
    assert json.loads(plan.acceptance(wildcards))["rounds"] == len(rounds_read)


def test_a_missing_verdict_is_an_error(clips, tmp_path):
    judged = [predictions(tmp_path / "0.parquet", {"b": [0.97, 0.03]})]
    settings = {"classes": CLASSES, "rounds": 1, "accept": ACCEPT}
    with pytest.raises(UserError, match="2 clips are missing, the first is a"):
        accept_labels.main(clips=clips, judged=judged, accepted=tmp_path / "accepted.csv", settings=settings)


def test_the_round_with_the_lowest_verified_loss_is_chosen(clips, tmp_path):
    unsure, sure, wrong = [0.5, 0.5], [0.1, 0.9], [0.9, 0.1]
    held_out = []
    # verified clips: d (Meow), e (Bark). Round 1 is right about both, round 2 is surer of one and wrong about the other
    for number, (of_d, of_e) in enumerate([(unsure, unsure), (sure, wrong), (sure, [0.01, 0.99])]):
        held_out.append(predictions(tmp_path / f"{number}0.parquet", {"a": unsure, "d": of_d}))
        held_out.append(predictions(tmp_path / f"{number}1.parquet", {"e": of_e, "b": unsure, "c": unsure}))
    test = [predictions(tmp_path / f"test{n}.parquet", {"t": [n / 4, 1 - n / 4]}) for n in range(3)]
    files = {"oof": tmp_path / "oof.parquet", "answer": tmp_path / "test.parquet", "rounds": tmp_path / "rounds.csv"}
    choose_round.main(clips=clips, held_out=held_out, test=test, settings={"classes": CLASSES}, **files)
    rounds = pd.read_csv(files["rounds"])
    assert rounds["chosen"].tolist() == [0, 1, 0]
    assert rounds["verified_loss"].round(4).tolist() == [0.6931, 0.1054, 2.3553]
    assert rounds["verified_accuracy"].tolist() == [0.5, 1.0, 0.5]
    assert rounds["verified_map3"].tolist() == [0.75, 1.0, 0.75]
    assert read_predictions(files["answer"]).loc["t"].tolist() == [0.25, 0.75]
    oof = read_predictions(files["oof"])
    assert oof.index.tolist() == ["a", "b", "c", "d", "e"]
    assert oof.loc["e"].tolist() == pytest.approx([0.9, 0.1])


def test_a_clip_in_two_folds_is_an_error(clips, tmp_path):
    rows = {fname: [0.5, 0.5] for fname in "abcde"}
    held_out = [predictions(tmp_path / "0.parquet", rows), predictions(tmp_path / "1.parquet", {"e": [0.5, 0.5]})]
    test = [predictions(tmp_path / "test.parquet", {"t": [0.5, 0.5]})]
    files = {"oof": tmp_path / "oof.parquet", "answer": tmp_path / "out.parquet", "rounds": tmp_path / "rounds.csv"}
    with pytest.raises(UserError, match="clip e stands in 2 rows"):
        choose_round.main(clips=clips, held_out=held_out, test=test, settings={"classes": CLASSES}, **files)
