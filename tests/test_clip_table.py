import copy

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.problems import read_problems
from workflow_scripts.common.errors import UserError
from workflow_scripts.data.clip_table import clip_table, parse_table
from workflow_scripts.tabulate_clips import main as tabulate_clips

SETTINGS = {
    "tables": {
        "train": {"file": "meta/train.csv", "audio": "audio_train"},
        "test": {"file": "meta/test.csv", "audio": "audio_test"},
    },
    "columns": {"fname": "fname", "label": "label", "manually_verified": "manually_verified", "usage": "usage"},
    "classes": ["Bark", "Meow"],
    "counts": None,
}
TRAIN = "fname,label,manually_verified,license\nb.wav,Bark,0,CC0\na.wav,Meow,1,CC0\n"
TEST = "fname,label,usage,license\nd.wav,Bark,Private,CC0\npad.wav,None,Ignored,CC0\nc.wav,Meow,Public,CC0\n"


def settings(**changes):
    return copy.deepcopy(SETTINGS) | changes


@pytest.fixture
def table(tmp_path):
    """Return a function from the text of the two CSV files to the clip table without seconds."""
    (tmp_path / "meta").mkdir()

    def read(train=TRAIN, test=TEST, **changes):
        (tmp_path / "meta/train.csv").write_bytes(train if isinstance(train, bytes) else train.encode())
        (tmp_path / "meta/test.csv").write_text(test)
        tables = {split: parse_table(tmp_path / "meta" / f"{split}.csv") for split in ("train", "test")}
        return clip_table(tables, settings(**changes), tmp_path)

    return read


@pytest.fixture
def refusal(table):
    """Return a function from the same to the message of the UserError that must come."""

    def read(*texts, **changes):
        with pytest.raises(UserError) as error:
            table(*texts, **changes)
        message = str(error.value)
        assert len(message.splitlines()) == 1
        return message

    return read


def test_training_clips_come_first_each_part_sorted_by_name(table, tmp_path):
    clips = table()
    assert clips["fname"].tolist() == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert clips["split"].tolist() == ["train", "train", "test", "test"]
    assert clips["label"].tolist() == ["Meow", "Bark", "Meow", "Bark"]
    assert clips["manually_verified"].tolist() == [1, 0, 1, 1]
    assert clips["usage"].tolist() == ["", "", "Public", "Private"]
    assert clips["path"][0] == str(tmp_path / "audio_train/a.wav")
    assert clips["path"][3] == str(tmp_path / "audio_test/d.wav")


def test_padding_clips_are_dropped_and_counted(table, caplog):
    with caplog.at_level("INFO"):
        assert "pad.wav" not in table()["fname"].tolist()
    assert "1 test clips are padding" in caplog.text


def test_columns_have_the_datasets_own_names(table):
    columns = {"fname": "file", "label": "class", "manually_verified": "checked", "usage": "part"}
    clips = table("file,class,checked\na.wav,Bark,1\n", "class,file,part\nMeow,c.wav,\n", columns=columns)
    assert clips[["fname", "label"]].to_numpy().tolist() == [["a.wav", "Bark"], ["c.wav", "Meow"]]


def test_absent_columns_mean_verified_and_no_usage(table):
    columns = SETTINGS["columns"] | {"manually_verified": None, "usage": None}
    clips = table(TRAIN, "fname,label\nc.wav,Meow\n", columns=columns)
    assert clips["manually_verified"].tolist() == [1, 1, 1]
    assert clips["usage"].tolist() == ["", "", ""]


def test_right_counts_are_accepted(table):
    assert len(table(counts={"train": 2, "verified": 1, "test": 2})) == 4


def test_byte_order_mark_blank_lines_and_windows_line_ends_are_read(table):
    train = b"\xef\xbb\xbf" + TRAIN.replace("\n", "\r\n").encode() + b"\r\n"
    assert table(train)["fname"].tolist() == table()["fname"].tolist()


@pytest.mark.parametrize("part", ["train", "verified", "test"])
def test_deviating_count_is_refused(part, refusal):
    message = refusal(counts={part: 7})
    assert ("test.csv" if part == "test" else "train.csv") in message
    assert f"{part} clips, 7 expected" in message


def test_none_is_no_class(refusal):
    message = refusal(TRAIN + "e.wav,None,0,CC0\n")
    assert "train.csv, line 4: 'None' is not a class" in message


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        (TRAIN.replace("label", "Label"), "train.csv: column 'label' is missing"),
        (TRAIN.replace("license", "label"), "train.csv, line 1: a column stands twice"),
        ("", "train.csv: not a CSV table"),
        (b"\xff\xfb\x90", "train.csv: not a CSV table"),
        ('fname,label\n"a.wav', "train.csv: not a CSV table"),
        (TRAIN.splitlines()[0], "train.csv: there are no train clips"),
        (TRAIN + "b.wav,Bark,0,CC0\n", "train.csv, line 4: clip 'b.wav' already stands in "),
        (TRAIN + "c.wav,Bark,0,CC0\n", "train.csv, line 4; keep one"),
        (TRAIN + ",Bark,0,CC0\n", "train.csv, line 4: fname ''"),
        (TRAIN + "../e.wav,Bark,0,CC0\n", "train.csv, line 4: fname '../e.wav'"),
        (TRAIN + "\n\ne.wav,Moo,0,CC0\n", "train.csv, line 6: label 'Moo' is not a class"),
        (TRAIN + "e.wav,,0,CC0\n", "train.csv, line 4: label '' is not a class"),
        (TRAIN + "e.wav,Bark,2,CC0\n", "train.csv, line 4: manually_verified is '2'"),
        (TRAIN + "e.wav,Bark,0,CC0,more\n", "train.csv, line 4: 5 fields under 4 columns"),
        (TRAIN + "e.wav,Bark\n", "train.csv, line 4: 2 fields under 4 columns"),
    ],
)
def test_wrong_training_table_is_refused(train, expected, refusal):
    assert expected in refusal(train)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (TEST.replace("usage", "use"), "test.csv: column 'usage' is missing"),
        (TEST + "e.wav,Bark,public,CC0\n", "test.csv, line 5: usage is 'public'"),
        (TEST + "e.wav,None,Public,CC0\n", "test.csv, line 5: label 'None' is not a class"),
        (TEST + "a.wav,Bark,Public,CC0\n", "test.csv, line 5: clip 'a.wav' already stands in "),
        ("fname,label,usage\nc.wav,None,Ignored\n", "test.csv: there are no test clips"),
    ],
)
def test_wrong_test_table_is_refused(test, expected, refusal):
    assert expected in refusal(TRAIN, test)


