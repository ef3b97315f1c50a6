"""The score table, its plot and the answer, on a collection of three classes."""

import json
import os
import struct
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sed_eval.audio_tag import AudioTaggingMetrics

from tests.project import ROOT
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.report.scores_plot import plot_scores
from workflow_scripts.scoring import score_systems, write_answer
from workflow_scripts.scoring.score_page import score_page
from workflow_scripts.tables.class_scores import read_class_scores
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.comparisons import read_comparisons
from workflow_scripts.tables.listing import write_listing
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tables.scores import read_scores
from workflow_scripts.tasks.words import multiclass as words

CLASSES = ["Bark", "Hi-hat", "Meow"]
CLIPS = [  # fname, split, label, manually_verified, usage
    ("train1.wav", "train", "Bark", 1, ""),
    ("train2.wav", "train", "Meow", 1, ""),
    ("train3.wav", "train", "Meow", 0, ""),
    ("test1.wav", "test", "Bark", 1, "Public"),
    ("test2.wav", "test", "Hi-hat", 1, "Private"),
    ("test3.wav", "test", "Meow", 1, "Private"),
    ("test4.wav", "test", "Meow", 1, "Private"),
]
SURE_OF = {"Bark": [0.7, 0.2, 0.1], "Hi-hat": [0.2, 0.7, 0.1], "Meow": [0.1, 0.2, 0.7]}
OOF = {"train1.wav": SURE_OF["Bark"], "train2.wav": SURE_OF["Hi-hat"], "train3.wav": SURE_OF["Bark"]}
TEST = {
    "test4.wav": SURE_OF["Bark"],  # true label in third place
    "test3.wav": SURE_OF["Hi-hat"],  # Bark before Meow: true label in third place
    "test2.wav": SURE_OF["Bark"],  # true label in second place
    "test1.wav": SURE_OF["Bark"],  # right
}
SETTINGS = {
    "systems": ["vgg13"],
    "singles": ["vgg13"],
    "stages": [["given labels", "vgg13"]],
    "task": "multiclass",
    "classes": CLASSES,
    "published": [{"system": "vgg13", "split": "private", "metric": "map3", "value": 0.951}],
    "resamples": 200,
    "seed": 1,
}


def arguments(folder, settings):
    systems = settings["systems"]
    tables = {"scores": "scores", "comparisons": "comparisons", "by_class": "class_scores", "confusions": "confusion"}
    tables |= {"reliability": "reliability", "effects": "stage_effects"}
    return {
        "listing": folder / "listing.csv",
        "clips": folder / "clips.csv",
        "oof": [folder / "oof.parquet"] * len(systems),
        "test": [folder / "test.parquet"] * len(systems),
        **{f"given_{name}": [folder / f"{name}.parquet"] * len(settings["singles"]) for name in ("oof", "test")},
        **{name: folder / f"{table}.csv" for name, table in tables.items()},
        "settings": score_systems.Settings(**settings),
    }


@pytest.fixture
def score(tmp_path):
    def run(clips=CLIPS, oof=OOF, test=TEST, settings=SETTINGS, columns=CLASSES, without_audio=()):
        table = pd.DataFrame(clips, columns=["fname", "split", "label", "manually_verified", "usage"])
        table = table.assign(subsets="", group="", fold="", row="", path=table["fname"], seconds=1.0, md5="")
        write_clips(table, tmp_path / "clips.csv")
        missing = pd.DataFrame(without_audio, columns=table.columns[:5]).assign(
            subsets="", group="", fold="", row="", path=""
        )
        write_listing(pd.concat([table, missing]).drop_duplicates("fname"), tmp_path / "listing.csv")
        for name, predictions in [("oof", oof), ("test", test)]:
            probabilities = np.reshape(list(predictions.values()), (-1, len(columns)))
            write_predictions(prediction_table(list(predictions), probabilities, columns), tmp_path / f"{name}.parquet")
        score_systems.main(**arguments(tmp_path, settings))
        return pd.read_csv(tmp_path / "scores.csv", dtype=str, keep_default_na=False).set_index(
            ["system", "split", "metric"]
        )

    return run


