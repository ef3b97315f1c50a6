"""Tables are read, checked and written as they are declared, never lose a row silently, and are described whole."""

import importlib
import pkgutil
import subprocess
import sys
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts import tables
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.features import read_features, write_features
from workflow_scripts.tables.folds import read_folds, write_folds
from workflow_scripts.tables.history import read_history
from workflow_scripts.tables.label_audit import LabelAudit, OfSystem, read_audit, write_audit
from workflow_scripts.tables.measures import Measures
from workflow_scripts.tables.models import read_model, write_model
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.tables.reference import declared_in, meanings, reference
from workflow_scripts.tables.rounds import read_rounds, write_rounds
from workflow_scripts.tables.tables import read_table

# ------------------------------------------------------------------ a declaration


class Sounds(Table):
    """Sounds."""

    key = ("fname", "take")

    fname: str  # name of the clip
    take: int  # its number
    kind: Literal["dog", "cat"]  # who
    flag: Literal[0, 1] | None  # 1 where somebody said so
    peak: float  # [full scale] largest sample
    gain: float | None  # [dB] of the amplifier,
    # where there was one | two
    note: str | None


HEADER = "fname,take,kind,flag,peak,gain,note\n"


def sounds(tmp_path, *rows):
    (tmp_path / "sounds.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return Sounds.read(tmp_path / "sounds.csv")


def test_columns_have_their_types_and_an_empty_number_is_nan(tmp_path):
    table = sounds(tmp_path, "a.wav,1,dog,1,0.25,-3,", "a.wav,2,cat,,1,,None")
    assert table["take"].tolist() == [1, 2] and table["take"].dtype == int
    assert table["note"].tolist() == ["", "None"]
    assert table[["flag", "peak", "gain"]].dtypes.tolist() == [float] * 3
    np.testing.assert_array_equal(table[["flag", "peak", "gain"]], [[1, 0.25, -3], [np.nan, 1, np.nan]])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.wav,2,dog,1,loud,0,", "column 'peak' holds 'loud' in row 2, which is not float"),
        ("a.wav,2,dog,1,,0,", "column 'peak' holds '' in row 2, which is not float"),
        ("a.wav,1.5,dog,1,0,0,", "column 'take' holds '1.5' in row 2, which is not int"),
        ("a.wav,2,dog,1,0,high,", "column 'gain' holds 'high' in row 2, which is not float"),
        ("a.wav,2,cow,1,0,0,", "column 'kind' holds 'cow' in row 2, which is none of dog, cat"),
        ("a.wav,2,,1,0,0,", "column 'kind' holds '' in row 2, which is none of dog, cat"),
        ("a.wav,2,dog,2,0,0,", "column 'flag' holds '2' in row 2, which is none of 0, 1"),
        ("b.wav,1,cat,0,0,0,", "clip b.wav, take 1 stands in 2 rows"),
    ],
)
def test_a_value_that_is_not_as_declared_is_named_with_its_row(tmp_path, row, words):
    with pytest.raises(DamagedError) as caught:
        sounds(tmp_path, "b.wav,1,dog,,0,,", row)
    assert str(caught.value) == f"{tmp_path / 'sounds.csv'}: {words}"


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["dog", "cat"]), FLOATS, st.none() | FLOATS, TEXTS)))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("sounds") / "t.csv"
    rows = [(name, take, kind, 1, peak, gain, note) for take, (name, kind, peak, gain, note) in enumerate(rows)]
    Sounds.write([dict(zip(Sounds.columns, row, strict=True)) | {"more": 1} for row in rows], path)
    whole = path.read_bytes()
    table = Sounds.read(path)
    expected = pd.DataFrame(rows, columns=list(Sounds.columns)).astype({"flag": float, "gain": float, "peak": float})
    assert list(table) == list(expected) and len(table) == len(rows)
    for name in table:
        np.testing.assert_array_equal(table[name].to_numpy(), expected[name].to_numpy())
    Sounds.write(table.astype({"flag": int}), path)
    assert path.read_bytes() == whole


