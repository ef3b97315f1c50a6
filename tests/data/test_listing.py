import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.listing import list_clips

COLUMNS = {"fname": "fname", "label": "label", "onset": "onset", "offset": "offset"}
OPTIONAL = {"manually_verified": None, "usage": None, "group": None, "fold": None}
TABLE = {"format": "one_label", "delimiter": ",", "extension": "", "usage": "", "generations": []}
TABLE |= {"manually_verified": True}
SETTINGS = {
    "tables": {
        "train": TABLE
        | {
            "split": "train",
            "file": "meta/train.csv",
            "audio": "audio_train",
            "columns": COLUMNS | OPTIONAL | {"manually_verified": "manually_verified"},
        },
        "test": TABLE
        | {
            "split": "test",
            "file": "meta/test.csv",
            "audio": "audio_test",
            "columns": COLUMNS | OPTIONAL | {"usage": "usage"},
        },
    },
    "padding": False,
}
TRAIN = "fname,label,manually_verified,license\nb.wav,Bark,0,CC0\na.wav,Meow,1,CC0\n"
TEST = "fname,label,usage,license\nd.wav,Bark,Private,CC0\npad.wav,None,Ignored,CC0\nc.wav,Meow,Public,CC0\n"


def settings(columns=None, train=None, test=None, **changes):
    """``columns``: of both tables; ``train``, ``test``: changes to one table."""
    changed = copy.deepcopy(SETTINGS) | changes
    for name, table in (("train", train), ("test", test)):
        changed["tables"][name] |= table or {}
        changed["tables"][name]["columns"] |= columns or {}
    return changed


@pytest.fixture
def table(tmp_path):
    """Return a function from the text of the two CSV files to the listing."""
    (tmp_path / "meta").mkdir()

    def read(train=TRAIN, test=TEST, changes=None):
        changed = settings(**(changes or {}))
        (tmp_path / "meta/train.csv").write_bytes(train if isinstance(train, bytes) else train.encode())
        (tmp_path / "meta/test.csv").write_text(test or "")
        if test is None:
            del changed["tables"]["test"]
        tables = {
            name: read_csv_table(tmp_path / source["file"], source["delimiter"])
            for name, source in changed["tables"].items()
        }
        further = changed.get("further_classes", ())
        return list_clips(tables, changed["tables"], tmp_path, changed["padding"], changed.get("subsets"), further)

    return read


@pytest.fixture
def refusal(table):
    """Return a function from the same to the message of the UserError that must come."""

    def read(*texts, changes=None):
        with pytest.raises(UserError) as error:
            table(*texts, changes=changes)
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


def test_flags_may_be_those_of_a_spreadsheet_and_empty_rows_are_none(table):
    clips = table("fname,label,manually_verified\na.wav,Bark,TRUE\nb.wav,Bark,false\n,,\n,,\n", None)
    assert clips["manually_verified"].tolist() == [1, 0]


def test_empty_columns_behind_the_last_name_are_none(table):
    """As spreadsheets write them, in the header or not."""
    for end in (",,", ""):
        clips = table(f"fname,label,manually_verified{end}\na.wav,Bark,1,,\nb.wav,Meow,0,,\n", None)
        assert clips["manually_verified"].tolist() == [1, 0]


def test_groups_of_test_clips_are_read_where_there_are_any(table):
    changes = {"columns": {"group": "who"}}
    train, test = TRAIN.replace("license", "who"), TEST.replace("license", "who")
    clips = table(train, test, changes).set_index("fname")
    assert clips["group"].tolist() == ["CC0"] * 4
    assert table(train, TEST, changes)["group"].tolist() == ["CC0", "CC0", "", ""]


def test_training_clips_of_further_classes_are_a_part_of_their_own_and_test_clips_are_left_out(table):
    listing = table(changes={"further_classes": ["Bark", "Hum"]})
    assert listing["fname"].tolist() == ["a.wav", "c.wav", "b.wav"]
    assert listing["split"].tolist() == ["train", "test", "further"]
    assert listing["label"].tolist() == ["Meow", "Meow", "Bark"]


def test_padding_clips_stay_on_request_without_a_label(table):
    clips = table(changes={"padding": True}).set_index("fname")
    assert clips.loc["pad.wav", ["label", "usage", "split"]].tolist() == ["", "Ignored", "test"]
    assert clips["label"].drop("pad.wav").tolist() == ["Meow", "Bark", "Meow", "Bark"]


