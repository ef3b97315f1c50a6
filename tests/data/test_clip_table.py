"""From the listing and the audio facts to the clip table; and the numbers that a data set must have."""

import pandas as pd
import pytest

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import check_counts, tabulate_clips
from workflow_scripts.data.clip_table import check_labels
from workflow_scripts.data.counts import compare, deviations
from workflow_scripts.tables.audio_facts import write_audio_facts
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.listing import write_listing
from workflow_scripts.tables.problems import read_problems

LISTING = [  # fname, split, usage, label, manually_verified
    ("a.wav", "train", "", "Bark", 1),
    ("b.wav", "train", "", "Meow", 0),
    ("c.wav", "train", "", "Meow", 0),
    ("d.wav", "test", "Public", "Bark", 1),
    ("e.wav", "test", "Private", "Meow", 1),
]
SETTINGS = {"classes": ["Bark", "Meow"], "unusable_audio": "refuse"}
LEFT_OUT = "left out: no training, no prediction, no score"


def listing():
    table = pd.DataFrame(LISTING, columns=["fname", "split", "usage", "label", "manually_verified"])
    rows = [f"pets.csv, line {number}" for number in range(2, 7)]
    return table.assign(subsets="", group="", fold="", path=table["fname"], row=rows)


@pytest.fixture
def tabulate(tmp_path):
    """Return a function from the states of the clips that are not ok to (clips, problems)."""

    def run(changes=None, facts_of=None, unusual=None, listed=None, **states):
        names = listing()["fname"] if facts_of is None else facts_of
        state = [states.get(name.removesuffix(".wav"), "ok") for name in names]
        seconds = [1.5 if each == "ok" else 0.0 for each in state]
        pairs = zip(names, state, strict=True)
        message = ["" if each in ("ok", "empty") else f"{name}: is {each}" for name, each in pairs]
        facts = pd.DataFrame({"fname": names, "state": state, "message": message, "seconds": seconds})
        write_listing(listing().assign(**(listed or {})), tmp_path / "listing.csv")
        facts = facts.assign(
            rate=44100, channels=1, peak=1.0, clipped=0, md5="5d41", content="x", channel=0, streams=1, behind=0.0
        )
        write_audio_facts(facts.assign(**(unusual or {})), tmp_path / "audio.csv")
        files = {"listing": "listing.csv", "facts": "audio.csv", "clips": "clips.csv", "problems": "problems.csv"}
        paths = {key: tmp_path / name for key, name in files.items()}
        tabulate_clips.main(**paths, settings=tabulate_clips.Settings(**SETTINGS | (changes or {})))
        return read_clips(tmp_path / "clips.csv"), read_problems(tmp_path / "problems.csv")

    return run


def refusal(tabulate, tmp_path, *arguments, **states):
    with pytest.raises(UserError) as error:
        tabulate(*arguments, **states)
    assert not (tmp_path / "clips.csv").exists()
    assert not (tmp_path / "problems.csv").exists()
    message = str(error.value)
    assert "\n" not in message
    return message


def test_clips_have_what_the_tables_and_the_audio_say(tabulate):
    clips, problems = tabulate()
    assert clips.index.tolist() == ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"]
    assert clips["label"].tolist() == ["Bark", "Meow", "Meow", "Bark", "Meow"]
    assert (clips["seconds"] == 1.5).all()
    assert (clips["md5"] == "5d41").all()
    assert problems.empty


def test_rows_are_joined_by_name(tabulate):
    clips, _ = tabulate(facts_of=["e.wav", "d.wav", "c.wav", "b.wav", "a.wav"], b="empty")
    assert clips.index[clips["seconds"] == 0].tolist() == ["b.wav"]


def test_an_empty_clip_stays_and_is_reported(tabulate):
    clips, problems = tabulate(b="empty")
    assert clips["seconds"]["b.wav"] == 0
    consequence = "left out of training; predicted as uniform probabilities"
    assert problems.to_numpy().tolist() == [["b.wav", "empty audio file", consequence]]


def test_how_unusual_files_are_read_is_listed(tabulate):
    clips, problems = tabulate(
        unusual={"channel": [0, 1, 0, 0, 0], "streams": [1, 1, 2, 1, 1], "behind": [0.25, *4 * [0]]}
    )
    assert len(clips) == 5
    assert problems.to_numpy().tolist() == [
        [
            "a.wav",
            "0.250 s of sound lie behind the end that its header tells",
            "they are not read; ffmpeg -ignore_length 1 -i IN.wav OUT.wav mends the header",
        ],
        ["b.wav", "its channels cancel each other", "channel 1, the loudest, is used alone"],
        ["c.wav", "it is 2 recordings joined", "they are read one after the other, as one clip"],
    ]


def test_missing_and_broken_audio_is_refused_with_the_first_row_and_the_number(tabulate, tmp_path):
    message = refusal(tabulate, tmp_path, b="unreadable", d="missing")
    assert message == "pets.csv, line 3: b.wav: is unreadable (2 such clips in all)"


