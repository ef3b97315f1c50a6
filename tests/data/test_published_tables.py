"""The real label tables of FSDKaggle2018 and DCASE 2018 Task 4 (not in the project), against the published numbers."""

from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.data import list_clips, tabulate_events
from workflow_scripts.data.counts import deviations
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.label_generations import recognise
from workflow_scripts.study.datasets import read_dataset
from workflow_scripts.tables.events import read_events
from workflow_scripts.tables.listing import read_listing

SHARED = Path(__file__).parents[3] / "shared/data"
KAGGLE, TASK4 = SHARED / "fsdkaggle2018-meta", SHARED / "dcase2018-task4-meta"
needs_kaggle = pytest.mark.skipif(not KAGGLE.is_dir(), reason="no tables of FSDKaggle2018 beside this checkout")
needs_task4 = pytest.mark.skipif(not TASK4.is_dir(), reason="no tables of DCASE 2018 Task 4 beside this checkout")


def listing(settings, root, folder):
    settings = list_clips.Settings(
        root=str(root), tables=settings["tables"], padding=settings["padding"], subsets=settings["subsets"]
    )
    list_clips.main(settings=settings, listing=folder / "listing.csv")
    return read_listing(folder / "listing.csv")


@pytest.fixture
def kaggle(tmp_path):
    """A folder in which the tables lie where the dataset files look for them."""
    meta = tmp_path / "FSDKaggle2018.meta.zip/FSDKaggle2018.meta"
    meta.mkdir(parents=True)
    (meta / "train_post_competition.csv").symlink_to(KAGGLE / "train_post_competition.csv")
    (meta / "test_post_competition.csv").symlink_to(KAGGLE / "test_post_competition.csv")
    lines = (KAGGLE / "test_post_competition.csv").read_text().splitlines(keepends=True)
    scored = [line for line in lines if ",Ignored," not in line]
    (meta / "test_post_competition_scoring_clips.csv").write_text("".join(scored))
    return tmp_path


@needs_kaggle
def test_fsdkaggle2018_has_its_published_numbers(kaggle, tmp_path):
    data = read_dataset("fsdkaggle2018")
    clips = listing(data, kaggle, tmp_path)
    assert deviations(clips, data["counts"]) == []
    train, test = clips[clips["split"] == "train"], clips[clips["split"] == "test"]
    assert (len(train), len(test)) == (9473, 1600)
    assert train["manually_verified"].value_counts().to_dict() == {0: 5763, 1: 3710}
    assert test["usage"].value_counts().to_dict() == {"Private": 1299, "Public": 301}
    assert train["label"].value_counts().agg(["min", "max"]).tolist() == [94, 300]  # the challenge's web page
    assert test["label"].value_counts()[["Saxophone", "Violin_or_fiddle"]].tolist() == [110, 108]
    assert sorted(clips["label"].unique()) == data["classes"]


@needs_kaggle
def test_its_padding_clips_are_an_option_away(kaggle, tmp_path):
    data = read_dataset("fsdkaggle2018-padded")
    clips = listing(data, kaggle, tmp_path)
    assert deviations(clips, data["counts"]) == []
    padding = clips[clips["usage"] == "Ignored"]
    assert len(padding) == 7800
    assert (padding["label"] == "").all()
    assert {"0b0427e2.wav", "6ea0099f.wav", "b39975f5.wav"} <= set(padding.index), "the three empty WAV files"


@needs_kaggle
def test_the_label_none_is_not_read_as_missing(kaggle):
    table = read_csv_table(KAGGLE / "test_post_competition.csv")
    assert (table["label"] == "None").sum() == 7800


@pytest.fixture
def task4(tmp_path):
    (tmp_path / "metadata").symlink_to(TASK4)
    return tmp_path


@needs_task4
def test_task4_has_its_published_numbers(task4, tmp_path):
    data = read_dataset("dcase2018-task4")
    clips = listing(data, task4, tmp_path)
    assert deviations(clips, data["counts"]) == []
    sizes = clips.groupby(["split", "usage"]).size().to_dict()
    assert sizes == {
        ("train", "weak"): 1578,
        ("train", "unlabel_in_domain"): 14412,
        ("test", "test"): 288,
        ("test", "eval"): 880,
    }
    # Serizel et al. 2018: clips per class in weak.csv
    weak = clips.loc[clips["usage"] == "weak", "label"].str.split(",").explode().value_counts().to_dict()
    assert weak["Speech"] == 550
    assert weak["Running_water"] == 343
    assert weak["Electric_shaver_toothbrush"] == 103
    assert sum(weak.values()) == 2244
    assert (clips.loc[clips["usage"] == "eval", "label"] == "").sum() == 15


