import re

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import inspect_audio, report_data
from workflow_scripts.data.data_report import COLUMNS, report
from workflow_scripts.data.data_summary import summary
from workflow_scripts.tables.audio_facts import AudioFacts
from workflow_scripts.tables.listing import Listing, write_listing

CLASSES = ["Bark", "Cough"]


def clip(fname, label="Bark", split="train", **changes):
    """A row of the listing and of the facts: 1 s at 16 kHz, mono, checked; ``changes`` of either."""
    row = {
        "fname": fname,
        "split": split,
        "usage": "",
        "label": label,
        "manually_verified": 1,
        "subsets": "",
        "group": "",
        "fold": "",
    }
    row |= {"path": f"audio/{fname}", "row": f"{split}.csv, line 7", "state": "ok", "message": ""}
    row |= {"seconds": 1.0, "rate": 16000, "channels": 1, "peak": 0.5, "clipped": 0}
    row |= {"channel": 0, "streams": 1, "behind": 0.0}
    return row | {"md5": "", "content": f"content of {fname}"} | changes


def report_of(*clips, classes=CLASSES, counts=None, folds=(), unlisted=(), notes=(), unusable_audio="refuse", **others):
    table = pd.DataFrame(clips).set_index("fname", drop=False)
    facts, listed = table[list(AudioFacts.columns)], table[list(Listing.columns)]
    return report(listed, facts, classes, counts, folds, list(unlisted), list(notes), unusable_audio, **others)


def values(table, check):
    """Return {(split, subject): value}."""
    rows = table[table["check"] == check]
    return dict(zip(zip(rows["split"], rows["subject"], strict=True), rows["value"], strict=True))


def finding(table, check):
    """Return the only row of ``check``."""
    (_, row), *others = table[table["check"] == check].iterrows()
    assert not others
    return row


def checks(table, severity):
    return sorted(table.loc[table["severity"] == severity, "check"])


# ---------------------------------------------------------------- figures


def test_numbers_of_clips():
    table = report_of(
        clip("a", fold="1"),
        clip("b", manually_verified=0, fold="2"),
        clip("c", "Cough", manually_verified=0, fold="1"),
        clip("d", "Bark,Cough", "test", usage="Public"),
        clip("e", "", "test", usage="Private"),
    )
    assert values(table, "clips") == {("train", ""): 3, ("test", ""): 2}
    assert values(table, "verified clips") == {("train", ""): 1}
    assert values(table, "clips per usage") == {("test", "Public"): 1, ("test", "Private"): 1}
    assert values(table, "clips per fold") == {("train", "1"): 2, ("train", "2"): 1}
    rows = table.loc[table["check"] == "clips per class", ["split", "subject", "verified", "value"]]
    assert set(rows.itertuples(index=False, name=None)) == {
        ("train", "Bark", 0, 1),
        ("train", "Bark", 1, 1),
        ("train", "Cough", 0, 1),
        ("test", "Bark", 1, 1),
        ("test", "Cough", 1, 1),
        ("test", "", 1, 1),
    }


def test_clips_of_further_classes_are_counted_apart_and_their_labels_are_not_unknown():
    table = report_of(clip("a"), clip("b", "Cough"), clip("c", "Moo", "further"), clip("d", split="test"))
    assert values(table, "clips") == {("train", ""): 2, ("test", ""): 1, ("further", ""): 1}
    assert values(table, "clips per class")["further", "Moo"] == 1
    assert checks(table, "error") == []
    assert re.search(r"\| Moo +\| +0 \| +0 \| +1 \|", summary(table, "Pets")), summary(table, "Pets")


def test_lengths_and_formats_are_those_of_usable_clips():
    table = report_of(
        clip("a", seconds=0.2, rate=8000),
        clip("b", seconds=0.3, channels=2),
        clip("c", seconds=40.0),
        clip("d", state="missing", seconds=0, rate=0, channels=0, content=""),
        clip("e", split="test", seconds=30.0),
    )
    seconds = values(table, "seconds")
    assert [seconds["train", name] for name in ("total", "shortest", "median", "mean", "longest")] == [
        40.5,
        0.2,
        0.3,
        13.5,
        40,
    ]
    assert seconds["test", "total"] == 30
    lengths = values(table, "clips by length")
    assert lengths == {
        ("train", "under 0.3 s"): 1,
        ("train", "over 30 s"): 1,
        ("test", "under 0.3 s"): 0,
        ("test", "over 30 s"): 0,
    }
    assert values(table, "clips per sample rate") == {("train", 8000): 1, ("train", 16000): 2, ("test", 16000): 1}
    assert values(table, "clips per number of channels") == {("train", 1): 2, ("train", 2): 1, ("test", 1): 1}