def test_rows_without_pandas_are_the_same_bytes(tmp_path):
    rows = [("a, b", 1, "dog", 0, 0.1, -3.5, 'he said "no"'), ("c", 2, "cat", 1, 1e-9, 2.0, "")]
    Sounds.write(pd.DataFrame(rows, columns=list(Sounds.columns)), tmp_path / "with.csv")
    Sounds.write_rows(rows, tmp_path / "without.csv")
    assert (tmp_path / "with.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()


def test_measures_have_six_decimals_and_numbers_of_things_none(tmp_path):
    class Scores(Measures):
        system: str
        clips: int | None
        f1: float | None

    rows = [{"system": "a", "clips": 3, "f1": 2 / 3}, {"system": "b", "clips": None, "f1": np.nan}]
    Scores.write([*rows, {"system": "c", "f1": -1e-9}], tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_text() == "system,clips,f1\na,3,0.666667\nb,,\nc,,0.000000\n"


def test_a_stage_that_only_lists_files_or_segments_imports_no_pandas():
    modules = "workflow_scripts.tables.segments, workflow_scripts.tables.manifests"
    code = f"import sys, {modules}; print('pandas' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == "False\n"


# ------------------------------------------------------------------ tables whose columns vary


def test_the_columns_of_each_system_are_read_and_written_in_the_middle(tmp_path):
    row = dict.fromkeys(LabelAudit.columns, 1) | {"cleanlab_quality": 1 / 3, "cleanlab_suggested": ""}
    row |= {f"{system}_{name}": 0.125 for system in ("a", "b") for name in OfSystem.columns}
    path = tmp_path / "label_audit.csv"
    write_audit(pd.DataFrame([row]), path, ["b", "a"])
    header, values = path.read_text().splitlines()
    own = "{0}_predicted,{0}_probability,{0}_given_probability,{0}_log_odds".format
    assert f",given_probability,log_odds,{own('b')},{own('a')},accepted_by," in header
    assert values.endswith(",1,0.333333,1,")
    assert read_audit(path, ["a", "b"])["a_probability"].tolist() == [0.125]
    with pytest.raises(DamagedError, match="column 'c_predicted' is missing"):
        read_audit(path, ["c"])


def test_a_history_has_the_scores_of_its_kind_of_labels(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,learning_rate,training_loss,verified_loss,verified_tag_f1\n1,0.1,2,3,0.5\n")
    assert read_history(path)["verified_tag_f1"].tolist() == [0.5]
    path.write_text("epoch,learning_rate,training_loss,verified_loss,verified_tag_f1\n1,0.1,2,3,good\n")
    with pytest.raises(DamagedError, match="column 'verified_tag_f1' holds 'good' in row 1"):
        read_history(path)
    path.write_text("epoch,learning_rate,training_loss,verified_loss\n1,0.1,2,3\n")
    with pytest.raises(DamagedError, match="has none of the columns verified_map3, "):
        read_history(path)


def test_columns_of_a_task_are_written_in_their_place_and_checked(tmp_path):
    path = tmp_path / "rounds.csv"
    row = {"round": 0, "chosen": 1, "verified_loss": 0.5, "verified_map": 0.25, "verified_lwlrap": 0.75}
    write_rounds([row], path, "multilabel")
    assert path.read_text() == "round,verified_loss,verified_lwlrap,verified_map,chosen\n0,0.5,0.75,0.25,1\n"
    assert read_rounds(path)["verified_lwlrap"].tolist() == [0.75]
    path.write_text(path.read_text().replace("0.75", "high"))
    with pytest.raises(DamagedError, match="column 'verified_lwlrap' holds 'high' in row 1"):
        read_rounds(path)
    path.write_text("round,verified_loss,chosen\n0,0.5,1\n")
    with pytest.raises(DamagedError, match="has none of the columns verified_map3, "):
        read_rounds(path)


# ------------------------------------------------------------------ the description

FOUND = [found.name for found in pkgutil.iter_modules(tables.__path__, f"{tables.__name__}.")]
TABLES = [table for name in FOUND for table in declared_in(importlib.import_module(name))]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.__module__.split('.')[-1]}.{table.__name__}")
def test_every_table_is_described_whole(table):
    assert table.__doc__ or sys.modules[table.__module__].__doc__
    assert set(table.key) <= table.columns.keys()
    described = meanings(table)
    assert described.keys() == table.columns.keys()
    assert [name for name, (_, meaning) in described.items() if not meaning] == []
    measures = [name for name, declaration in table.columns.items() if declaration in (float, float | None)]
    assert [name for name in measures if not described[name][0]] == []


def test_meanings_stand_behind_the_columns():
    assert meanings(Sounds) == {
        "fname": ("", "name of the clip"),
        "take": ("", "its number"),
        "kind": ("", "who"),
        "flag": ("", "1 where somebody said so"),
        "peak": ("full scale", "largest sample"),
        "gain": ("dB", "of the amplifier, where there was one | two"),
        "note": ("", ""),
    }


def test_the_command_prints_every_column_of_every_table_once():
    command = [sys.executable, "-m", "workflow_scripts.tables"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == reference()
    lines = printed.splitlines()
    assert lines.count("## `<dataset>/clips.csv`") == 1
    assert "| `seconds` | number | s | length of the audio; 0 for an empty file |" in lines
    assert "| `split` | `train` or `test` |  | the part of the data set |" in lines
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == sum(len(table.columns) for table in TABLES) and len(TABLES) > 20
    for other in ("frames.npy", "oof.parquet", "model.safetensors"):
        assert sum(line.startswith("## ") and other in line for line in lines) == 1


# ------------------------------------------------------------------ rows by name


def test_the_text_none_is_a_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("fname,label\na,None\nb,\nc,NA\n")
    assert read_table(path, {"fname": str, "label": str})["label"].tolist() == ["None", "", "NA"]


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "no such file"), ("", "not a CSV"), ("fname\na\n", "'fold' is missing"), ("fname,fold\na,x\n", "'fold'")],
)
def test_a_table_that_is_none_is_one_line(tmp_path, text, words):
    path = tmp_path / "t.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=words):
        read_table(path, {"fname": str, "fold": int})


