import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import report_data, tabulate_events
from workflow_scripts.tables.audio_facts import AudioFacts, write_audio_facts
from workflow_scripts.tables.events import read_events
from workflow_scripts.tables.listing import write_listing

SETTINGS = {
    "tables": {
        "test": {
            "file": "test.csv",
            "delimiter": "\t",
            "generations": [],
            "columns": {"fname": "filename", "label": "event_label", "onset": "onset", "offset": "offset"},
        }
    },
    "classes": ["Cat", "Dog"],
}
HEADER = "filename\tonset\toffset\tevent_label\n"


def events(folder, text):
    (folder / "test.csv").write_bytes((HEADER + text).encode())
    settings = tabulate_events.Settings(**SETTINGS, root=str(folder))
    tabulate_events.main(settings=settings, events=folder / "events.csv")
    return read_events(folder / "events.csv").to_numpy().tolist()


def facts(folder, **seconds):
    """What the audio says: 10 s at 16 kHz, but for clips with other ``seconds``; None: the file is missing."""
    seconds = {"a": 10.0, "b": 10.0} | seconds
    rows = [
        dict.fromkeys(AudioFacts.columns, "")
        | {"fname": f"{name}.wav", "state": "missing" if length is None else "ok" if length else "empty"}
        | {
            "seconds": length or 0.0,
            "rate": 16000 if length is not None else 0,
            "channels": 1,
            "peak": 0.5,
            "clipped": 0,
            "channel": 0,
            "streams": 1,
            "behind": 0.0,
        }
        for name, length in seconds.items()
    ]
    write_audio_facts(pd.DataFrame(rows), folder / "audio.csv")
    return folder / "audio.csv"


def own_events(folder, text, own=("test",), **seconds):
    """The events of a table that is no published one, whose clips have these lengths."""
    (folder / "test.csv").write_text(HEADER + text)
    settings = tabulate_events.Settings(**SETTINGS, root=str(folder), own=list(own))
    tabulate_events.main(settings=settings, events=folder / "events.csv", facts=facts(folder, **seconds))
    return read_events(folder / "events.csv").to_numpy().tolist()


def refusal(folder, text, **seconds):
    with pytest.raises(UserError) as error:
        own_events(folder, text, **seconds)
    message = str(error.value)
    assert "\n" not in message
    assert not (folder / "events.csv").exists()
    return message


def test_a_row_for_each_view_is_one_event_and_told(tmp_path, caplog, capsys):
    """Of the same numbers, however they are written; other events that overlap stay."""
    text = "a.wav\t1\t2\tDog\nb.wav\t1\t2\tDog\na.wav\t1.0\t2.00\tDog\na.wav\t1\t2\tCat\na.wav\t1\t2\tDog\n"
    assert own_events(tmp_path, text) == [
        ["a.wav", 1.0, 2.0, "Dog"],
        ["b.wav", 1.0, 2.0, "Dog"],
        ["a.wav", 1.0, 2.0, "Cat"],
    ]
    said = "test.csv: 2 rows that repeat an event: line 4 says what line 2 says; each event counts once"
    assert said in caplog.text
    assert said in capsys.readouterr().out


def test_rows_of_one_event_may_be_written_with_more_digits(tmp_path, caplog):
    rows = ["1\t2\tDog", "1.0000001\t2.0000001\tDog", "1.0004\t1.9996\tDog", "1.0004\t1.9996\tCat", "1\t1.99\tDog"]
    found = own_events(tmp_path, "".join(f"a.wav\t{row}\nb.wav\t3.{n}\t4\tDog\n" for n, row in enumerate(rows)))
    assert [event[1:] for event in found if event[0] == "a.wav"] == [
        [1.0, 2.0, "Dog"],
        [1.0004, 1.9996, "Cat"],
        [1.0, 1.99, "Dog"],
    ]
    assert len(found) == 8
    assert "2 rows that repeat an event: line 4 says what line 2 says" in caplog.text


def test_a_table_of_clips_without_any_event_is_fine(tmp_path):
    assert own_events(tmp_path, "a.wav\t\t\t\nb.wav\n") == []


def test_an_event_ends_with_its_clip_and_that_is_told(tmp_path, caplog):
    text = "a.wav\t9\t1e6\tDog\nb.wav\t9.5\t10.2\tDog\nb.wav\t9\t10.01\tCat\nb.wav\t0\t10\tDog\n"
    found = own_events(tmp_path, text)
    assert [event[2] for event in found] == [10.0, 10.0, 10.01, 10.0]  # the third is rounded
    assert "2 events that end beyond the end of their clip: by up to 999,990.00 s (line 2)" in caplog.text


def test_a_published_table_stays_as_it_is_and_is_told_about(tmp_path, caplog):
    text = "a.wav\t9\t10.115\tDog\na.wav\t9\t10.115\tDog\nb.wav\t10\t11\tDog\n"
    assert len(own_events(tmp_path, text, own=())) == 3
    assert read_events(tmp_path / "events.csv")["offset"].tolist() == [10.115, 10.115, 11.0]
    assert "3 events that end beyond the end of their clip" in caplog.text
    assert "1 rows that repeat an event" in caplog.text