@pytest.fixture
def answer(score, tmp_path, capsys):
    def run(classes=CLASSES, split="test", **inputs):
        score(**inputs)
        (tmp_path / "plot.png").write_bytes(b"a picture")
        write_answer.main(
            predictions=tmp_path / {"test": "test.parquet", "train": "oof.parquet"}[split],
            scores=tmp_path / "scores.csv",
            plot=tmp_path / "plot.png",
            clips=tmp_path / "clips.csv",
            answer=tmp_path / "answer.csv",
            answer_scores=tmp_path / "answer_scores.csv",
            answer_plot=tmp_path / "answer_plot.png",
            settings=write_answer.Settings(dataset="Pets", split=split, task="multiclass", classes=classes),
        )
        return capsys.readouterr().out

    return run


def test_scores_of_every_split_by_hand(score):
    table = score()["value"].xs("vgg13")
    # verified training clips: one right, one in third place; the unverified one does not count
    assert table["oof_verified", "map3"] == f"{(1 + 1 / 3) / 2:.6f}"
    assert table["oof_verified", "accuracy"] == "0.500000"
    assert table["public", "map3"] == "1.000000"
    assert table["private", "map3"] == f"{(1 / 2 + 1 / 3 + 1 / 3) / 3:.6f}"
    assert table["all", "map3"] == f"{(1 + 1 / 2 + 1 / 3 + 1 / 3) / 4:.6f}"
    assert table["all", "accuracy"] == table["all", "sed_eval_f_measure"] == "0.250000"
    assert table.xs("clips", level="metric").to_dict() == {
        "oof_verified": "2",
        "public": "1",
        "private": "3",
        "all": "4",
    }


def test_the_calibration_error_by_hand(score):
    table = score()["value"].xs("vgg13").xs("expected_calibration_error", level="metric")
    # always sure to 0.7, and right on 1 of 2, 1 of 1, 0 of 3 and 1 of 4 clips
    by_hand = {"oof_verified": 0.7 - 1 / 2, "public": 1 - 0.7, "private": 0.7 - 0, "all": 0.7 - 1 / 4}
    assert table.to_dict() == {split: f"{error:.6f}" for split, error in by_hand.items()}


def test_intervals_enclose_the_means_and_stand_at_no_other_measure(score):
    table = score().xs("all", level="split").droplevel("system")
    for metric in ["map3", "accuracy"]:
        low, value, high = table.loc[metric, ["low", "value", "high"]].astype(float)
        assert low < value < high
    assert (table.drop(index=["map3", "accuracy"])[["low", "high"]] == "").all(axis=None)


def test_a_published_value_stands_beside_its_split_only(score):
    published = score()["published"]
    assert published[published != ""].to_dict() == {("vgg13", "private", "map3"): "0.951000"}


def test_a_measure_that_is_undefined_is_an_empty_cell(score):
    assert score()["value"]["vgg13", "public", "sed_eval_eer"] == ""  # a single clip: nothing to reject


def test_without_usage_there_is_one_test_split(score):
    clips = [(*row[:4], "") for row in CLIPS]
    assert list(score(clips=clips).index.unique("split")) == ["oof_verified", "all"]


def test_without_test_clips_only_the_training_clips_are_scored(score):
    clips = [row for row in CLIPS if row[1] == "train"]
    assert list(score(clips=clips, test={}).index.unique("split")) == ["oof_verified"]


def test_padding_is_predicted_and_not_scored(score, answer, tmp_path):
    padding, test = ("pad.wav", "test", "", 1, "Ignored"), TEST | {"pad.wav": SURE_OF["Meow"]}
    assert score(clips=[*CLIPS, padding], test=test).equals(score())
    answer(clips=[*CLIPS, padding], test=test)
    assert pd.read_csv(tmp_path / "answer.csv").set_index("fname")["label"]["pad.wav"] == "Meow Hi-hat Bark"


def test_scores_say_on_how_many_clips_they_stand(score, answer):
    missing = [("gone.wav", "test", "Bark", 1, "Private"), ("lost.wav", "test", "Bark", 1, "Public")]
    table = score(without_audio=missing)["value"].xs("vgg13")
    assert table["private", "clips"] == "3"
    assert table["private", "listed_clips"] == "4"
    assert table["oof_verified", "listed_clips"] == "2"
    printed = answer(without_audio=missing)
    assert "4 of 6 clips" in printed
    assert "3 of 4 clips" in printed


