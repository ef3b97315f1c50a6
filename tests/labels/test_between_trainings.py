"""Between the trainings: accepting labels over all folds, going on from models, and choosing a system's stage."""

import json
import math
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from tests.project import ROOT
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.labels import accept_labels
from workflow_scripts.prediction import choose_stage
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.predictions import gather_folds, prediction_table, write_predictions
from workflow_scripts.tables.starts import read_start
from workflow_scripts.training import start_stage

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
            "subsets": "",
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


def accept(clips, judged, folder, settings):
    """Run the stage on two folds' verdicts."""
    accept_labels.main(
        clips=clips, judged=judged, accepted=folder / "accepted.csv", settings=accept_labels.Settings(**settings)
    )


def test_acceptance_counts_the_cap_over_all_folds_together(clips, tmp_path):
    judged = [
        predictions(tmp_path / "0.parquet", {"b": [0.97, 0.03]}),
        predictions(tmp_path / "1.parquet", {"c": [0.9, 0.1], "a": [0.99, 0.01]}),
    ]
    settings = {"classes": CLASSES, "stages": 1, "accept": ACCEPT | {"cap": 1}}
    accept(clips, judged, tmp_path, settings)
    table = pd.read_csv(tmp_path / "accepted.csv")
    assert list(table.columns) == ["fname", "label", "predicted", "probability", "accepted", "without_threshold"]
    assert table[["fname", "predicted", "accepted"]].to_numpy().tolist() == [
        ["a", "Bark", 1],
        ["b", "Bark", 0],  # agrees and is above 0.95, but a is more probable
        ["c", "Bark", 0],
    ]


@pytest.fixture
def start(tmp_path):
    """What a stage starts from: the models of two folds, each of other bytes."""
    models = [tmp_path / f"fold{fold}/model.safetensors" for fold in range(2)]
    for model in models:
        model.parent.mkdir()
        model.write_text(model.parent.name)
    start_stage.main(models=models, start=tmp_path / "start.csv", settings=start_stage.Settings(folds=2))
    return tmp_path / "start.csv"


def test_every_fold_goes_on_from_its_own_model(start):
    for fold in range(2):
        assert read_start(start, fold) == start.parent / f"fold{fold}/model.safetensors"


def test_one_model_of_another_data_set_is_where_all_folds_start(start, tmp_path):
    model = tmp_path / "fold1/model.safetensors"
    start_stage.main(models=[model], start=start, settings=start_stage.Settings(folds=3))
    assert [read_start(start, fold) for fold in range(3)] == [model] * 3


def test_a_model_that_is_missing_makes_its_table_worthless(start):
    (start.parent / "fold1/model.safetensors").unlink()
    assert read_start(start, 0)
    with pytest.raises(
        DamagedError, match=r"start\.csv: \S+/fold1/model\.safetensors, which it names, is missing"
    ) as caught:
        read_start(start, 1)
    assert (caught.value.path, caught.value.beside) == (start, None)


def test_a_model_of_other_content_is_not_gone_on_from_nor_kept(start):
    model = start.parent / "fold1/model.safetensors"
    model.write_text("other")
    with pytest.raises(DamagedError, match="which it names, has another content than it had") as caught:
        read_start(start, 1)
    assert (caught.value.path, caught.value.beside) == (start, model)


def test_a_fold_without_a_row_is_damage(start):
    with pytest.raises(DamagedError, match="fold 2 stands in 0 rows"):
        read_start(start, 2)


def judged_twice(tmp_path):
    """Stage 0 is sure of a and b, stage 1 of b and c."""
    return [
        predictions(tmp_path / "00.parquet", {"b": [0.97, 0.03]}),
        predictions(tmp_path / "01.parquet", {"c": [0.2, 0.8], "a": [0.99, 0.01]}),
        predictions(tmp_path / "10.parquet", {"b": [0.98, 0.02]}),
        predictions(tmp_path / "11.parquet", {"c": [0.01, 0.99], "a": [0.6, 0.4]}),
    ]


@pytest.mark.parametrize(("stages", "accepted"), [(1, ["b", "c"]), (2, ["a", "b", "c"])])
def test_the_verdicts_of_several_stages_add_up(clips, tmp_path, stages, accepted):
    judged = judged_twice(tmp_path)[-2 * stages :]
    settings = {"classes": CLASSES, "stages": stages, "accept": ACCEPT}
    accept(clips, judged, tmp_path, settings)
    table = pd.read_csv(tmp_path / "accepted.csv").set_index("fname")
    assert table.index[table["accepted"] == 1].tolist() == accepted
    assert table["probability"].tolist() == pytest.approx([0.6, 0.98, 0.99]), "those of the last stage"
    assert table["without_threshold"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("accumulate", "stages_read"), [(False, ["02"]), (True, ["00", "01", "02"])])
def test_a_stage_selects_from_scratch_unless_the_recipe_says_accumulate(accumulate, stages_read):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    verifying = {"repeat": 3, "labels": {"accumulate": accumulate}}
    sizes = {"demo": {"dorfer-a": {"stages": {"self_verification": verifying}}}}
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo", system="dorfer-a", stage="03")
    plan = Plan(config | {"sizes": sizes})
    folder = "results/fsdkaggle2018-demo/systems/dorfer-a"
    expected = [f"{folder}/stage{number}/fold{fold}/judged.parquet" for number in stages_read for fold in range(4)]
    assert plan.labels.verdicts(wildcards) == expected
    assert json.loads(plan.labels.accept_labels(wildcards))["stages"] == len(stages_read)