def test_but_for_times_that_no_published_table_has(tmp_path):
    assert own_events(tmp_path, "a.wav\t9\t1e6\tDog\n", own=()) == [["a.wav", 9.0, 10.0, "Dog"]]
    with pytest.raises(UserError, match="an event begins at 1e5 s"):
        own_events(tmp_path, "a.wav\t1e5\t1e6\tDog\n", own=())


def test_an_event_after_the_end_of_its_clip_is_refused(tmp_path):
    message = refusal(tmp_path, "a.wav\t1\t2\tDog\nb.wav\t10\t11\tDog\nb.wav\t12.5\t14\tDog\n")
    assert "test.csv, line 3: an event begins at 10 s, where its clip of 10 s has ended; correct the time" in message
    assert "(2 such rows in all)" in message
    assert "clip of 0 s has ended" in refusal(tmp_path, "a.wav\t0\t2\tDog\n", a=0.0)


@pytest.mark.parametrize(("factor", "unit"), [(1000, "milliseconds"), (16000, "samples")])
def test_another_unit_than_seconds_is_suspected(tmp_path, factor, unit):
    times = [(0, 0.5), (0.2, 3), (1.5, 2), (4, 9.75), (8, 10)]
    rows = "".join(f"a.wav\t{factor * onset:g}\t{factor * offset:g}\tDog\n" for onset, offset in times)
    message = refusal(tmp_path, rows)
    assert f"line 2: an event ends at {factor * 0.5:g} s, where its clip of 10 s has ended; the times seem" in message
    assert f"the times seem to be {unit}: write seconds (5 such rows in all)" in message


def test_times_of_a_unit_that_nobody_knows_are_told_as_such(tmp_path):
    """Such as those of a long recording of which the clips were cut, which would be of 1 ms as milliseconds."""
    for rows in ("a.wav\t1e6\t2e6\tDog\nb.wav\t44100\t88200\tDog\n", "a.wav\t401\t402\tDog\nb.wav\t815\t817\tDog\n"):
        assert "seem to be in another unit, or counted from before the clip: write seconds" in refusal(tmp_path, rows)


def test_a_few_wild_times_are_no_other_unit(tmp_path):
    message = refusal(tmp_path, "a.wav\t1\t2\tDog\nb.wav\t2\t3\tDog\nb.wav\t5000\t6000\tDog\n")
    assert "correct the time, or remove the row" in message
    message = refusal(tmp_path, "a.wav\t11\t12\tDog\nb.wav\t11\t13\tDog\n")
    assert "seem to be" not in message


def test_clips_without_audio_have_no_end_that_is_known(tmp_path):
    text = "a.wav\t11\t12\tDog\nc.wav\t11\t12\tDog\n"
    assert len(own_events(tmp_path, text, a=None)) == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.wav\t0,5\t1\tDog", ["'0,5'", "write 0.5 for 0,5"]),
        ("a.wav\t0\t1,25\tDog", ["'1,25'", "write 1.25 for 1,25"]),
        ("a.wav\t,5\t1\tDog", ["write .5 for ,5"]),
        ("a.wav\t2\t1\tDog", ["'2' and '1'", "exchange the two"]),
        ("a.wav\t0:01\t0:02\tDog", ["'0:01'", "in seconds", "write 1 for 0:01 and 2 for 0:02"]),
        ("a.wav\t1\t00:01:02,25\tDog", ["write 62.25 for 00:01:02,25"]),
        ("a.wav\tsoon\t2\tDog", ["'soon'", "correct them, or remove the row"]),
        ("a.wav\t1 s\t2 s\tDog", ["'1 s'", "in seconds"]),
        ("a.wav\t1\t2\tdog", ["'dog' is not a class; 'Dog' is; write it like that"]),
    ],
)
def test_a_wrong_row_is_told_with_its_remedy(tmp_path, row, words):
    message = refusal(tmp_path, f"b.wav\t1\t2\tDog\n{row}\n")
    assert all(word in message for word in ["test.csv, line 3", *words]), message


def report(folder, text, **table):
    (folder / "test.csv").write_text(HEADER + text)
    listed = [
        {
            "fname": name,
            "split": "test",
            "usage": "",
            "label": "Dog",
            "manually_verified": 1,
            "subsets": "",
            "group": "",
            "fold": "",
        }
        | {"path": str(folder / name), "row": f"test.csv, line {line}"}
        for line, name in enumerate(["a.wav", "b.wav"], start=2)
    ]
    write_listing(pd.DataFrame(listed), folder / "listing.csv")
    source = SETTINGS["tables"]["test"] | {"audio": ".", "split": "test", "format": "events"} | table
    dataset = {"title": "x", "root": str(folder), "tables": {"test": source}, "classes": ["Cat", "Dog"]}
    report_data.main(
        listing=folder / "listing.csv",
        facts=facts(folder),
        report=folder / "report.csv",
        summary=folder / "report.md",
        settings=report_data.Settings(**dataset, counts=None, unusable_audio="refuse", folds=[]),
    )
    return pd.read_csv(folder / "report.csv", keep_default_na=False), (folder / "report.md").read_text()