def test_a_system_that_holds_out_a_part_is_scored_on_it_and_everything_says_so(answer, tmp_path):
    """Of two verified training clips ``some`` has held out one, ``none`` none; ``vgg13`` has folds."""
    systems, partial = ["vgg13", "some", "none"], [False, True, True]
    settings = SETTINGS | {"systems": systems, "singles": systems, "partial": partial, "partial_singles": partial}
    settings |= {"stages": [["given labels", system] for system in systems]}
    answer()
    inputs = arguments(tmp_path, settings)
    for number, fname in ((1, "train1.wav"), (2, "train3.wav")):
        path = tmp_path / f"{systems[number]}.parquet"
        write_predictions(prediction_table([fname], [OOF[fname]], CLASSES), path)
        inputs["oof"][number] = inputs["given_oof"][number] = path
    score_systems.main(**inputs)

    scores = read_scores(tmp_path / "scores.csv")["value"]
    of_part = {key: value for key, value in scores.items() if key[1] == "oof_verified"}
    assert of_part["some", "oof_verified", "map3"] == 1, "right of the one clip"
    assert (of_part["some", "oof_verified", "clips"], of_part["some", "oof_verified", "listed_clips"]) == (1, 2)
    assert {system for system, _, _ in of_part} == {"vgg13", "some"}
    assert scores["none", "all", "clips"] == 4
    compared = read_comparisons(tmp_path / "comparisons.csv")["clips"].xs("map3", level="metric")
    assert compared["some", "oof_verified"] == 1
    effects = pd.read_csv(tmp_path / "stage_effects.csv").set_index(["system", "split"])["clips"]
    assert (effects["some", "oof_verified"], effects["vgg13", "oof_verified"]) == (1, 2)

    table = read_scores(tmp_path / "scores.csv")
    cells = [line.split("  ")[-1].strip() for line in write_answer._overview(table, words).splitlines()[3:6]]
    assert cells == ["0.6667", "1.0000 (1 clips)", "-"]
    plot_scores(tmp_path / "scores.csv", tmp_path / "plot.png", "Pets")
    page = score_page(
        table,
        read_comparisons(tmp_path / "comparisons.csv"),
        read_class_scores(tmp_path / "class_scores.csv"),
        pd.DataFrame(columns=["system", "source"]),
        "Pets",
        "vgg13",
    )
    assert page.count("1 clips") == 1


def test_without_test_clips_the_answer_has_the_clips_that_were_held_out(answer, tmp_path):
    answer(clips=CLIPS[:3], test={})
    some = {"train3.wav": OOF["train3.wav"], "train1.wav": OOF["train1.wav"]}
    write_predictions(prediction_table(list(some), list(some.values()), CLASSES), tmp_path / "oof.parquet")
    names = {"predictions": "oof.parquet", "scores": "scores.csv", "plot": "plot.png", "clips": "clips.csv"}
    names |= {"answer": "a.csv", "answer_scores": "s.csv", "answer_plot": "p.png"}
    settings = write_answer.Settings("Pets", "train", "multiclass", CLASSES, partial=True)
    write_answer.main(**{key: tmp_path / name for key, name in names.items()}, settings=settings)
    assert pd.read_csv(tmp_path / "a.csv")["fname"].tolist() == ["train1.wav", "train3.wav"]