def test_or_it_is_left_out_and_listed(tabulate):
    clips, problems = tabulate({"unusable_audio": "leave_out"}, b="unreadable", d="missing")
    assert clips.index.tolist() == ["a.wav", "c.wav", "e.wav"]
    assert problems.to_numpy().tolist() == [
        ["b.wav", "unreadable audio file", LEFT_OUT],
        ["d.wav", "missing audio file", LEFT_OUT],
    ]


def test_something_must_be_left(tabulate, tmp_path):
    message = refusal(tabulate, tmp_path, {"unusable_audio": "leave_out"}, **dict.fromkeys("abcde", "missing"))
    assert "none of the 5 clips has usable audio" in message


def test_facts_of_other_clips_are_refused(tabulate, tmp_path):
    assert "e.wav" in refusal(tabulate, tmp_path, facts_of=["a.wav", "b.wav", "c.wav", "d.wav"])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Bark", "Moo", "Meow", "Moo", "Baa"], "pets.csv, line 3: label 'Moo' is not a class; correct it or add it"),
        (["Bark", "Moo", "Meow", "Moo", "Baa"], "(2 such rows in all)"),
        (["Bark", "Bark,Moo", "", "", ""], "pets.csv, line 3: label 'Moo' is not a class"),
        (["Bark", "None", "Meow", "Meow", "Meow"], "label 'None' is not a class"),
    ],
)
def test_unknown_labels_are_refused_with_the_first_row_and_the_number(labels, expected):
    with pytest.raises(UserError) as error:
        check_labels(listing().assign(label=labels), ["Bark", "Meow"])
    assert expected in str(error.value)


def test_known_labels_and_none_are_fine_and_without_classes_any_is():
    check_labels(listing().assign(label=["Bark", "Bark,Meow", "", "", ""]), ["Bark", "Meow"])
    check_labels(listing(), None)


def test_the_stage_refuses_unknown_labels(tabulate, tmp_path):
    assert "'Meow' is not a class" in refusal(tabulate, tmp_path, {"classes": ["Bark", "Moo"]})


FURTHER = {
    "split": ["train", "further", "further", "test", "test"],
    "label": ["Bark", "Moo", "Hum", "Bark", "Meow"],
}


def test_clips_of_further_classes_are_in_a_table_of_their_own_only(tabulate):
    """There they are training clips, whose labels are no classes."""
    assert tabulate(listed=FURTHER)[0].index.tolist() == ["a.wav", "d.wav", "e.wav"]
    clips, _ = tabulate({"further": True}, listed=FURTHER)
    assert clips["split"].tolist() == ["train", "train", "train", "test", "test"]
    assert clips["label"].tolist() == FURTHER["label"]


# ------------------------------------------------------------------ the numbers of clips


EXPECTED = {"train": 3, "verified": 1, "test": 2, "classes": 2, "usage": {"Public": 1, "Private": 1}}


def test_numbers_found_and_expected():
    assert compare(listing(), {"test": 2, "usage": {"Ignored": 3, "Public": 1}}) == [
        ("train", 3, None),
        ("verified", 1, None),
        ("test", 2, 2),
        ("classes", 2, None),
        ("usage Ignored", 0, 3),
        ("usage Public", 1, 1),
        ("usage Private", 1, None),
    ]


def test_clips_of_further_classes_do_not_count():
    expected = {"train": 1, "verified": 1, "test": 2, "classes": 2}
    assert deviations(listing().assign(**FURTHER), expected) == []


def test_deviations():
    assert deviations(listing(), EXPECTED) == []
    assert deviations(listing(), None) == []
    expected = {"train": 4, "test": 2, "classes": 3, "usage": {"Public": 2, "Ignored": 1}}
    assert deviations(listing(), expected) == [
        "train: 3, 4 expected",
        "classes: 2, 3 expected",
        "usage Public: 1, 2 expected",
        "usage Ignored: 0, 1 expected",
    ]


def test_several_labels_count_each_and_none_does_not():
    table = listing().assign(label=["Bark,Meow", "Moo", "", "", ""])
    assert deviations(table, {"classes": 3}) == []


def count(folder, expected):
    write_listing(listing(), folder / "listing.csv")
    settings = check_counts.Settings(dataset="pets", counts=expected)
    check_counts.main(listing=folder / "listing.csv", counts=folder / "counts.csv", settings=settings)
    return (folder / "counts.csv").read_text().splitlines()


def test_the_stage_writes_the_numbers(tmp_path):
    assert count(tmp_path, {"train": 3}) == [
        "name,found,expected",
        "train,3,3",
        "verified,1,",
        "test,2,",
        "classes,2,",
        "usage Private,1,",
        "usage Public,1,",
    ]


def test_the_stage_names_every_deviation(tmp_path):
    with pytest.raises(UserError, match=r"dataset pets: train: 3, 4 expected; verified: 1, 2 expected; fetch its"):
        count(tmp_path, {"train": 4, "verified": 2})
    assert not (tmp_path / "counts.csv").exists()
