"""Audio under nearly the name that the table has: told what is there, how often, and what mends all."""

import unicodedata

import pandas as pd
import pytest

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.file_names import with_file_names
from workflow_scripts.data.near_names import near_names


def near(folder, files, *fnames, extension="", audio="clips", taken_by="{}/test.csv, line 2"):
    for file in files:
        path = folder / "clips" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    paths = {fname: str(folder / audio / f"{fname}{extension}") for fname in fnames}
    listing = pd.DataFrame({"path": paths | {"taken": str(folder / "clips/taken/x.wav")}})
    listing["row"] = [f"{folder}/train.csv, line {line}" for line in range(2, 2 + len(fnames))] + [
        taken_by.format(folder)
    ]
    return near_names(listing, listing.index != "taken")


KINDS = {
    "no extension": (["x.wav", "y.wav"], ["x", "y"], ["clips/x.wav is there; say `extension: .wav` for the table"]),
    "no extension, of several": (["x.wav", "y.flac"], ["x", "y"], ["x.wav is there; write the extension, too"]),
    "another extension": (["x.flac", "y.flac"], ["x.wav", "y.wav"], ["x.flac is there; write .flac for .wav"]),
    "another case": (["X.WAV", "y.Wav"], ["x.wav", "y.wav"], ["X.WAV is there; write names as the files have them"]),
    "backslashes": (["a/x.wav", "b/y.wav"], ["a\\x.wav", "b\\y.wav"], ["a/x.wav is there; write / for \\"]),
    "one folder": (
        ["a/x.wav", "a/y.wav"],
        ["x.wav", "y.wav"],
        ["a/x.wav is there; put `a/` before the name, or name "],
    ),
    "several folders": (["a/x.wav", "b/y.wav"], ["x.wav", "y.wav"], ["put `a/` before", "fname: 'fold{fold}/{fname}'"]),
    "another folder": (["a/x.wav", "a/y.wav"], ["b/x.wav", "b/y.wav"], ["a/x.wav is there; write `a/` for `b/`"]),
    "a folder too many": (["x.wav", "y.wav"], ["b/x.wav", "b/y.wav"], ["clips/x.wav is there; leave `b/` away"]),
    "the folder itself": (["x.wav", "y.wav"], ["clips/x.wav", "clips/y.wav"], ["leave `clips/` away, or name "]),
    "accents": (["M\u00f6we.wav"], ["Mo\u0308we.wav"], ["is there; write names as the files have them"]),
    "spaces": (["x .wav", "y.wav"], ["x .wav ", "y.wav "], ["x .wav is there; write names as the files have them"]),
    "signs as in an address": (
        ["my dog.wav"],
        ["my%20dog.wav"],
        ["my dog.wav is there; write names as the files have"],
    ),
    "an id with a dot": (["x.1.wav"], ["x.1"], ["x.1.wav is there; say `extension: .wav`"]),
    "case of a folder": (["A/x.wav"], ["a/x.wav"], ["A/x.wav is there; write names as the files have them"]),
    "extension and folder": (["a/x.wav", "a/y.wav"], ["x", "y"], ["put `a/` before", ", and say `extension: .wav`"]),
    "backslash and case": (["A/x.wav"], ["a\\X.WAV"], ["A/x.wav is there; write / for \\, and write names as"]),
    "a path of Windows": (
        ["x.wav"],
        ["C:\\data\\x.wav"],
        ["x.wav is there; write / for \\, and leave `C:/data/` away"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_told_with_what_mends_all(tmp_path, kind):
    files, fnames, words = KINDS[kind]
    (found,) = near(tmp_path, [*files, "other.wav", "x.txt", "more/z.wav", "taken/x.wav"], *fnames)
    assert found.fnames == fnames
    assert all(word in found.note for word in words), found.note
    assert found.note.startswith(str(tmp_path / "clips" / files[0]))


def test_what_the_key_extension_does_is_told(tmp_path):
    (twice,) = near(tmp_path, ["x.wav"], "x.wav", extension=".wav")
    assert "x.wav is there; leave .wav away, which `extension` adds" in twice.note
    (without,) = near(tmp_path, ["x.wav"], "x.wav.wav")
    assert without.note.endswith("x.wav is there; leave .wav away")
    (other,) = near(tmp_path, ["x.wav"], "x", extension=".flac")
    assert "x.wav is there; say `extension: .wav` for the table" in other.note


def test_no_key_is_advised_that_would_break_the_other_clips_of_the_table(tmp_path):
    (found,) = near(tmp_path, ["x.wav"], "x", taken_by="{}/train.csv, line 3")
    assert found.note.endswith("x.wav is there; write the extension, too")


def test_files_of_several_folders_with_one_name_are_not_guessed_at(tmp_path):
    (found,) = near(tmp_path, ["bed/x.wav", "cat/x.wav"], "x.wav")
    assert "bed/x.wav and " in found.note
    assert "cat/x.wav are there; say which" in found.note


def test_the_file_of_another_clip_is_not_meant(tmp_path):
    assert near(tmp_path, ["taken/x.wav"], "gone/x.wav", "x") == []


def test_but_where_both_spell_the_same_name(tmp_path):
    spaces, case = near(tmp_path, ["taken/x.wav"], "taken/x.wav ", "Taken\\x.wav", "taken/x")
    assert (spaces.fnames, case.fnames) == (["taken/x.wav "], ["Taken\\x.wav"])
    assert spaces.note.endswith(
        "taken/x.wav is there; write names as the files have them: letter case, accents, spaces"
    )


def test_a_wrong_audio_folder_is_noticed(tmp_path):
    (tmp_path / "train").mkdir()
    (found,) = near(tmp_path, ["x.wav"], "x.wav", audio="train")
    assert found.note == f"{tmp_path}/clips/x.wav is there; correct the folder `audio` of the table"


def test_kinds_are_told_apart_and_strangers_left_alone(tmp_path):
    found = near(tmp_path, ["x.wav", "Y.wav", "z.wav"], "x", "y.wav", "z", "nowhere.wav")
    assert [kind.fnames for kind in found] == [["x", "z"], ["y.wav"]]
    assert near(tmp_path, [], "nowhere.wav") == []


def test_names_of_files_may_be_made_from_several_columns():
    table = pd.DataFrame({"fold": ["1", "2"], "file": ["x", "{y}"]}, index=[2, 3])
    made = with_file_names(table, {"fname": "fold{fold}/{file}.wav"}, "train.csv")
    assert made["fold{fold}/{file}.wav"].tolist() == ["fold1/x.wav", "fold2/{y}.wav"]
    assert made.index.tolist() == [2, 3]
    assert with_file_names(table, {"fname": "file"}, "train.csv") is table
    with pytest.raises(
        UserError, match=r"train.csv: column 'part' is missing, of which fname is made; it has \['fold'"
    ):
        with_file_names(table, {"fname": "{part}/{file}"}, "train.csv")


def test_unicode_of_the_names_is_what_the_test_says():
    assert unicodedata.normalize("NFC", "Mo\u0308we") == "M\u00f6we"