def test_columns_have_the_datasets_own_names(table):
    columns = {"fname": "file", "label": "class"}
    train, test = {"columns": columns | OPTIONAL | {"manually_verified": "checked"}}, {"columns": columns | OPTIONAL}
    changes = {"train": train, "test": test}
    clips = table("file,class,checked\na.wav,Bark,1\n", "class,file,part\nMeow,c.wav,\n", changes)
    assert clips[["fname", "label"]].to_numpy().tolist() == [["a.wav", "Bark"], ["c.wav", "Meow"]]


def test_absent_columns_mean_verified_and_no_usage_group_or_fold(table):
    clips = table(TRAIN, "fname,label\nc.wav,Meow\n", {"columns": OPTIONAL})
    assert clips["manually_verified"].tolist() == [1, 1, 1]
    for column in ("usage", "group", "fold"):
        assert clips[column].tolist() == ["", "", ""]


def test_groups_and_folds_are_taken_over(table):
    train = "fname,label,who,part\na.wav,Bark,Ann,0\nb.wav,Meow,Bob,1\n"
    changes = {"train": {"columns": COLUMNS | OPTIONAL | {"group": "who", "fold": "part"}}}
    clips = table(train, None, changes)
    assert clips[["group", "fold"]].to_numpy().tolist() == [["Ann", "0"], ["Bob", "1"]]


SUBSETS = {"small": {"column": "small", "value": 1}, "of_ann": {"column": "who", "value": "Ann"}}
WITH_SUBSETS = "fname,label,small,who\na.wav,Bark,1,Ann\nb.wav,Meow,0,Bob\nc2.wav,Meow,0,Ann\n"


def test_training_clips_are_in_the_subsets_that_their_columns_say(table):
    clips = table(WITH_SUBSETS, "fname,label,who\nd.wav,Bark,Ann\n", {"columns": OPTIONAL, "subsets": SUBSETS})
    assert clips["subsets"].tolist() == ["small;of_ann", "", "of_ann", ""], "a test clip is in none"


def test_no_subsets_is_no_name(table):
    assert table(WITH_SUBSETS, None, {"columns": OPTIONAL})["subsets"].tolist() == ["", "", ""]


@pytest.mark.parametrize("subset", [{"column": "smal", "value": "1"}, {"column": "small", "value": "2"}])
def test_an_empty_subset_is_refused(refusal, subset):
    message = refusal(WITH_SUBSETS, None, changes={"columns": OPTIONAL, "subsets": {"little": subset}})
    assert "meta/train.csv: no clip has " in message
    assert all(word in message for word in (*subset.values(), "'little'", "`subsets` in the dataset file")), message


def test_a_test_part_is_optional(table):
    assert table(TRAIN, None)["split"].tolist() == ["train", "train"]


def test_files_may_lie_in_folders_and_have_an_extension_of_their_own(table, tmp_path):
    changes = {"train": {"extension": ".flac"}}
    clips = table("fname,label,manually_verified\ndogs/a,Bark,1\n", None, changes)
    assert clips["fname"].tolist() == ["dogs/a"]
    assert clips["path"].tolist() == [str(tmp_path / "audio_train/dogs/a.flac")]


def test_several_labels_in_either_separator_each_once(table):
    train = 'fname,label,manually_verified\na.wav,"Meow,Bark",1\nb.wav,Bark; Meow ;Bark,1\n'
    clips = table(train, None, {"train": {"format": "several_labels"}})
    assert clips["label"].tolist() == ["Meow,Bark", "Bark,Meow"]


def test_one_label_is_not_split(refusal):
    train = 'fname,label,manually_verified\na.wav,"Meow,Bark",1\n'
    message = refusal(train, None)
    assert "line 2: label 'Meow,Bark' holds a comma" in message
    assert "format: several_labels" in message


def test_unlabelled_clips_have_no_label_and_are_not_verified(table):
    clips = table("fname\na.wav\n", None, {"train": {"format": "no_labels", "columns": COLUMNS | OPTIONAL}})
    assert clips[["label", "manually_verified"]].to_numpy().tolist() == [["", 0]]


def test_a_clip_with_events_is_one_row_with_the_labels_of_all(table):
    test = "fname\tonset\toffset\tlabel\nc.wav\t0.5\t1\tMeow\nd.wav\nc.wav\t2\t3\tBark\nc.wav\t4\t5\tMeow\n"
    changes = {"test": {"format": "events", "delimiter": "\t", "usage": "eval", "columns": COLUMNS | OPTIONAL}}
    clips = table(TRAIN, test, changes).set_index("fname").loc[["c.wav", "d.wav"]]
    assert clips["label"].tolist() == ["Meow,Bark", ""]
    assert clips["usage"].tolist() == ["eval", "eval"]
    assert clips["row"].str.split(", ").str[-1].tolist() == ["line 2", "line 3"]