def test_a_class_without_clips_is_left_out_of_the_means_of_classes_and_its_false_alarms_count(score, tmp_path):
    """As sed_eval says with the vocabulary of the classes that clips have: one clip is taken for the fourth class."""
    names = [*CLASSES, "Purr"]
    said = {"test1.wav": "Bark", "test2.wav": "Purr", "test3.wav": "Meow", "test4.wav": "Hi-hat"}
    test = {fname: [0.7 if name == label else 0.1 for name in names] for fname, label in said.items()}
    oof = {fname: [*row, 0] for fname, row in OOF.items()}
    table = score(test=test, oof=oof, columns=names, settings=SETTINGS | {"classes": names})["value"].xs("vgg13")
    of_all = table.xs("all").replace("", "nan").astype(float)
    assert (of_all["classes"], of_all["listed_classes"]) == (3, 4)
    # Bark: right; Hi-hat: none of one, and one clip taken for it; Meow: one of two. Purr is in no mean.
    assert of_all["sed_eval_class_f_measure"] == pytest.approx((1 + 0 + 2 / 3) / 3, abs=1e-6)
    assert of_all["accuracy"] == of_all["sed_eval_f_measure"] == 2 / 4, "what is taken for Purr is wrong"
    assert of_all["expected_calibration_error"] == pytest.approx(0.7 - 2 / 4)

    metrics = AudioTaggingMetrics(CLASSES)
    truth = {fname: label for fname, split, label, *_ in CLIPS if split == "test"}
    metrics.evaluate(
        [{"filename": fname, "tags": [label]} for fname, label in truth.items()],
        [{"filename": fname, "tags": [label]} for fname, label in said.items()],
        [
            {"filename": fname, "label": label, "probability": test[fname][number]}
            for fname in truth
            for number, label in enumerate(CLASSES)
        ],
    )
    by_class = metrics.results_class_wise_metrics()
    assert np.mean([np.nan_to_num(by_class[label]["f_measure"]["f_measure"]) for label in CLASSES]) == pytest.approx(
        of_all["sed_eval_class_f_measure"], abs=1e-6
    )
    eer = metrics.results_class_wise_average_metrics()["eer"]["eer"]
    assert of_all["sed_eval_eer"] == pytest.approx(eer, abs=1e-6)

    of_purr = pd.read_csv(tmp_path / "class_scores.csv").query("label == 'Purr' and split == 'all'")
    assert of_purr[["clips", "precision", "f1"]].to_numpy().tolist() == [[0, 0, 0]], "named, with what was said of it"
    taken = pd.read_csv(tmp_path / "confusion.csv").query("predicted == 'Purr'")
    assert taken[["split", "label", "clips"]].to_numpy().tolist() == [["private", "Hi-hat", 1], ["all", "Hi-hat", 1]]


def test_without_test_clips_the_answer_is_out_of_fold(answer, tmp_path):
    printed = answer(clips=[row for row in CLIPS if row[1] == "train"], test={}, split="train")
    assert "3 training clips, out of fold" in printed
    assert pd.read_csv(tmp_path / "answer.csv").to_numpy().tolist() == [
        ["train1.wav", "Bark Hi-hat Meow"],
        ["train2.wav", "Hi-hat Bark Meow"],
        ["train3.wav", "Bark Hi-hat Meow"],
    ]


def test_a_class_with_a_space_is_one_word_in_the_answer(answer, tmp_path):
    names = ["Bark", "Hi hat", "Meow"]
    clips = [(*row[:2], row[2].replace("-", " "), *row[3:]) for row in CLIPS]
    answer(clips=clips, classes=names, columns=names, settings=SETTINGS | {"classes": names})
    assert pd.read_csv(tmp_path / "answer.csv")["label"][0] == "Bark Hi_hat Meow"


def test_the_same_inputs_give_the_same_bytes(score, tmp_path):
    def tables():
        score()
        return {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}

    assert tables() == tables()


def test_the_tables_beside_the_scores_by_hand(score, tmp_path):
    score()
    comparisons = pd.read_csv(tmp_path / "comparisons.csv")
    assert ",".join(comparisons.columns) == "system,against,split,metric,difference,low,high,clips"
    assert comparisons["split"].unique().tolist() == ["oof_verified", "public", "private", "all"]
    assert (comparisons[["difference", "low", "high"]] == 0).all(axis=None), "the one system less itself"
    by_class = pd.read_csv(tmp_path / "class_scores.csv", dtype=str, keep_default_na=False)
    assert by_class[by_class["split"] == "private"].to_numpy().tolist() == [
        ["vgg13", "private", "Bark", "0", "0.000000", "0.000000", "", ""],
        ["vgg13", "private", "Hi-hat", "1", "0.000000", "0.000000", "0.000000", "0.500000"],
        ["vgg13", "private", "Meow", "2", "0.000000", "", "0.000000", "0.333333"],
    ]
    confusion = pd.read_csv(tmp_path / "confusion.csv")
    assert confusion[confusion["split"] == "all"].to_numpy().tolist() == [
        ["vgg13", "all", "Bark", "Bark", 1],
        ["vgg13", "all", "Hi-hat", "Bark", 1],
        ["vgg13", "all", "Meow", "Bark", 1],
        ["vgg13", "all", "Meow", "Hi-hat", 1],
    ]