def test_groups_and_those_on_both_sides():
    table = report_of(
        clip("a", group="x"), clip("b", group="x"), clip("c", group="y"), clip("d", split="test", group="y"), clip("e")
    )
    assert values(table, "groups") == {("", ""): 2}
    assert values(table, "largest group") == {("", "x"): 2}
    torn = finding(table, "group in train and test")
    assert (torn["subject"], torn["value"], torn["severity"]) == ("y", 2, "warning")


def test_report_is_one_tidy_table():
    table = report_of(clip("a"))
    assert list(table) == COLUMNS
    assert not table.isna().any().any()
    assert set(table["severity"]) == {"figure", "warning", "remark"}  # no clip of Cough, one of Bark


# ---------------------------------------------------------------- findings


def many(label, number, **changes):
    return [clip(f"{label}{k}", label, **changes) for k in range(number)]


def fine():
    """Clips without any finding."""
    flags = [clip(f"{label}{k}", label, manually_verified=k % 2) for label in CLASSES for k in range(10)]
    return [*flags, clip("t", split="test")]


def test_fine_collection_has_no_findings():
    assert set(report_of(*fine())["severity"]) == {"figure"}


@pytest.mark.parametrize(("state", "message"), [("missing", "audio/x: none"), ("unreadable", "audio/x: cut")])
def test_clip_without_usable_audio_stops_a_run(state, message):
    table = report_of(*fine(), clip("x", state=state, message=message, content="", peak=0, seconds=0, rate=0))
    assert checks(table, "error") == [state]
    assert finding(table, state)["note"] == f"train.csv, line 7: {message}"
    assert checks(table, "remark") == []


def test_clip_without_usable_audio_may_be_left_out():
    broken = clip("x", state="missing", message="audio/x: none", content="")
    assert checks(report_of(*fine(), broken, unusable_audio="leave_out"), "warning") == ["missing"]
    assert checks(report_of(broken, unusable_audio="leave_out"), "error") == ["missing"]  # nothing is left


@pytest.mark.parametrize(
    ("changes", "check", "words"),
    [
        ({}, "too few for the folds", "3 clips do not make the 4 folds"),
        ({"group": "one"}, "too few for the folds", "1 groups do not make the 4 folds"),
        ({"fold": "1"}, "too few for the folds", "1 folds of its own do not make the 4 folds"),
        ({"manually_verified": 0}, "too few verified clips", "0 verified clips for 4 folds"),
    ],
)
def test_what_cannot_be_dealt_to_the_folds_stops_a_run(changes, check, words):
    table = report_of(*(clip(f"c{number}", **changes) for number in range(3)), folds=[4])
    errors = table[table["severity"] == "error"].set_index("check")
    assert words in errors.loc[check, "note"]
    assert "would stop a run" in summary(table, "mine")


def test_a_clip_without_a_fold_among_others_with_one_stops_a_run():
    table = report_of(clip("a", fold="1"), clip("b"), folds=[])
    assert "clip b has no fold" in table.set_index("check").loc["folds of its own", "note"]


def test_classes_are_those_of_usable_clips():
    table = report_of(clip("a"), clip("b", state="missing"), clip("c", "Cough", state="missing"))
    assert "Cough" in set(table.loc[table["check"] == "class without clips", "subject"])
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in summary(table, "x").splitlines()]
    assert ["Bark", "1 of 2"] in cells
    assert ["Cough", "0 of 1"] in cells


def test_a_label_that_is_no_class_stops_a_run():
    clips = [clip("a", "Bark"), clip("b", "Moo", row="pets.csv, line 3"), clip("c", "Bark,Moo")]
    table = report_of(*clips, classes=["Bark", "Cough"])
    row = table[table["severity"] == "error"].squeeze()
    assert row[["check", "subject", "value"]].tolist() == ["label that is no class", "Moo", 2]
    assert "pets.csv, line 3" in row["note"]
    assert "labels that are no classes would stop a run" in summary(table, "mine")