@needs_task4
def test_task4_has_its_published_events(task4, tmp_path):
    data = read_dataset("dcase2018-task4")
    tables = {name: data["tables"][name] for name in ("test", "eval")}
    settings = tabulate_events.Settings(root=str(task4), tables=tables, classes=data["classes"])
    tabulate_events.main(settings=settings, events=tmp_path / "events.csv")
    events = read_events(tmp_path / "events.csv")
    assert len(events) == 908 + 3328
    in_test = events[events["fname"].isin(pd.read_csv(TASK4 / "test/test.csv", sep="\t")["filename"])]
    assert len(in_test) == 908
    assert in_test["fname"].nunique() == 288
    assert in_test["offset"].max() == 10.115
    counts = in_test["event_label"].value_counts()
    assert counts[["Speech", "Frying", "Cat", "Dog"]].tolist() == [255, 24, 95, 120]


@needs_task4
@pytest.mark.parametrize(
    ("name", "file", "words"),
    [
        ("test", "test/test.csv", "August 2019"),
        ("eval", "eval/eval.csv", "August 2019"),
        ("eval", "eval/eval_2018.csv", "September 2018"),
    ],
)
def test_generations_are_recognised_by_their_md5(name, file, words):
    generations = read_dataset("dcase2018-task4")["tables"][name]["generations"]
    line = recognise(TASK4 / file, read_csv_table(TASK4 / file, "\t"), generations)
    assert words in line
    assert "recognised by their md5" in line


def test_other_states_are_told_by_their_rows_or_called_unknown(tmp_path):
    path = tmp_path / "test.csv"
    path.write_text("x")
    generations = [{"name": "1999", "md5": "9dd4e461268c8034f5c8564e155c67a6"}, {"name": "1998", "rows": 3}]
    assert "the labels of 1999, recognised" in recognise(path, [], generations)  # md5sum of the letter x
    path.write_text("y")
    assert "perhaps the labels of 1998, by their 3 rows" in recognise(path, [1, 2, 3], generations)
    assert "not known (1999, 1998 are); 2 rows" in recognise(path, [1, 2], generations)


# ------------------------------------------------------------------ rows in the form that the data sets' readmes state


def written(folder, data, **texts):
    """Write the tables ``texts`` to where the dataset file ``data`` looks for them; return the listing."""
    for name, text in texts.items():
        path = folder / data["tables"][name]["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return listing(data, folder, folder)


def test_fsd50k_rows(tmp_path):
    train = 'fname,labels,mids,split\n64760,"Electric_guitar,Guitar,Music","/m/02sgy,/m/0342h,/m/04rlf",train\n'
    train += '345111,"Bark,Dog","/m/05tny_,/m/0bt9lr",val\n'
    test = 'fname,labels,mids\n99,"Bark,Dog","/m/05tny_,/m/0bt9lr"\n'
    data = read_dataset("fsd50k")
    clips = written(tmp_path, data, train=train, test=test)
    assert clips.loc["64760", ["split", "usage", "label"]].tolist() == [
        "train",
        "train",
        "Electric_guitar,Guitar,Music",
    ]
    assert clips.loc["345111", "usage"] == "val"
    assert clips["path"].tolist() == [
        str(tmp_path / "FSD50K.dev_audio.zip/FSD50K.dev_audio/345111.wav"),
        str(tmp_path / "FSD50K.dev_audio.zip/FSD50K.dev_audio/64760.wav"),
        str(tmp_path / "FSD50K.eval_audio.zip/FSD50K.eval_audio/99.wav"),
    ]
    assert "classes: 5, 200 expected" in deviations(clips, data["counts"])


def test_fsdnoisy18k_rows(tmp_path):
    train = (
        "fname,label,aso_id,manually_verified,noisy_small\n100025.wav,Fire,/m/02_41,1,0\n1.wav,Coin_(dropping),x,0,1\n"
    )
    test = "fname,label,aso_id\n110221.wav,Walk_or_footsteps,/m/07pbtc8\n"
    clips = written(tmp_path, read_dataset("fsdnoisy18k"), train=train, test=test)
    assert clips["manually_verified"].to_dict() == {"100025.wav": 1, "1.wav": 0, "110221.wav": 1}
    assert clips["label"].to_dict() == {
        "100025.wav": "Fire",
        "1.wav": "Coin_(dropping)",
        "110221.wav": "Walk_or_footsteps",
    }
    assert clips["subsets"].to_dict() == {"100025.wav": "", "1.wav": "noisy_small", "110221.wav": ""}