# ------------------------------------------------------------------ what cannot be scored


@pytest.mark.parametrize("split", ["oof", "test"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: dict(list(table.items())[1:]), "1 clips are missing, the first is {first}$"),
        (lambda table: table | {"more.wav": [1, 0, 0]}, "1 clips do not belong here.*more.wav$"),
        (lambda table: {f"new-{fname}": row for fname, row in table.items()}, "{clips} clips are missing"),
        (lambda table: {}, "{clips} clips are missing"),
        (lambda table: table | {next(iter(table)): [np.nan, 0, 0]}, "clip {first} has a value outside 0..1$"),
    ],
    ids=["a clip less", "a clip more", "of another list", "of nothing", "NaN"],
)
def test_predictions_of_other_clips_are_an_error(score, tmp_path, split, change, message):
    """Kaggle scores the clips that are in both lists, silently."""
    table = {"oof": OOF, "test": TEST}[split]
    expected = message.format(first=next(iter(table)), clips=len(table))
    with pytest.raises(DamagedError, match=rf"^\S+{split}\.parquet: {expected}") as error:
        score(**{split: change(table)})
    assert "\n" not in str(error.value)
    assert not (tmp_path / "scores.csv").exists()


@pytest.mark.parametrize("split", ["oof", "test"])
def test_predictions_of_a_clip_that_stands_twice_are_an_error(score, tmp_path, split):
    score()
    table = {"oof": OOF, "test": TEST}[split]
    first = next(iter(table))
    twice = prediction_table([*table, first], [*table.values(), table[first]], CLASSES)
    write_predictions(twice, tmp_path / f"{split}.parquet")
    with pytest.raises(DamagedError, match=rf"^\S+{split}\.parquet: clip {first} stands in 2 rows"):
        score_systems.main(**arguments(tmp_path, SETTINGS))


@pytest.mark.parametrize(
    "columns",
    [["Hi-hat", "Bark", "Meow"], ["Bark", "Hi-hat", "Miaow"], ["Bark", "Hi-hat", "Meow", "Purr"], ["Bark", "Hi-hat"]],
    ids=["another order", "an unknown class", "a class more", "a class less"],
)
def test_predictions_of_other_classes_are_an_error(score, columns):
    def rows(table):
        return {fname: [0.5] * len(columns) for fname in table}

    with pytest.raises(DamagedError, match=r"^\S+oof\.parquet: the columns are not.*classes in their order$"):
        score(oof=rows(OOF), test=rows(TEST), columns=columns)


@pytest.mark.parametrize("label", ["Purr", "bark", "Bark,Meow", "", "None"])
@pytest.mark.parametrize("number", [0, 5])
def test_a_label_that_is_no_class_is_an_error(score, number, label):
    clips = [*CLIPS]
    clips[number] = (*CLIPS[number][:2], label, *CLIPS[number][3:])
    with pytest.raises(UserError, match=rf"clips\.csv: clip {CLIPS[number][0]} has the label '{label}'.*; correct it"):
        score(clips=clips)


def test_a_class_may_be_called_none(score):
    clips = [(*row[:2], row[2].replace("Meow", "None"), *row[3:]) for row in CLIPS]
    classes = ["Bark", "Hi-hat", "None"]
    assert score(clips=clips, columns=classes, settings=SETTINGS | {"classes": classes}).equals(score())


def test_a_clip_that_stands_twice_in_the_clip_table_is_an_error(score):
    with pytest.raises(UserError, match=r"clips\.csv: clip test1\.wav stands in 2 rows"):
        score(clips=[*CLIPS, CLIPS[3]])


def test_reliability_is_of_the_same_clips(score, tmp_path):
    score()
    write_predictions(prediction_table([*TEST][1:], [*TEST.values()][1:], CLASSES), tmp_path / "test.parquet")
    (tmp_path / "reliability.csv").unlink()
    with pytest.raises(UserError, match=r"1 clips are missing.*test4\.wav"):
        score_systems.main(**arguments(tmp_path, SETTINGS))
    assert not (tmp_path / "reliability.csv").exists()