def test_deviating_count_stops_a_run():
    table = report_of(*fine(), counts={"train": 20, "test": 3, "usage": {"Public": 2}})
    assert checks(table, "error") == ["number of clips"] * 2
    assert set(table.loc[table["severity"] == "error", "note"]) == {
        "test: 1, 3 expected",
        "usage Public: 0, 2 expected",
    }


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"state": "empty", "seconds": 0, "peak": 0, "content": ""}, "empty"),
        ({"peak": 0.00099}, "silent"),
        ({"clipped": 17}, "clipped"),  # of 16000 samples
        ({"clipped": 33, "channels": 2}, "clipped"),
    ],
)
def test_odd_clip_is_worth_a_remark(changes, check):
    table = report_of(*fine(), clip("x", **changes))
    assert checks(table, "remark") == [check]
    assert finding(table, check)["subject"] == "x"


@pytest.mark.parametrize(
    ("changes", "check", "value", "severity", "note"),
    [
        ({"channel": 2}, "channels cancel", 2, "remark", "its channels cancel each other; channel 2, the loudest, is"),
        ({"streams": 3}, "joined recordings", 3, "remark", "it is 3 recordings joined; they are read one after the"),
        ({"behind": 0.9}, "sound behind the end", 0.9, "warning", "0.900 s of sound lie behind the end that its head"),
        ({"behind": 0.9, "state": "empty", "content": ""}, "sound behind the end", 0.9, "warning", "0.900 s of sound"),
    ],
)
def test_how_an_unusual_file_is_read_is_told(changes, check, value, severity, note):
    row = finding(report_of(*fine(), clip("x", **changes)), check)
    assert (row["subject"], row["value"], row["severity"]) == ("x", value, severity)
    assert row["note"].startswith(note)


def test_samples_far_beyond_full_scale_are_told_with_their_peak():
    assert finding(report_of(*fine(), clip("x", clipped=8000, peak=20.0)), "clipped")["note"] == (
        "50.0% of its samples are at full scale or beyond it, its peak is 20 times full scale"
    )


@pytest.mark.parametrize("changes", [{"peak": 0.001}, {"clipped": 16}, {"clipped": 32, "channels": 2}])
def test_nearly_odd_clip_is_fine(changes):
    assert checks(report_of(*fine(), clip("x", **changes)), "remark") == []


@pytest.mark.parametrize(
    ("first", "second", "check", "severity", "note"),
    [
        ({}, {}, "same audio", "remark", "same `group`"),
        ({"label": "Cough"}, {}, "same audio with different labels", "warning", "labelled Bark and Cough; "),
        ({"label": "Cough,Bark"}, {"label": "Bark,Cough"}, "same audio", "remark", "same `group`"),
        ({"label": ""}, {}, "same audio", "remark", "same `group`"),
        ({"split": "test"}, {}, "same audio in train and test", "warning", "remove the training clip"),
        ({"split": "test", "label": "Cough"}, {}, "same audio in train and test", "warning", "labelled Bark and Cough"),
        (
            {"split": "further", "label": "Moo"},
            {},
            "same audio with different labels",
            "warning",
            "labelled Bark and Moo",
        ),
        ({"group": "x", "fold": "1"}, {"group": "y", "fold": "1"}, "same audio", "remark", "in 2 groups; "),
        ({"group": "x", "fold": "1"}, {"group": "x", "fold": "2"}, "same audio", "remark", "in 2 folds; "),
    ],
)
def test_same_audio_twice(first, second, check, severity, note):
    table = report_of(*fine(), clip("x", content="twin", **first), clip("y", content="twin", **second))
    found = finding(table, check)
    assert (found["subject"], found["value"], found["severity"]) == ("x, y", 2, severity)
    assert note in found["note"]
    assert set(table.loc[table["severity"] != "figure", "check"]) <= {check, "folds of its own"}


def test_clips_without_content_are_no_duplicates():
    table = report_of(*fine(), clip("x", state="empty", content=""), clip("y", state="empty", content=""))
    assert checks(table, "remark") == ["empty", "empty"]


