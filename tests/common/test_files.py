"""Whole files or none, one clear line for a mistake, and tables that never lose a row silently."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.tables.features import read_features, write_features
from workflow_scripts.tables.folds import read_folds, write_folds
from workflow_scripts.tables.models import read_model, write_model
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.tables.tables import read_table

# ------------------------------------------------------------------ files


def test_a_file_appears_when_it_is_complete(tmp_path):
    target = tmp_path / "new" / "file.txt"
    with written_whole(target) as partial:
        partial.write_text("all")
        assert not target.exists()
    assert target.read_text() == "all"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("old", [None, "old"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, old):
    target = tmp_path / "file.txt"
    if old:
        target.write_text(old)
    with pytest.raises(RuntimeError), written_whole(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert [path.read_text() for path in tmp_path.iterdir()] == ([old] if old else [])


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "folder"
    for name in ("old", "new"):
        with written_whole(target) as partial:
            partial.mkdir()
            (partial / name).touch()
    assert [path.name for path in target.iterdir()] == ["new"]


# ------------------------------------------------------------------ stages

STAGE = """
from pathlib import Path
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run

def main(*, inputs: list[Path], output: Path, number: int, extra: Path | None = None, settings: dict):
    {body}

run(main)
"""


def stage(tmp_path, body, *arguments):
    script = tmp_path / "stage.py"
    script.write_text(textwrap.dedent(STAGE).format(body=body))
    standard = [
        "--inputs",
        "a",
        "b",
        "--output",
        "c",
        "--number",
        "3",
        "--settings",
        '{"x": [1]}',
        "--log",
        "logs/s.log",
    ]
    command = [sys.executable, str(script), *standard, *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    log = tmp_path / "logs/s.log"
    return done, log.read_text() if log.exists() else ""


def test_a_stage_gets_its_arguments_with_their_types(tmp_path):
    done, log = stage(tmp_path, "print(inputs, output, number + 1, extra, settings['x'])", "--extra", "d")
    paths = [Path("a"), Path("b")]
    assert done.stdout.strip() == f"{paths} c 4 d [1]"
    assert "worked for" in log


def test_a_users_mistake_is_one_line_without_traceback(tmp_path):
    done, log = stage(tmp_path, "raise UserError('a.csv, line 3: mend it')")
    assert done.returncode == 1
    assert done.stderr == "error: a.csv, line 3: mend it\n"
    assert "a.csv, line 3: mend it" in log
    assert "Traceback" not in log


def test_an_unexpected_failure_keeps_its_traceback_in_the_log(tmp_path):
    done, log = stage(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "logs/s.log" in done.stderr
    assert "ZeroDivisionError" in log


# ------------------------------------------------------------------ tables


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


# ------------------------------------------------------------------ seeds


def test_seeds_depend_on_every_part_and_on_nothing_else():
    seeds = {derive_seed(2018, system, number, fold) for system in "ab" for number in range(3) for fold in range(4)}
    assert len(seeds) == 24
    assert derive_seed(2018, "a", 1, 2) == derive_seed(2018, "a", 1, 2)
    assert all(0 <= seed < 2**63 for seed in seeds)
