import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts import tabulate_events
from workflow_scripts.artefacts.events import read_events
from workflow_scripts.common.errors import UserError

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
    tabulate_events.main(settings=SETTINGS | {"root": str(folder)}, events=folder / "events.csv")
    return read_events(folder / "events.csv").to_numpy().tolist()


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