def test_classes_with_too_few_clips():
    table = report_of(
        *many("few", 9),
        *many("enough", 10),
        *many("unchecked", 10, manually_verified=0),
        *many("checked", 6),
        *[clip(f"c{k}", "checked", manually_verified=0) for k in range(4)],
        clip("t", "untrained", "test"),
        classes=["few", "enough", "unchecked", "checked", "untrained", "absent"],
    )
    assert values(table, "class with few training clips") == {("train", "few"): 9}
    assert values(table, "class without verified clips") == {("train", "unchecked"): 0}
    assert values(table, "class with few unverified clips") == {
        ("train", "few"): 0,
        ("train", "enough"): 0,
        ("train", "checked"): 4,
    }
    assert values(table, "class without training clips") == {("train", "untrained"): 0}
    assert values(table, "class without clips") == {("", "absent"): 0}
    assert checks(table, "warning") == ["class without clips", "class without training clips"]


@pytest.mark.parametrize("unlabelled", [[], [clip("u", "", manually_verified=0)]])
def test_without_flags_nothing_is_said_of_them(unlabelled):
    table = report_of(*many("Bark", 10), *many("Cough", 10), *unlabelled)
    assert set(table["severity"]) == {"figure"}


def test_audio_without_clip_is_counted():
    row = finding(report_of(*fine(), unlisted=["a/1.wav", "a/2.wav", "a/3.wav", "a/4.wav"]), "unlisted files")
    assert row["value"] == 4
    assert "a/1.wav, a/2.wav, a/3.wav" in row["note"]
    assert "a/4.wav" not in row["note"]


def test_notes_are_passed_on():
    assert finding(report_of(*fine(), notes=["labels of August"]), "note")["note"] == "labels of August"


def test_classes_found_are_a_line_of_yaml():
    clips = [clip("a", "No"), clip("b", "b: c,Ä"), clip("c", "")]
    line = finding(report_of(*clips, classes=None), "classes found")["note"]
    assert yaml.safe_load(line) == {"classes": ["No", "b: c", "Ä"]}
    assert f"\n{line}\n" in summary(report_of(*clips, classes=None), "mine")


def test_a_test_table_without_labels_stops_a_run():
    table = report_of(*fine(), unlabelled="dataset mine: tables.test: no labels")
    assert finding(table, "table without labels")["severity"] == "error"
    assert "have its clips tagged instead" in summary(table, "mine").splitlines()[-1]


def test_labels_that_mean_the_same_stop_a_run():
    clips = [clip("a", "Dog bark"), clip("b", "Dog_bark"), clip("c", "dog_Bark", "test"), clip("d", "Dog bark,Cat")]
    table = report_of(*clips, classes=None)
    row = finding(table, "labels that are alike")
    assert (row["value"], row["severity"]) == (3, "error")
    assert row["subject"] == "'Dog bark', 'Dog_bark' and 'dog_Bark'"
    assert "('Dog bark': 2 clips, 'Dog_bark': 1 clips, 'dog_Bark': 1 clips); write one of them" in row["note"]
    assert "labels that mean the same would stop a run; write one of them." in summary(table, "mine").splitlines()[-1]
    assert "classes found" not in set(table["check"])  # to copy them would be refused


def test_a_label_like_a_class_is_told_which_one():
    rows = report_of(*fine(), clip("x", "bark"), clip("y", "Moo"), clip("z", " Cough"))
    notes = dict(rows.loc[rows["check"] == "label that is no class", ["subject", "note"]].to_numpy())
    assert "'Bark' is; write it like that" in notes["bark"]
    assert "'Cough' is; write it like that" in notes[" Cough"]
    assert "add it to the classes" in notes["Moo"]


def test_a_single_class_is_not_offered_to_be_copied():
    table = report_of(*many("Bark", 10), classes=None)
    assert finding(table, "classes found")["value"] == 1
    assert "yaml" not in summary(table, "mine")
    assert "'Bark' is the only label, and systems tell classes apart" in summary(table, "mine")
    assert "the lack of a second class would stop a run; add clips of one" in summary(table, "mine")


def test_facts_of_other_clips_are_refused():
    table = pd.DataFrame([clip("a"), clip("b")]).set_index("fname", drop=False)
    with pytest.raises(UserError, match="b"):
        report(table[list(Listing.columns)], table[list(AudioFacts.columns)][:1], None, None, [], [], [], "refuse")


# ---------------------------------------------------------------- any collection