def test_the_data_report_names_every_row_that_cannot_be_and_counts_what_is_told(tmp_path):
    wrong = "a.wav\t2\t1\tDog\na.wav\t0,5\t1\tDog\nb.wav\t-1\t1\tDog\nb.wav\t11\t12\tDog\n"
    doubtful = "b.wav\t9\t11\tDog\n" + 3 * "a.wav\t1\t2\tDog\n"
    table, text = report(tmp_path, wrong + doubtful)
    errors = table.loc[table["severity"] == "error", "note"].tolist()
    assert [note.split(": ")[0].rpartition(", ")[2] for note in errors] == ["line 2", "line 3", "line 4", "line 5"]
    values = table.set_index("check")["value"]
    assert values["events that end beyond the end of their clip"] == "1"
    assert values["rows that repeat an event"] == "2"
    assert values["events"] == "2"
    assert "events that cannot be would stop a run; correct their rows" in text.splitlines()[-1]
    assert "- events: test 2 in " in text


def test_the_data_report_of_a_fine_table_of_events_has_nothing_to_say_of_it(tmp_path):
    table, text = report(tmp_path, "a.wav\t0\t10\tDog\na.wav\t1\t2\tCat\nb.wav\n")
    assert "nothing that stops a run" in text
    assert not table["check"].str.contains("event|repeat")[table["severity"] != "figure"].any()
    rows = table[table["check"] == "events per class"]
    assert dict(zip(rows["subject"], rows["value"].astype(float), strict=True)) == {"Cat": 1, "Dog": 1}


def test_the_data_report_names_the_row_of_an_event_whose_label_is_no_class(tmp_path):
    table, _ = report(tmp_path, "a.wav\t1\t2\tDog\na.wav\t3\t4\tdog\n")
    (note,) = table.loc[table["check"] == "event that cannot be", "note"]
    assert note.endswith("test.csv, line 3: event label 'dog' is not a class; 'Dog' is; write it like that")


def test_the_data_report_and_the_run_agree_on_a_published_table(tmp_path):
    _, text = report(tmp_path, "b.wav\t11\t12\tDog\n", generations=[{"name": "August", "rows": 1}])
    assert "nothing that stops a run" in text
    assert "a published table stays as it is" in text


def test_events_keep_their_order_and_repetitions(tmp_path):
    text = "b.wav\t1.5\t2\tDog\na.wav\t0.000\t10.115\tCat\nb.wav\t1.5\t2\tDog\n"
    twice = ["b.wav", 1.5, 2.0, "Dog"]
    assert events(tmp_path, text) == [twice, ["a.wav", 0.0, 10.115, "Cat"], twice]


@pytest.mark.parametrize("empty", ["a.wav\t\t\t\n", "a.wav\n"])
def test_a_clip_without_events_has_no_row(tmp_path, empty):
    assert events(tmp_path, empty + "b.wav\t1\t2\tDog\n") == [["b.wav", 1.0, 2.0, "Dog"]]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.wav\t2\t1\tDog", ["line 3", "'2'", "'1'", "onset < offset"]),
        ("a.wav\t1\t1\tDog", ["line 3", "onset < offset"]),
        ("a.wav\t-1\t1\tDog", ["line 3", "0 <= onset"]),
        ("a.wav\t1\tinf\tDog", ["line 3", "'inf'"]),
        ("a.wav\tnan\t1\tDog", ["line 3", "'nan'"]),
        ("a.wav\tsoon\t1\tDog", ["line 3", "'soon'"]),
        ("a.wav\t1\t2\tCow", ["line 3", "'Cow'", "not a class"]),
        ("a.wav\t1\t2\t", ["line 3", "''", "not a class"]),
        ("a.wav\t\t\tDog", ["line 3", "in seconds"]),
        ("a.wav\t1\t2\tDog\tmore", ["line 3", "5 fields under 4 columns"]),
    ],
)
def test_a_wrong_event_is_refused_with_its_line(tmp_path, row, words):
    with pytest.raises(UserError) as error:
        events(tmp_path, f"b.wav\t1\t2\tDog\n{row}\n")
    message = str(error.value)
    assert "test.csv" in message
    assert "\n" not in message
    assert all(word in message for word in words), message
    assert not (tmp_path / "events.csv").exists()


FIELD = st.sampled_from(["a.wav", "0", "1.5", "Dog", "Cat", "", "nan", "1e400", "-0", "\uff11", "\t"]) | st.text(
    max_size=3
)


@given(st.lists(st.lists(FIELD, max_size=5).map("\t".join), max_size=4).map("\n".join))
def test_any_text_gives_sound_events_or_one_line(tmp_path_factory, text):
    try:
        found = events(tmp_path_factory.mktemp("events"), text.encode("utf-8", "ignore").decode())
    except UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert all(0 <= onset < offset < float("inf") and label in ("Cat", "Dog") for _, onset, offset, label in found)