def test_a_job_ends_with_one_line_and_moves_a_result_with_nan_aside(score, tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    score()
    for name in ["listing.csv", "clips.csv", "oof.parquet", "test.parquet", "scores.csv"]:
        (tmp_path / name).rename(folder / name)
    table = TEST | {"test3.wav": [np.nan, 0, 0]}
    write_predictions(prediction_table([*table], [*table.values()], CLASSES), folder / "test.parquet")
    (folder / "scores.csv").unlink()
    options = []
    for name, value in (arguments(folder, SETTINGS) | {"settings": json.dumps(SETTINGS)}).items():
        options += [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, list) else [value])]
    command = [sys.executable, "-m", "workflow_scripts.scoring.score_systems", *options, "--log", "log"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    job = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert job.returncode == 1
    line = job.stderr.strip()
    assert "\n" not in line
    assert all(words in line for words in ["results/test.parquet", "test3.wav", "the same command makes it"])
    assert (folder / "test.parquet.damaged").exists()
    assert not (folder / "scores.csv").exists()


# ------------------------------------------------------------------ the answer and the plot


def test_the_answer_is_a_submission_in_the_clip_tables_order(answer, tmp_path):
    answer()
    assert (tmp_path / "answer.csv").read_text() == (
        "fname,label\n"
        "test1.wav,Bark Hi-hat Meow\n"
        "test2.wav,Bark Hi-hat Meow\n"
        "test3.wav,Hi-hat Bark Meow\n"
        "test4.wav,Bark Hi-hat Meow\n"
    )
    assert (tmp_path / "answer_scores.csv").read_bytes() == (tmp_path / "scores.csv").read_bytes()
    assert (tmp_path / "answer_plot.png").read_bytes() == b"a picture"


def test_a_collection_of_two_classes(answer, tmp_path):
    classes = ["Bark", "Meow"]
    clips = [row for row in CLIPS if row[2] == "Meow"]
    predictions = {row[0]: [0.4, 0.6] for row in clips}
    printed = answer(
        classes=classes,
        columns=classes,
        clips=clips,
        oof={fname: row for fname, row in predictions.items() if "train" in fname},
        test={fname: row for fname, row in predictions.items() if "test" in fname},
        settings=SETTINGS | {"classes": classes},
    )
    assert (tmp_path / "answer.csv").read_text() == "fname,label\ntest3.wav,Meow Bark\ntest4.wav,Meow Bark\n"
    assert "1.0000 [1.000, 1.000]" in printed


def test_the_printed_overview_has_a_row_per_system_and_counts_in_the_header(answer):
    lines = answer(settings=SETTINGS | {"systems": ["vgg13", "vgg_gap"]}).splitlines()
    header = next(line for line in lines if line.startswith("system"))
    rows = [line for line in lines if line.startswith("vgg")]
    assert header.split()[1::2] == ["4", "4", "1", "3", "2"]
    assert [row.split()[0] for row in rows] == ["vgg13", "vgg_gap"]
    assert rows[0].split()[1] == "0.5417"  # (1 + 1/2 + 1/3 + 1/3) / 4
    assert rows[0].split()[-4:] == ["0.2500", "1.0000", "0.3889", "0.6667"]
    assert {len(line) for line in [header, *rows]} == {len(header)}


def test_the_plot_is_a_png_no_wider_than_1200_pixels_and_the_same_every_time(score, tmp_path):
    score(settings=SETTINGS | {"systems": ["vgg13", "vgg_gap"]})
    for name in ["first.png", "second.png"]:
        plot_scores(tmp_path / "scores.csv", tmp_path / name, "Pets")
    content = (tmp_path / "first.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])  # the IHDR chunk
    assert 600 <= width <= 1200
    assert height >= 200
    assert (tmp_path / "second.png").read_bytes() == content


def test_a_plot_without_test_clips(score, tmp_path):
    score(clips=[row for row in CLIPS if row[1] == "train"], test={})
    plot_scores(tmp_path / "scores.csv", tmp_path / "plot.png", "Pets")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