CLIPS = st.builds(
    lambda **changes: changes,
    split=st.sampled_from(["train", "test"]),
    label=st.sampled_from(["", "Bark", "Cough", "Bark,Cough", "a|b; c"]),
    manually_verified=st.integers(0, 1),
    usage=st.sampled_from(["", "Public"]),
    group=st.sampled_from(["", "x", "y"]),
    fold=st.sampled_from(["", "1", "2"]),
    state=st.sampled_from(["ok", "empty", "missing", "unreadable"]),
    message=st.sampled_from(["", "audio/x: cut; fetch it"]),
    seconds=st.floats(0.001, 1e5),
    rate=st.sampled_from([8000, 44100]),
    channels=st.integers(1, 3),
    peak=st.floats(0, 2),
    clipped=st.integers(0, 10**6),
    content=st.sampled_from(["", "p", "q", "r"]),
)


@given(
    changes=st.lists(CLIPS, min_size=1, max_size=8),
    classes=st.sampled_from([None, CLASSES, ["Bark"]]),
    unusable_audio=st.sampled_from(["refuse", "leave_out"]),
)
def test_any_collection_is_reported(changes, classes, unusable_audio):
    clips = [clip(f"c{number}", **change) for number, change in enumerate(changes)]
    table = report_of(*clips, classes=classes, unusable_audio=unusable_audio)
    for split in ("train", "test"):
        labels = [change["label"].count(",") + 1 for change in changes if change["split"] == split]
        rows = table[(table["check"] == "clips per class") & (table["split"] == split)]
        assert rows["value"].sum() == sum(labels)
        assert values(table, "clips").get((split, ""), 0) == len(labels)
    unusable = sum(change["state"] in ("missing", "unreadable") for change in changes)
    assert len(table[table["check"].isin(["missing", "unreadable"])]) == unusable
    text = summary(table, "mine")
    assert text.splitlines()[-1].startswith("Verdict: ")
    stops = unusable == len(changes) if unusable_audio == "leave_out" else unusable > 0
    named = {label for change in changes for label in change["label"].split(",")} - {""}
    stops |= classes is not None and not named <= set(classes)
    errors = (table["severity"] == "error").any()
    assert errors or not stops
    assert ("nothing that stops a run" not in text) == (errors or (table["check"] == "classes found").any())


# ---------------------------------------------------------------- in words


def test_summary_shows_what_is_there():
    clips = [
        clip("a", seconds=90.0),
        clip("b", seconds=3.5, manually_verified=0, rate=44100),
        clip("c", "Cough", "test", seconds=3600.0, usage="Public"),
    ]
    text = summary(report_of(*clips, classes=[*CLASSES, "Gong"]), "My clips")
    assert text.startswith("# My clips\n")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    assert ["train", "2", "1.6 min", "3.50 s", "46.75 s", "1.5 min"] in cells
    assert ["test", "1", "1 h 0 min", "1 h 0 min", "1 h 0 min", "1 h 0 min"] in cells
    assert ["class", "train, verified", "train, unverified", "test"] in cells
    assert ["Bark", "1", "1", "0"] in cells
    assert ["Cough", "0", "0", "1"] in cells
    assert ["Gong", "0", "0", "0"] in cells
    assert "verified labels: 1 of 2 training clips" in text
    assert "clips by sample rate in Hz: train 16000 (1), 44100 (1); test 16000 (1)" in text
    assert "clips by usage: test Public (1)" in text


def test_clips_without_label_come_last_in_the_summary():
    text = summary(report_of(clip("a", ""), clip("b", "Cough"), clip("c", "Bark")), "mine")
    assert re.findall(r"^\| (Bark|Cough|\(no label\)) ", text, re.MULTILINE) == ["Bark", "Cough", "(no label)"]


def test_table_in_the_summary_is_straight():
    text = summary(report_of(*fine()), "mine")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(line) for line in block.splitlines()}) == 1


def test_one_part_that_is_held_out_is_told_of():
    clips = [clip(f"{k:02}", CLASSES[k % 2], manually_verified=int(k < 20), usage="val" * (k == 39)) for k in range(40)]
    splits = {"held-out-0.1": {"share": 0.1}, "held-out-val": {"usage": "val"}, "held-out-dev": {"usage": "dev"}}
    table = report_of(*clips, clip("test", split="test"), held_out=splits, seed=1)
    assert values(table, "clips held out") == {("train", "held-out-0.1"): 4, ("train", "held-out-val"): 1}
    assert values(table, "verified clips held out") == {("train", "held-out-0.1"): 2, ("train", "held-out-val"): 0}
    assert finding(table, "held out without verified clips")["subject"] == "held-out-val"
    wrong = finding(table, "part that cannot be held out")
    assert (wrong["severity"], wrong["subject"]) == ("error", "held-out-dev")
    assert "no training clips have 'dev'" in wrong["note"]
    text = summary(table, "mine")
    assert "- held-out-0.1: 4 training clips, 2 of them verified\n" in text
    assert "a part that cannot be held out would stop a run; correct `held_out` in the recipe" in text


