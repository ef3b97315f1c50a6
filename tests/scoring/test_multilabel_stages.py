"""From predictions of clips with any number of labels to the score tables, the page, the pictures and the answer."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.common.errors import UserError
from workflow_scripts.report.classes import plot_classes
from workflow_scripts.report.ensemble import plot_effects, plot_reliability
from workflow_scripts.report.page import write_score_page
from workflow_scripts.report.scores_plot import plot_scores
from workflow_scripts.scoring import score_systems, write_answer
from workflow_scripts.tables.class_scores import read_class_scores
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.listing import write_listing
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tables.published_scores import write_published
from workflow_scripts.tables.scores import read_scores
from workflow_scripts.tables.stage_effects import read_stage_effects
from workflow_scripts.tasks.words import multilabel as words

CLASSES = ["Cat", "Dog", "Fan", "Owl"]
CLIPS = [  # fname, split, label, manually_verified; no clip has Owl
    ("train1.wav", "train", "Cat,Dog", 1),
    ("train2.wav", "train", "Fan", 1),
    ("train3.wav", "train", "Dog", 0),
    ("test1.wav", "test", "Fan,Cat", 1),
    ("test2.wav", "test", "Dog", 1),
    ("test3.wav", "test", "Fan", 1),
]
GOOD = {
    "train1.wav": [0.9, 0.8, 0.1, 0.2],
    "train2.wav": [0.1, 0.2, 0.9, 0.3],
    "train3.wav": [0.1, 0.9, 0.2, 0.1],
    "test1.wav": [0.9, 0.8, 0.1, 0.2],  # Cat has rank 1, Fan 4
    "test2.wav": [0.4, 0.6, 0.3, 0.1],
    "test3.wav": [0.7, 0.2, 0.6, 0.1],
}
POOR = {fname: [0.4, 0.4, 0.4, 0.6] for fname in GOOD}
SYSTEMS = {"good": GOOD, "poor": POOR}
TABLES = {"scores": "scores", "comparisons": "comparisons", "by_class": "class_scores", "confusions": "confusion"}
TABLES |= {"reliability": "reliability", "effects": "stage_effects"}


@pytest.fixture
def files(tmp_path):
    table = pd.DataFrame(CLIPS, columns=["fname", "split", "label", "manually_verified"])
    table = table.assign(usage="", subsets="", group="", fold="", row="", path=table["fname"], seconds=1.0, md5="")
    write_clips(table, tmp_path / "clips.csv")
    write_listing(table, tmp_path / "listing.csv")
    for system, said in SYSTEMS.items():
        for split in ("train", "test"):
            rows = {fname: row for fname, row in said.items() if fname.startswith(split)}
            values = prediction_table(list(rows), list(rows.values()), CLASSES)
            write_predictions(values, tmp_path / f"{system}.{split}.parquet")
    return tmp_path


@pytest.fixture
def scored(files):
    predictions = [[files / f"{system}.{split}.parquet" for system in SYSTEMS] for split in ("train", "test")]
    score_systems.main(
        listing=files / "listing.csv",
        clips=files / "clips.csv",
        **dict(zip(("oof", "test"), predictions, strict=True)),
        **dict(zip(("given_oof", "given_test"), predictions, strict=True)),
        **{name: files / f"{table}.csv" for name, table in TABLES.items()},
        settings=score_systems.Settings(
            systems=list(SYSTEMS),
            singles=list(SYSTEMS),
            stages=[("given labels", "good"), ("stack", "good")],
            task="multilabel",
            classes=CLASSES,
            published=[{"system": "good", "split": "all", "metric": "map", "value": 0.5}],
            resamples=100,
            seed=1,
        ),
    )
    return files


def test_scores_by_hand(scored):
    table = read_scores(scored / "scores.csv").loc["good"]
    value = table["value"]["all"]
    assert value["lwlrap"] == pytest.approx((1 + 2 / 4 + 1 + 1 / 2) / 4)
    assert value["map"] == pytest.approx((1 + 1 / 2 + (1 / 1 + 2 / 3) / 2) / 3, abs=1e-6)
    assert value["auc"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3, abs=1e-6)
    # tagged: Cat and Dog, Dog, Cat and Fan: 3 of 5 right, of 4 labels
    assert value["micro_f1"] == pytest.approx(2 * 3 / (5 + 4), abs=1e-6)
    assert value["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 2 / 3) / 3, abs=1e-6)
    assert value[["classes", "listed_classes", "auc_classes", "clips"]].tolist() == [3, 4, 3, 3]
    assert table.loc[("all", "map"), "published"] == 0.5
    with_interval = table.xs("all", level="split")["low"].dropna()
    assert sorted(with_interval.index) == ["lwlrap", "micro_f1"]


def test_a_class_without_clips_is_named_in_the_table_of_classes(scored):
    owl = read_class_scores(scored / "class_scores.csv").query("label == 'Owl' and system == 'poor' and split == 'all'")
    assert owl[["clips", "precision"]].to_numpy().tolist() == [[0, 0]]
    assert owl[["recall", "ap", "auc"]].isna().all(axis=None)


def test_systems_are_compared_by_lwlrap(scored):
    table = pd.read_csv(scored / "comparisons.csv")
    assert set(table["against"]) == {"good"} and set(table["metric"]) == {"lwlrap", "micro_f1"}
    poor = table.query("system == 'poor' and split == 'all' and metric == 'lwlrap'").iloc[0]
    # every label has the last of the ranks, 4, and so does its like
    assert poor["difference"] == pytest.approx((2 / 4 + 2 / 4 + 1 / 4 + 1 / 4) / 4 - 0.75, abs=1e-6)
    assert poor["low"] <= poor["difference"] <= poor["high"]
    assert read_stage_effects(scored / "stage_effects.csv")["lwlrap"].notna().all()


def test_a_label_that_is_no_class_is_an_error(files, scored):
    clips = pd.read_csv(files / "clips.csv", keep_default_na=False)
    clips.loc[clips["fname"] == "test1.wav", "label"] = "Fan,Cow"
    write_clips(clips, files / "clips.csv")
    with pytest.raises(UserError, match=r"clip test1\.wav has the label 'Cow', which is none of the classes"):
        score_systems.main(
            listing=files / "listing.csv",
            clips=files / "clips.csv",
            oof=[files / "good.train.parquet"],
            test=[files / "good.test.parquet"],
            given_oof=[],
            given_test=[],
            **{name: files / f"{table}.csv" for name, table in TABLES.items()},
            settings=score_systems.Settings(["good"], ["good"], [], "multilabel", CLASSES, [], 10, 1),
        )


def test_page_and_pictures_tell_the_measures_of_the_task(scored):
    write_published([], scored / "published.csv")
    tables = [scored / f"{name}.csv" for name in ("scores", "comparisons", "class_scores", "published")]
    write_score_page(*tables, scored / "page.html", "Pets", "good", "multilabel")
    page = (scored / "page.html").read_text()
    assert "lwlrap above the best single system" in page and "MAP@3" not in page
    assert "none of these clips has them: Owl" in page
    pictures = [scored / f"{name}.png" for name in ("scores", "f1", "confusion", "effects", "reliability")]
    plot_scores(scored / "scores.csv", pictures[0], "Pets", "lwlrap", words.MAIN_NAME)
    of_classes = scored / "class_scores.csv", scored / "confusion.csv", scored / "comparisons.csv"
    plot_classes(*of_classes, *pictures[1:3], "Pets", "good", CLASSES, words.COUNTED)
    plot_effects(scored / "stage_effects.csv", pictures[3], "Pets", "lwlrap", words.MAIN_NAME)
    plot_reliability(scored / "reliability.csv", pictures[4], "Pets", words.RELIABILITY)
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_the_answer_is_a_probability_of_each_class(scored, capsys):
    (scored / "plot.png").write_bytes(b"a picture")
    write_answer.main(
        predictions=scored / "good.test.parquet",
        scores=scored / "scores.csv",
        plot=scored / "plot.png",
        clips=scored / "clips.csv",
        answer=scored / "answer.csv",
        answer_scores=scored / "answer_scores.csv",
        answer_plot=scored / "answer_plot.png",
        settings=write_answer.Settings(dataset="Pets", split="test", task="multilabel", classes=CLASSES),
    )
    assert (scored / "answer.csv").read_text() == (
        "fname,Cat,Dog,Fan,Owl\ntest1.wav,0.9,0.8,0.1,0.2\ntest2.wav,0.4,0.6,0.3,0.1\ntest3.wav,0.7,0.2,0.6,0.1\n"
    )
    printed = capsys.readouterr().out
    assert "the probability of each class of 3 test clips" in printed
    assert [line.split()[0] for line in printed.splitlines() if line.startswith(("good", "poor"))] == ["good", "poor"]
    assert "lwlrap" in printed and np.char.count(printed, "0.7500 [") == 1