def test_byte_order_mark_blank_lines_and_windows_line_ends_are_read(table):
    train = b"\xef\xbb\xbf" + TRAIN.replace("\n", "\r\n").encode() + b"\r\n"
    assert table(train)["fname"].tolist() == table()["fname"].tolist()


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
        ('fname,label\n"a.wav', "train.csv, line 2: not a CSV table"),
        ("fname;label;manually_verified\na.wav;Bark;1\n", "separated by ';'; say `delimiter: ';'`"),
        (TRAIN.replace("manually_verified", "checked"), "(or `manually_verified: null` if there is none)"),
        ("fname,label,manually_verified\na.wav,Bark ,1\n", "line 2: label 'Bark ' begins or ends with a space"),
        ('fname,label,manually_verified\na.wav,"Ba\nrk",1\n', "holds a control character"),
        (TRAIN.splitlines()[0], "train.csv: there are no train clips"),
        (TRAIN + "b.wav,Bark,0,CC0\n", "train.csv, line 4: clip 'b.wav' already stands in "),
        (TRAIN + "c.wav,Bark,0,CC0\n", "train.csv, line 4; keep one"),
        (TRAIN + ",Bark,0,CC0\n", "train.csv, line 4: fname ''"),
        (TRAIN + "../e.wav,Bark,0,CC0\n", "train.csv, line 4: fname '../e.wav'"),
        (TRAIN + "\n\ne.wav,a;b,0,CC0\n", "train.csv, line 6: label 'a;b' holds"),
        (TRAIN + "e.wav,,0,CC0\n", "train.csv, line 4: there is no label"),
        (TRAIN + "e.wav,,0,CC0\nf.wav,,0,CC0\n", "(2 such rows in all)"),
        (TRAIN + "/e.wav,Bark,0,CC0\n", "train.csv, line 4: fname '/e.wav'"),
        (TRAIN + "a/../e.wav,Bark,0,CC0\n", "train.csv, line 4: fname 'a/../e.wav'"),
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
        (TEST + "a.wav,Bark,Public,CC0\n", "test.csv, line 5: clip 'a.wav' already stands in "),
        ("fname,label,usage\nc.wav,None,Ignored\n", "test.csv: there are no test clips"),
        (TEST + "e.wav,,Public,CC0\n", "test.csv, line 5: there is no label; give the clip one or remove the row"),
        ("fname,label,usage\nc.wav,,\nd.wav,,\n", "have them tagged instead (`tagging` in config.yaml) (2 such rows"),
        (
            "fname,label,usage\nc.wav,,\nd.wav,None,\n",
            "have them tagged instead (`tagging` in config.yaml) (2 such rows",
        ),
        (
            "fname,usage\nc.wav,Public\n",
            "it has ['fname', 'usage']; name it in the dataset file; test clips without",
        ),
    ],
)
def test_wrong_test_table_is_refused(test, expected, refusal):
    assert expected in refusal(TRAIN, test)


def test_a_table_of_events_without_rows_has_no_clips(table, refusal):
    assert "there are no test clips" in refusal(
        TRAIN, "fname,onset,offset,label\n", changes={"test": {"format": "events"}, "columns": {"usage": None}}
    )


@pytest.mark.parametrize("text", ["0.5,1,Dog\n", "a.WAV,Dog\n", "17,Dog,1\n"])
def test_a_table_without_names_of_columns_is_told_as_such(text, refusal):
    assert "its first line must be names of columns: add them" in refusal(text, TEST)
    assert "add them" not in refusal("name,class,flag\n" + text, TEST)


def test_decimal_commas_that_make_more_fields_are_suspected(tmp_path):
    for row, said in (("a.wav,1,5,2,0,Dog", True), ("a.wav,1,2,5,Dog", True), ("a.wav,1.5,2.0,Dog,loud,far", False)):
        (tmp_path / "events.csv").write_text(f"fname,onset,offset,label\n{row}\n")
        with pytest.raises(UserError, match=r"line 2: \d fields under 4 columns; correct the row") as error:
            read_csv_table(tmp_path / "events.csv")
        assert ("write decimal points" in str(error.value)) == said


def test_missing_table_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent\.csv: cannot be read"):
        read_csv_table(tmp_path / "absent.csv")


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
        tables = {split: read_csv_table(root / "meta" / f"{split}.csv") for split in ("train", "test")}
        clips = list_clips(tables, SETTINGS["tables"], root, SETTINGS["padding"])
    except UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert clips["fname"].is_unique
        assert not clips["label"].str.contains("[,;]").any()
        assert (clips["label"] != "").all()
        assert set(clips["split"]) == {"train", "test"}
        assert set(clips["manually_verified"]) <= {0, 1}