def test_summary_shows_10_examples_of_a_kind():
    broken = [clip(f"x{k:02}", state="missing", message=f"audio/x{k:02}: none; unpack", content="") for k in range(13)]
    text = summary(report_of(*fine(), *broken), "mine")
    assert "**missing** (13): unpack\n" in text
    assert [line for line in text.splitlines() if line.startswith("- train.csv")] == [
        f"- train.csv, line 7: audio/x{k:02}: none" for k in range(10)
    ]
    assert "- ... and 3 more in data_report.csv\n" in text


def test_summary_orders_findings_by_severity_and_ends_with_a_verdict():
    clips = [*fine(), clip("x", state="unreadable", message="audio/x: cut; fetch", content=""), clip("s", peak=0)]
    text = summary(report_of(*clips, classes=[*CLASSES, "Gong"], counts={"test": 2}), "mine")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert [heading.split(":")[0] for heading in headings] == ["## Errors", "## Warnings", "## Remarks"]
    verdict = text.splitlines()[-1]
    assert "1 clips without usable audio (1 unreadable)" in verdict
    assert "`counts`" in verdict
    assert verdict.endswith("Warnings: 1, remarks: 1.")


def test_summary_of_a_fine_collection_is_short():
    text = summary(report_of(*fine()), "mine")
    assert "##" not in text
    assert text.endswith("Verdict: nothing that stops a run. Warnings: 0, remarks: 0.\n")


# ---------------------------------------------------------------- the stages


@pytest.fixture
def collection(tmp_path):
    """A folder with a fine, a truncated and a missing clip, and with audio that no table names."""
    folder = tmp_path / "mine"
    (folder / "audio" / "more").mkdir(parents=True)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8000)
    for name in ("fine.wav", "cut.wav", "more/unlisted.FLAC"):
        soundfile.write(folder / "audio" / name, noise, 8000, format=name[-4:].strip(".").upper())
    (folder / "audio" / "cut.wav").write_bytes((folder / "audio" / "cut.wav").read_bytes()[:5000])
    (folder / "audio" / "notes.txt").touch()
    (folder / "train.csv").write_text("fname,label\n")
    clips = [clip(name, path=str(folder / "audio" / name)) for name in ("fine.wav", "cut.wav", "absent.wav")]
    write_listing(pd.DataFrame(clips), tmp_path / "listing.csv")
    inspect_audio.main(
        listing=tmp_path / "listing.csv",
        facts=tmp_path / "facts.csv",
        settings=inspect_audio.Settings(code="x"),
        threads=1,
    )
    return folder


def run_report(folder, **changes):
    table = {"file": "train.csv", "audio": "audio", "delimiter": ",", "generations": []}
    dataset = {"title": "My clips", "root": str(folder), "tables": {"train": table | changes}}
    dataset |= {"classes": None, "counts": None, "unusable_audio": "refuse", "folds": []}
    files = {name: folder.parent / f"{name}.csv" for name in ("listing", "facts", "report")}
    report_data.main(**files, summary=folder.parent / "summary.md", settings=report_data.Settings(**dataset))
    return pd.read_csv(files["report"], keep_default_na=False)


def test_stage_reports_a_broken_collection(collection, capsys):
    table = run_report(collection)
    assert checks(table, "error") == ["missing", "unreadable"]
    assert finding(table, "unlisted files")["value"] == "1"
    assert "more/unlisted.FLAC" in finding(table, "unlisted files")["note"]
    text = (collection.parent / "summary.md").read_text()
    assert text.startswith("# My clips\n")
    assert capsys.readouterr().out.strip() == text.strip()


def test_stage_says_which_labels_these_are(collection):
    table = run_report(collection, generations=[{"name": "August", "rows": 0}])
    assert "August" in finding(table, "note")["note"]


def test_stage_writes_the_same_bytes_again(collection):
    files = [collection.parent / name for name in ("report.csv", "summary.md")]
    run_report(collection)
    contents = [file.read_bytes() for file in files]
    run_report(collection)
    assert [file.read_bytes() for file in files] == contents
