import logging
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile

from tests.project import ROOT
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.data.audio import read_audio
from workflow_scripts.front_ends import extract_features
from workflow_scripts.parts.spectrograms import log_mel
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.problems import read_problems
from workflow_scripts.tables.segments import read_segments

RATE = 32000
PARTS = ROOT / "workflow_scripts" / "parts"
SPLIT = {"name": "split_on_silence"}
LOG_MEL = {"name": "log_mel", "hop": 256}


@pytest.fixture
def sound():
    """Two sounds with a pause of a second between them, of 16-bit precision."""
    noise = np.random.default_rng(0).integers(-9000, 9000, RATE)
    return (np.concatenate([noise, np.zeros(RATE, int), noise]) / 32768).astype(np.float32)


@pytest.fixture
def folder(tmp_path, sound):
    """A clip table of three files, one with two sounds, one silent, one without samples."""
    clips = {"sound.wav": sound, "silent.wav": np.zeros(RATE, np.float32), "empty.wav": np.zeros(0, np.float32)}
    for fname, samples in clips.items():
        soundfile.write(tmp_path / fname, samples, RATE)
    table = pd.DataFrame({"fname": list(clips), "seconds": [len(samples) / RATE for samples in clips.values()]})
    table["path"] = [str(tmp_path / fname) for fname in clips]
    write_clips(
        table.assign(split="train", label="Bark", manually_verified=1, usage="", subsets="", group="", fold="", md5=""),
        tmp_path / "clips.csv",
    )
    return tmp_path


def extract(folder, silence=SPLIT, threads=2):
    """Return the segments, the problems and the feature store that the stage writes."""
    files = {name: folder / f"{name}.csv" for name in ("clips", "segments", "problems", "index")}
    settings = extract_features.Settings(silence=silence, spectrogram=LOG_MEL)
    extract_features.main(**files, frames=folder / "frames.npy", settings=settings, threads=threads)
    store = read_features(folder / "frames.npy", files["index"])
    return read_segments(files["segments"]), read_problems(files["problems"]), store


def test_segments_are_listed_in_the_order_of_the_clips(folder):
    segments, _, _ = extract(folder)
    assert list(zip(segments["fname"], segments["segment"], strict=True)) == [
        ("sound.wav", 0),
        ("sound.wav", 1),
        ("silent.wav", 0),
    ]
    expected = [[0, 1.4 * RATE], [1.6 * RATE, 3 * RATE], [0, RATE]]
    np.testing.assert_allclose(segments[["start", "end"]], expected, atol=RATE / 1000)


def test_a_clip_without_sound_is_kept_whole_and_listed(folder, caplog):
    _, problems, _ = extract(folder)
    assert problems.to_numpy().tolist() == [
        ["silent.wav", "nothing above the silence threshold", "kept untrimmed"],
    ]
    assert "silent.wav" in caplog.text


def test_parameters_reach_the_silence_rule(folder):
    segments, _, _ = extract(folder, {"name": "split_on_silence", "min_silence_seconds": 1.1})
    assert segments["end"].tolist() == [3 * RATE, RATE]


def test_an_unknown_part_is_refused_with_the_choices(folder):
    with pytest.raises(UserError, match=r"'trim_end'.*split_on_silence, trim_ends"):
        extract(folder, {"name": "trim_end"})
    assert [path.name for path in folder.glob("*.csv")] == ["clips.csv"]


def test_the_store_holds_the_spectrogram_of_every_segment(folder, sound):
    segments, _, store = extract(folder)
    assert store.index[["fname", "segment"]].equals(segments[["fname", "segment"]])
    for row, bounds in zip(store.index.itertuples(), segments.itertuples(), strict=True):
        samples = sound if bounds.fname == "sound.wav" else np.zeros(RATE, np.float32)
        expected = log_mel.spectrogram(samples[bounds.start : bounds.end], RATE, hop=256)
        np.testing.assert_array_equal(store.frames[row.first : row.first + row.frames], expected)


def test_clips_of_several_blocks_stay_in_order(folder, monkeypatch):
    together = np.array(extract(folder, threads=2)[2].frames)
    monkeypatch.setattr(extract_features, "CLIPS_PER_THREAD", 1)
    np.testing.assert_array_equal(extract(folder, threads=1)[2].frames, together)


def test_the_files_do_not_depend_on_the_number_of_threads(folder):
    contents = []
    for threads in (1, 3):
        extract(folder, threads=threads)
        contents.append([(folder / name).read_bytes() for name in ("segments.csv", "frames.npy", "index.csv")])
    assert contents[0] == contents[1]


def test_the_log_sums_up(folder, caplog):
    caplog.set_level(logging.INFO)
    _, _, store = extract(folder)
    assert "3 clips, 3 segments; 1 clips without sound" in caplog.text
    assert f"{len(store.frames)} frames from 4.0 s of audio" in caplog.text


def test_a_clip_table_without_paths_is_refused(folder):
    (folder / "clips.csv").write_text("fname\nsound.wav\n")
    with pytest.raises(DamagedError, match=r"clips\.csv: column 'path' is missing"):
        extract(folder)
    assert not (folder / "frames.npy").exists()


def test_each_clip_is_decoded_once(folder, monkeypatch):
    decoded = []
    monkeypatch.setattr(extract_features, "read_audio", lambda path: decoded.append(path) or read_audio(path))
    extract(folder, threads=1)
    assert decoded == [str(folder / name) for name in ("sound.wav", "silent.wav", "empty.wav")]


def test_a_start_imports_nothing_that_takes_longer_than_the_spectrograms_of_the_demo():
    kinds = ("silence", "spectrograms")
    parts = [f"parts.{kind}.{path.stem}" for kind in kinds for path in (PARTS / kind).glob("[!_]*.py")]
    imports = [f"import workflow_scripts.{name}" for name in ("front_ends.extract_features", *parts)]
    code = "\n".join([*imports, "import sys", "print(*sys.modules)"])
    modules = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "numpy" in modules.split()
    assert not {"librosa", "numba", "pandas", "pyarrow", "scipy", "torch"} & set(modules.split())


def test_an_unreadable_file_leaves_nothing_that_looks_finished(folder):
    (folder / "silent.wav").write_bytes(b"no audio")
    with pytest.raises(UserError, match=r"silent\.wav"):
        extract(folder)
    assert {path.name for path in folder.iterdir()} == {"clips.csv", "sound.wav", "silent.wav", "empty.wav"}