def test_folds_are_joined_by_name_and_no_clip_is_lost_or_added(tmp_path):
    path = tmp_path / "folds.csv"
    write_folds(pd.DataFrame({"fname": ["a", "b", "c"], "fold": [0, 1, 2]}), path)
    assert read_folds(path, ["c", "a", "b"]).tolist() == [2, 0, 1]
    with pytest.raises(UserError, match=r"folds.csv: 1 clips are missing, the first is d"):
        read_folds(path, ["a", "b", "c", "d"])
    with pytest.raises(UserError, match=r"folds.csv: 1 clips do not belong here, the first is b"):
        read_folds(path, ["a", "c"])


@pytest.mark.parametrize(
    ("rows", "fnames", "words"),
    [
        ({"a": [0.5, 0.5]}, ["a", "b"], "1 clips are missing, the first is b"),
        ({"a": [0.5, 0.5], "b": [1, 0]}, ["a"], "1 clips do not belong here, the first is b"),
        ({"a": [0.5, np.nan]}, ["a"], "clip a has a value outside 0..1"),
        ({"a": [1.5, 0]}, ["a"], "clip a has a value outside 0..1"),
    ],
)
def test_predictions_that_do_not_fit_the_clips_are_refused(tmp_path, rows, fnames, words):
    path = tmp_path / "p.parquet"
    write_predictions(prediction_table(list(rows), list(rows.values()), ["x", "y"]), path)
    with pytest.raises(UserError, match=words):
        read_predictions(path, fnames)


def test_a_clip_predicted_twice_is_refused(tmp_path):
    path = tmp_path / "p.parquet"
    write_predictions(prediction_table(["a", "a"], [[1, 0], [0, 1]], ["x", "y"]), path)
    with pytest.raises(UserError, match="clip a stands in 2 rows"):
        read_predictions(path, ["a"])


def test_the_feature_store_gives_back_each_segments_frames(tmp_path):
    rng = np.random.default_rng(0)
    spectrograms = [rng.normal(size=(n, 4)).astype(np.float32) for n in (3, 1, 5)]
    segments = pd.DataFrame({"fname": ["a", "a", "b"], "segment": [0, 1, 0]})
    parts = zip(segments["fname"], segments["segment"], spectrograms, strict=True)
    assert write_features(parts, tmp_path / "frames.npy", tmp_path / "index.csv") == 9
    store = read_features(tmp_path / "frames.npy", tmp_path / "index.csv")
    assert store.frames.shape == (9, 4)
    for row, spectrogram in zip(store.index.itertuples(), spectrograms, strict=True):
        assert np.array_equal(store.frames[row.first : row.first + row.frames], spectrogram)
        assert np.float32(row.minimum) == spectrogram.min()
    assert store.index["crc32"].nunique() == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames.npy", "index.csv"]


def test_a_damaged_model_is_one_line(tmp_path):
    path = tmp_path / "m.safetensors"
    write_model(path, {"w": torch.arange(10.0)}, {"epochs": [3]})
    tensors, description = read_model(path)
    assert tensors["w"].tolist() == list(range(10))
    assert description == {"epochs": [3]}
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(UserError, match=r"m.safetensors: not a readable model"):
        read_model(path)