def test_missing_table_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent\.csv: cannot be read"):
        parse_table(tmp_path / "absent.csv")


FIELDS = st.one_of(
    st.sampled_from(["x.wav", "y.wav", "Bark", "Meow", "None", "", "0", "1", "Public", "Ignored", '"', "{fname}"]),
    st.text(st.characters(codec="utf-8"), max_size=3),
)


def texts_with(header, names, *columns):
    """Texts of tables that are right in themselves (d.wav may stand in both), or have messy rows, or are anything."""
    right = st.tuples(st.sampled_from(names).map("{}.wav".format), LABELS, *columns)
    rows = st.lists(right, min_size=1, max_size=4, unique_by=lambda row: row[0])
    messy = st.lists(right | st.lists(FIELDS, max_size=5), max_size=4)
    tables = (rows | rows | messy).map(lambda rows: "\n".join([header, *map(",".join, rows)]))
    return st.integers(0, 9).flatmap(lambda die: tables if die else st.text(st.characters(codec="utf-8"), max_size=20))


LABELS = st.sampled_from(["Bark", "Meow"])
USAGES = st.sampled_from(["Public", "Private", "Ignored", ""])


@given(
    texts_with("fname,label,manually_verified", "abcd", st.sampled_from("01")),
    texts_with("fname,label,usage", "defg", USAGES),
)
def test_any_two_texts_give_a_sound_table_or_one_line(tmp_path_factory, train, test):
    root = tmp_path_factory.mktemp("dataset")
    (root / "meta").mkdir()
    (root / "meta/train.csv").write_bytes(train.encode())
    (root / "meta/test.csv").write_bytes(test.encode())
    try:
        tables = {split: parse_table(root / "meta" / f"{split}.csv") for split in ("train", "test")}
        clips = clip_table(tables, settings(), root)
    except UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert clips["fname"].is_unique
        assert set(clips["label"]) <= set(SETTINGS["classes"])
        assert set(clips["split"]) == {"train", "test"}
        assert set(clips["manually_verified"]) <= {0, 1}


@pytest.fixture
def dataset(tmp_path):
    """Return the root of a dataset whose clips last 1, 2, 3 and 4 tenths of a second (a to d)."""
    for folder in ("meta", "audio_train", "audio_test"):
        (tmp_path / folder).mkdir()
    (tmp_path / "meta/train.csv").write_text(TRAIN)
    (tmp_path / "meta/test.csv").write_text(TEST)
    for tenths, name in enumerate(["audio_train/a", "audio_train/b", "audio_test/c", "audio_test/d"], start=1):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(800 * tenths), 8000)
    return tmp_path


def tabulate(root):
    clips, problems = root / "clips.csv", root / "problems.csv"
    tabulate_clips(settings=settings(root=str(root)), clips=clips, problems=problems, threads=2)
    return read_clips(clips), read_problems(problems)


def test_lengths_are_measured_in_the_order_of_the_table(dataset):
    clips, problems = tabulate(dataset)
    assert clips["seconds"].to_dict() == {"a.wav": 0.1, "b.wav": 0.2, "c.wav": 0.3, "d.wav": 0.4}
    assert problems.empty


@pytest.mark.parametrize("content", ["header only", "no byte"])
def test_empty_clip_is_kept_and_reported(content, dataset, caplog):
    path = dataset / "audio_train/b.wav"
    soundfile.write(path, np.zeros(0), 8000)
    if content == "no byte":
        path.write_bytes(b"")
    with caplog.at_level("INFO"):
        clips, problems = tabulate(dataset)
    assert clips["seconds"]["b.wav"] == 0
    consequence = "left out of training; predicted as uniform probabilities"
    assert problems.to_numpy().tolist() == [["b.wav", "empty audio file", consequence]]
    assert "b.wav: empty audio file" in caplog.text


def refused_stage(root):
    with pytest.raises(UserError) as error:
        tabulate(root)
    assert not (root / "clips.csv").exists()
    assert not (root / "problems.csv").exists()
    return str(error.value)


def test_missing_audio_is_refused_with_row_and_path(dataset):
    (dataset / "audio_test/d.wav").unlink()
    message = refused_stage(dataset)
    assert "test.csv, line 2: " in message
    assert str(dataset / "audio_test/d.wav") in message


def test_broken_audio_is_refused_with_the_first_row_and_the_number(dataset):
    for name in ("audio_train/b.wav", "audio_test/c.wav"):
        content = (dataset / name).read_bytes()
        (dataset / name).write_bytes(content[:-100])
    message = refused_stage(dataset)
    assert "train.csv, line 2: " in message
    assert f"{dataset / 'audio_train/b.wav'}: truncated" in message
    assert "2 such files" in message