def test_a_missing_verdict_is_an_error(clips, tmp_path):
    judged = [predictions(tmp_path / "0.parquet", {"b": [0.97, 0.03]})]
    settings = {"classes": CLASSES, "stages": 1, "accept": ACCEPT}
    with pytest.raises(UserError, match="2 clips are missing, the first is a"):
        accept(clips, judged, tmp_path, settings)


UNSURE = [0.5, 0.5]


@pytest.fixture
def choose(clips, tmp_path):
    """Run the rule on stages, each given by the predictions of d (Meow) and e (Bark), the verified clips.

    Of the others it says ``of_others``: a and b are Bark, c is Meow.
    """
    files = {"chosen_oof": tmp_path / "chosen_oof.parquet", "chosen_test": tmp_path / "chosen_test.parquet"}

    def run(by, stages, validate_on="verified", of_others=UNSURE, partial=None):
        oof, test = [], []
        for number, (of_d, of_e) in enumerate(stages):
            rows = {} if partial else dict.fromkeys("bca", of_others)
            rows |= {"e": of_e, "d": of_d}
            oof.append(predictions(tmp_path / f"oof{number}.parquet", rows))
            test.append(predictions(tmp_path / f"test{number}.parquet", {"t": [number / 4, 1 - number / 4]}))
        settings = choose_stage.Settings("multiclass", CLASSES, by, validate_on, partial)
        choose_stage.main(clips=clips, oof=oof, test=test, settings=settings, rounds=tmp_path / "rounds.csv", **files)
        table = pd.read_csv(tmp_path / "rounds.csv")
        for tables, copy in ((oof, files["chosen_oof"]), (test, files["chosen_test"])):
            assert copy.read_bytes() == tables[table["chosen"].argmax()].read_bytes()
        return table

    return run


def test_the_stage_with_the_lowest_verified_loss_is_chosen(choose):
    # Stage 1 is right about both clips, stage 2 is surer of one and wrong about the other.
    rounds = choose("lowest_loss", [(UNSURE, UNSURE), ([0.1, 0.9], [0.9, 0.1]), ([0.1, 0.9], [0.01, 0.99])])
    assert rounds["chosen"].tolist() == [0, 1, 0]
    assert rounds["verified_loss"].round(4).tolist() == [0.6931, 0.1054, 2.3553]
    assert rounds["verified_accuracy"].tolist() == [0.5, 1.0, 0.5]
    assert rounds["verified_map3"].tolist() == [0.75, 1.0, 0.75]


@pytest.mark.parametrize(
    ("validate_on", "loss", "accuracy"),
    [
        ("verified", -math.log(0.9), 1),
        ("unverified", -(2 * math.log(0.8) + math.log(0.2)) / 3, 2 / 3),
        ("all", -(2 * math.log(0.9) + 2 * math.log(0.8) + math.log(0.2)) / 5, 4 / 5),
    ],
)
def test_a_stage_is_judged_by_the_clips_that_validate_it(choose, validate_on, loss, accuracy):
    (stage,) = choose("lowest_loss", [([0.1, 0.9], [0.9, 0.1])], validate_on, [0.8, 0.2]).to_dict("records")
    assert (stage["verified_loss"], stage["verified_accuracy"]) == pytest.approx((loss, accuracy))


@pytest.mark.parametrize("best", [0, 1, 2])
def test_the_last_stage_is_chosen_whatever_the_scores(choose, best):
    stages = [([0.9, 0.1], [0.1, 0.9])] * 3
    stages[best] = ([0.1, 0.9], [0.9, 0.1])
    table = choose("last", stages)
    assert table["chosen"].tolist() == [0, 0, 1]
    assert table["verified_accuracy"].idxmax() == best, "the scores are reported all the same"


def test_where_one_part_is_held_out_stages_are_chosen_by_its_clips(choose, caplog):
    with caplog.at_level("INFO"):
        rounds = choose("lowest_loss", [(UNSURE, UNSURE), ([0.1, 0.9], [0.9, 0.1])], "all", partial=[True, True])
    assert rounds["verified_loss"].round(4).tolist() == [0.6931, 0.1054]
    assert "2 of 5 training clips were held out, 2 of them validate" in caplog.text


def test_the_tables_of_the_folds_become_one_in_the_order_asked_for(tmp_path):
    folds = [
        predictions(tmp_path / "0.parquet", {"b": [0.25, 0.75], "d": [1.0, 0.0]}),
        predictions(tmp_path / "1.parquet", {"c": [0.5, 0.5], "a": [0.0, 1.0]}),
    ]
    table = gather_folds(folds, list("abcd"))
    assert table.index.tolist() == ["a", "b", "c", "d"]
    assert table.to_numpy().tolist() == [[0.0, 1.0], [0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("folds", "problem"),
    [
        (["ab", "bc"], "clip b stands in 2 rows; keep one"),
        (["a", "b"], "1 clips are missing, the first is c"),
        (["ab", "cx"], "1 clips do not belong here, the first is x"),
    ],
)
def test_every_clip_is_held_out_by_exactly_one_fold(tmp_path, folds, problem):
    rows = [dict.fromkeys(names, UNSURE) for names in folds]
    paths = [predictions(tmp_path / f"{number}.parquet", table) for number, table in enumerate(rows)]
    with pytest.raises(UserError, match=rf"0\.parquet and the other folds: {problem}"):
        gather_folds(paths, list("abc"))
