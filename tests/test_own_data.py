"""Other data sets without code: a folder and two CSVs; what is wrong with them; and real recordings."""

import hashlib
import http.server
import shutil
import threading
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.collection import CLASSES, Collection
from tests.project import ROOT, Project

REAL_CLIPS = ROOT.parent / "shared/data/real-clips"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The sources at tiny sizes; each test has a data set, and so results, of its own."""
    return Project(tmp_path_factory.mktemp("own") / "project")


def refused(project, collection, target="clips.csv"):
    """Run up to ``target``; return the one line that says what is wrong. Nothing half-written may be left."""
    name = collection.file.stem
    status, printed = project.run(f"results/{name}/{target}", "--config", f"dataset={collection.file}")
    assert status != 0, printed
    assert "Traceback" not in printed, printed
    assert not (project.folder / "results" / name / target).exists()
    folder = project.folder / "results" / name
    assert not list(folder.rglob("*.part")), "nothing half-written"
    lines = [line for line in printed.splitlines() if line.startswith(("error: ", str(collection.file)))]
    assert lines, printed
    return lines[0]


def append_rows(table, *rows):
    return lambda c: getattr(c, table).extend(rows)


def cut_in_half(fname):
    def damage(collection):
        path = collection.audio(fname)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


DAMAGES = {
    "missing-clip": (lambda c: c.audio("tone1.wav").unlink(), ["train.csv, line 19", "tone1.wav", "does not exist"]),
    "truncated": (cut_in_half("noise2.wav"), ["train.csv, line 12", "noise2.wav", "truncated"]),
    "not-audio": (lambda c: c.audio("noise2.wav").write_text("RIFF"), ["train.csv, line 12", "cannot be decoded"]),
    "unknown-label": (append_rows("train", ["tone20.wav", "Moo", "1"]), ["train.csv, line 26", "'Moo'", "not a class"]),
    "label-none": (append_rows("train", ["tone20.wav", "None", "0"]), ["train.csv, line 26", "'None'", "not a class"]),
    "duplicate": (append_rows("train", ["tone1.wav", "Tone", "1"]), ["train.csv, line 26", "tone1.wav", "line 19"]),
    "in-both-parts": (append_rows("test", ["tone1.wav", "Tone", ""]), ["test.csv, line 11", "tone1.wav", "train.csv"]),
    "bad-flag": (append_rows("train", ["x.wav", "Tone", "yes"]), ["train.csv, line 26", "manually_verified", "'yes'"]),
    "short-row": (append_rows("train", ["x.wav"]), ["train.csv, line 26", "1 fields"]),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_data_is_one_line_with_file_and_row(project, tmp_path, name):
    damage, words = DAMAGES[name]
    collection = Collection(tmp_path, name)
    damage(collection)
    collection.write_tables()
    line = refused(project, collection)
    assert all(word in line for word in words), line


def test_a_missing_column_is_named(project, tmp_path):
    collection = Collection(tmp_path, "no-label-column")
    collection.write_tables(train_columns=("fname", "class", "manually_verified"))
    line = refused(project, collection)
    assert "train.csv" in line
    assert "'label'" in line


def test_an_unknown_key_in_the_dataset_file_is_named(project, tmp_path):
    collection = Collection(tmp_path, "typo")
    collection.dataset["clases"] = CLASSES
    collection.write_tables()
    assert "clases" in refused(project, collection)


def test_an_unknown_key_in_the_configuration_is_named(project):
    status, printed = project.run("--config", "foldz=3")
    assert status != 0
    assert "Traceback" not in printed
    assert any("config.yaml" in line and "foldz" in line for line in printed.splitlines())


# ------------------------------------------------------------------ archives


def archived(tmp_path, name, members=None, md5=None, damage=None, url=None):
    """A collection as one archive; return it with its dataset file pointing at the archive."""
    collection = Collection(tmp_path, name)
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(collection.folder.rglob("*")):
            file.write(path, path.relative_to(collection.folder))
        for member, content in (members or {}).items():
            file.writestr(member, content)
    if damage:
        archive.write_bytes(damage(archive.read_bytes()))
    content = hashlib.md5(archive.read_bytes()).hexdigest()
    del collection.dataset["folder"]
    collection.dataset["archives"] = [{"name": "data.zip", "url": url or str(archive), "md5": md5 or content}]
    for table in collection.dataset["tables"].values():
        table |= {"file": f"data.zip/{table['file']}", "audio": "data.zip/audio"}
    collection.file.write_text(yaml.safe_dump(collection.dataset))
    return collection


def test_a_wrong_md5_stops_before_unpacking(project, tmp_path):
    collection = archived(tmp_path, "wrong-md5", md5="0" * 32)
    line = refused(project, collection)
    assert all(word in line for word in ["data.zip", "md5", "0" * 32])
    assert not (project.folder / "results/wrong-md5/download/data.zip").exists()
    assert not (project.folder / "results/wrong-md5/raw/data.zip").exists()


def test_a_truncated_archive_is_refused(project, tmp_path):
    collection = archived(tmp_path, "cut-zip", damage=lambda content: content[: len(content) // 2])
    assert "damaged" in refused(project, collection)
    assert not (project.folder / "results/cut-zip/raw/data.zip").exists()


def test_a_member_outside_the_folder_is_refused(project, tmp_path):
    collection = archived(tmp_path, "zip-slip", members={"../../evil.txt": "x"})
    line = refused(project, collection)
    assert "evil.txt" in line
    assert not list(project.folder.rglob("evil.txt"))
    assert not (project.folder / "results/zip-slip/raw/data.zip").exists()


def test_an_http_address_does_as_well_as_a_path(project, tmp_path):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        collection = archived(tmp_path, "served", url=f"http://127.0.0.1:{server.server_port}/data.zip")
        status, printed = project.run("results/served/clips.csv", "--config", f"dataset={collection.file}")
        server.shutdown()
    assert status == 0, printed
    assert len(pd.read_csv(project.folder / "results/served/clips.csv")) == 33


# ------------------------------------------------------------------ what published pipelines carry on with


def test_empty_silent_and_very_short_clips_carry_on_and_are_listed(project, tmp_path):
    collection = Collection(tmp_path, "odd-clips")
    collection.write("tone0.wav", np.zeros(0))  # training clip without samples
    collection.write("noise8.wav", np.zeros(0))  # test clip without samples
    collection.write("click1.wav", np.zeros(8000))  # all silence
    collection.write("tone2.wav", 0.5 * np.sin(np.arange(4800)))  # 0.3 s
    collection.write("tone3.wav", 0.5 * np.ones(1))  # one sample
    status, printed = project.run("--config", f"dataset={collection.file}")
    assert status == 0, printed

    results = project.folder / "results/odd-clips"
    problems = pd.read_csv(results / "data_problems.csv").set_index("fname")["problem"]
    assert problems["tone0.wav"] == problems["noise8.wav"] == "empty audio file"
    assert problems["click1.wav"] == "nothing above the silence threshold"
    assert "tone2.wav" not in problems.index
    assert "tone0.wav: empty audio file" in (results / "logs/tabulate_clips.log").read_text()
    for system in ("dorfer-a", "iqbal-vgg13-a"):
        test = pd.read_parquet(results / f"systems/{system}/test.parquet").set_index("fname")
        assert test.loc["noise8.wav"].to_numpy() == pytest.approx([1 / 3] * 3)
        assert set(pd.read_parquet(results / f"systems/{system}/oof.parquet")["fname"]) == {
            r[0] for r in collection.train
        }
    answer = pd.read_csv(project.folder / "results/task2_ensemble.csv")
    assert sorted(answer["fname"]) == sorted(row[0] for row in collection.test)


def test_a_collection_without_flags_counts_as_verified(project, tmp_path):
    """Nothing is left to self-verify, then; the rounds still run, on all clips."""
    collection = Collection(tmp_path, "no-flags")
    collection.dataset["columns"] = {"manually_verified": None, "usage": None}
    collection.train, collection.test = [r[:2] for r in collection.train], [r[:2] for r in collection.test]
    collection.write_tables(("fname", "label"), ("fname", "label"))
    target = "results/no-flags/systems/dorfer-a/rounds.csv"
    status, printed = project.run(target, "--config", f"dataset={collection.file}")
    assert status == 0, printed
    assert len(pd.read_csv(project.folder / target)) == 2
    clips = pd.read_csv(project.folder / "results/no-flags/clips.csv")
    assert (clips["manually_verified"] == 1).all()


@pytest.mark.skipif(not REAL_CLIPS.is_dir(), reason="the real recordings are not beside this checkout (shared/data)")
def test_real_recordings_need_a_dataset_file_only(built, project, tmp_path):
    train = pd.read_csv(REAL_CLIPS / "train.csv")
    file = tmp_path / "real-clips.yaml"
    dataset = {
        "title": "recordings",
        "folder": str(REAL_CLIPS),
        "tables": {
            "train": {"file": "train.csv", "audio": "audio_train"},
            "test": {"file": "test.csv", "audio": "audio_test"},
        },
        "classes": sorted(train["label"].unique()),
        "counts": {"train": 253, "verified": 101, "test": 87},
        "true_labels": "true_labels.csv",
    }
    file.write_text(yaml.safe_dump(dataset))
    demo = {path: digest for path, digest in project.tables().items() if "fsdkaggle2018-demo" in path}
    status, printed = project.run("results/task2_ensemble.csv", "--config", f"dataset={file}")
    assert status == 0, printed
    answer = pd.read_csv(project.folder / "results/task2_ensemble.csv")
    assert len(answer) == 87
    assert set(answer["fname"].map(lambda name: Path(name).suffix)) == {".flac"}
    report = pd.read_csv(project.folder / "results/real-clips/self_verification.csv").dropna(subset="candidates")
    assert (report["candidates"] == 152).all()
    assert report["share_right"].round(4).tolist() == [round(106 / 152, 4)]
    after = {path: digest for path, digest in project.tables().items() if "fsdkaggle2018-demo" in path}
    assert after == demo, "another data set's results stay"
    shutil.rmtree(project.folder / "results/real-clips")
