"""What a disk or a crash has done to a result is noticed where it is read, and the same command makes it anew."""

import importlib
import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts.common import stage
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.common.files import set_aside
from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.tables.features import read_features, write_features
from workflow_scripts.tables.folds import read_folds, write_folds
from workflow_scripts.tables.models import read_model, write_model
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.tables.tables import read_table


def damage(path, how):
    """Damage ``path`` behind the file system's back: its time stays."""
    times, whole = path.stat(), path.read_bytes()
    half = len(whole) // 2
    contents = {"zeros": whole[:half] + bytes(64) + whole[half + 64 :], "cut": whole[: half + 1], "empty": b""}
    path.write_bytes(contents[how])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


# ------------------------------------------------------------------ the readers

CLIPS = [f"{number:08x}.wav" for number in range(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("artefacts")
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 9, len(CLIPS))
    parts = ((fname, 0, rng.normal(size=(frames, 4))) for fname, frames in zip(CLIPS, counts, strict=True))
    write_features(parts, folder / "frames.npy", folder / "index.csv")
    write_model(folder / "model.safetensors", {"w": torch.randn(20, 5), "steps": torch.tensor(3)}, {"epochs": [2]})
    probabilities = rng.random((len(CLIPS), 3))
    write_predictions(prediction_table(CLIPS, probabilities, list("abc")), folder / "oof.parquet")
    write_folds(pd.DataFrame({"fname": CLIPS, "fold": rng.integers(0, 4, len(CLIPS))}), folder / "folds.csv")
    return folder


def read(folder, name):
    """Return the content of the artefact ``name`` as something to compare."""
    if name in ("frames.npy", "index.csv"):
        store = read_features(folder / "frames.npy", folder / "index.csv")
        return store.frames.tobytes(), store.index.to_csv()
    if name == "model.safetensors":
        tensors, description = read_model(folder / name)
        return {key: tensor.numpy().tobytes() for key, tensor in tensors.items()}, description
    if name == "oof.parquet":
        return read_predictions(folder / name, CLIPS).to_csv()
    return read_folds(folder / name, CLIPS).tolist()


ARTEFACTS = ["frames.npy", "index.csv", "model.safetensors", "oof.parquet", "folds.csv"]


@pytest.mark.parametrize("name", ARTEFACTS)
@given(st.data())
def test_zeros_or_a_missing_end_are_noticed_or_change_nothing(folder, name, data):
    whole = (folder / name).read_bytes()
    expected = read(folder, name)
    start = data.draw(st.integers(0, len(whole) - 1), label="first damaged byte")
    length = data.draw(st.none() | st.integers(1, len(whole) - start), label="length of the zeros")
    damaged = whole[:start] if length is None else whole[:start] + bytes(length) + whole[start + length :]
    try:
        (folder / name).write_bytes(damaged)
        found = read(folder, name)
    except UserError as error:
        assert str(folder) in str(error) and "\n" not in str(error)
    else:
        assert found == expected
    finally:
        (folder / name).write_bytes(whole)


@pytest.mark.parametrize("name", ARTEFACTS)
@pytest.mark.parametrize("how", ["zeros", "cut", "empty"])
def test_an_empty_file_half_a_file_and_zeros_are_damage(folder, name, how):
    whole = (folder / name).read_bytes()
    try:
        damage(folder / name, how)
        with pytest.raises(DamagedError) as caught:
            read(folder, name)
    finally:
        (folder / name).write_bytes(whole)
    assert caught.value.path == folder / name


@pytest.mark.parametrize("name", ARTEFACTS)
def test_a_file_that_is_not_there_is_not_damaged(folder, name):
    (folder / name).rename(folder / "away")
    try:
        with pytest.raises(UserError, match=f"{name}: no such file") as caught:
            read(folder, name)
    finally:
        (folder / "away").rename(folder / name)
    assert not isinstance(caught.value, DamagedError)


@pytest.mark.parametrize("row", ["b", "b,1,2"])
def test_a_row_with_fields_too_few_or_too_many_is_damage(tmp_path, row):
    (tmp_path / "t.csv").write_text(f"fname,fold\n{row}\n")
    with pytest.raises(DamagedError, match="fields"):
        read_table(tmp_path / "t.csv", {"fname": str, "fold": str})


@pytest.mark.parametrize("text", ["", "fname,label\na,b\n", "fname,true_label\na\n", "fname,true_label\nb,c"])
def test_a_table_of_the_users_is_wrong_but_not_damaged(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(UserError) as caught:
        read_true_labels(tmp_path / "t.csv", ["a"])
    assert not isinstance(caught.value, DamagedError)


# ------------------------------------------------------------------ the stages

STAGE = """
from pathlib import Path
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.common.stage import run

def main(*, folds: Path):
    read_folds(folds, ["a"])

run(main)
"""


@pytest.mark.parametrize(("place", "moved"), [("results/demo/folds.csv", True), ("mine/folds.csv", False)])
def test_a_stage_moves_only_results_aside(tmp_path, place, moved):
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text("fname,fold\na,")
    command = [sys.executable, "-c", STAGE, "--folds", place, "--log", "stage.log"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {place}: not a CSV table (its end is missing)")
    assert done.stderr.count("\n") == 1
    assert path.exists() != moved
    assert path.with_name("folds.csv.damaged").exists() == moved == ("moved aside (*.damaged)" in done.stderr)


def test_what_a_link_into_a_cache_leads_to_is_moved_aside(tmp_path):
    """Snakemake would take it from there again."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/123.csv").write_text("damaged")
    (tmp_path / "folds.csv").symlink_to(tmp_path / "cache/123.csv")
    for _ in range(2):  # another job may have been faster
        set_aside(tmp_path / "folds.csv")
    assert [path.name for path in tmp_path.rglob("*.csv*")] == ["123.csv.damaged"]


# ------------------------------------------------------------------ the real Snakemake

DEMO = "results/fsdkaggle2018-demo"
STORES = f"{DEMO}/features"
ROUND = f"{DEMO}/systems/dorfer-a/stage00"


DAMAGE = [  # file, how it is damaged, the rule that makes it, a file that is made from it
    (f"{DEMO}/clips.csv", "zeros", "tabulate_clips", f"{DEMO}/folds/2.csv"),
    (f"{DEMO}/folds/2.csv", "cut", "make_folds", f"{ROUND}/fold0/held_out.parquet"),
    (
        f"{STORES}/log-mel-a/index.csv",
        "empty",
        "extract_features",
        f"{DEMO}/baselines/random-forest/oof.parquet",
    ),
    (f"{STORES}/perceptual-mel/frames.npy", "zeros", "extract_features", f"{ROUND}/fold0/held_out.parquet"),
    (f"{ROUND}/fold1/model.safetensors", "zeros", "train", f"{ROUND}/oof.parquet"),
    (f"{ROUND}/oof.parquet", "zeros", "predict_stage", f"{DEMO}/systems/dorfer-a/oof.parquet"),
]
BY_COMMAND = [DAMAGE[1][0], DAMAGE[5][0]]  # the others are nightly


@pytest.fixture
def damaged_project(built, tmp_path):
    """Return a function that damages a file in a copy of the project and deletes another; it returns the copy."""

    def damage_in_a_copy(damaged, how, consumer):
        project = built.copy(tmp_path / "project")
        damage(project.folder / damaged, how)
        (project.folder / consumer).unlink()
        return project

    return damage_in_a_copy


@pytest.mark.parametrize(("damaged", "how", "producer", "consumer"), DAMAGE)
def test_the_stage_that_reads_a_damaged_file_names_it(damaged_project, monkeypatch, damaged, how, producer, consumer):
    """In-process, with the arguments of the job; what becomes of the error is tried above."""
    project = damaged_project(damaged, how, consumer)
    status, printed = project.run("--dry-run", "--printshellcmds", consumer)
    assert status == 0, printed
    (command,) = re.findall(r"python -m workflow_scripts\.(.+)", printed)
    module, *arguments = shlex.split(re.sub(r"\$\(dirname (\S+)/\S+\)", r"\1", command))
    main = importlib.import_module(f"workflow_scripts.{module}").main
    arguments = vars(stage._parser(main).parse_args(arguments))
    del arguments["log"]
    monkeypatch.chdir(project.folder)
    with pytest.raises(DamagedError) as caught:
        main(**stage.typed(main, arguments))
    assert str(caught.value.path) == damaged and caught.value.is_result()
    assert str(caught.value).startswith(f"{damaged}: ")

    caught.value.path.unlink()
    (project.folder / consumer).unlink(missing_ok=True)  # as Snakemake does after a failure
    assert producer in project.planned(consumer)


@pytest.mark.parametrize(
    ("damaged", "how", "producer", "consumer"),
    [case if case[0] in BY_COMMAND else pytest.param(*case, marks=pytest.mark.nightly) for case in DAMAGE],
)
def test_the_same_command_makes_a_damaged_file_anew(built, damaged_project, damaged, how, producer, consumer):
    project = damaged_project(damaged, how, consumer)
    path, sound = project.folder / damaged, (built.folder / damaged).read_bytes()

    status, printed = project.run(consumer)
    assert status == 1
    told = {line for line in printed.splitlines() if line.startswith(f"error: {damaged}: ")}
    assert told and all("moved aside (*.damaged); the same command" in line for line in told), printed
    assert "Traceback" not in printed
    assert not path.exists()

    status, printed = project.run(consumer)
    assert status == 0, printed
    assert path.read_bytes() == sound
    assert project.tables() == built.tables()


@pytest.mark.parametrize("how", ["missing", "zeros"])
def test_the_same_command_makes_a_model_anew_that_a_later_stage_goes_on_from(built, tmp_path, how):
    """It is no input of that stage, so Snakemake does not look for it."""
    project = built.copy(tmp_path / "project")
    later = f"{DEMO}/systems/dorfer-a/stage01"
    model, consumer = f"{ROUND}/fold1/model.safetensors", f"{later}/fold1/model.safetensors"
    sound = (project.folder / model).read_bytes()
    if how == "missing":
        (project.folder / model).unlink()
    else:
        damage(project.folder / model, how)
    (project.folder / consumer).unlink()
    assert project.planned(consumer) == {"train": 1}

    status, printed = project.run(consumer)
    assert status == 1
    told = {line for line in printed.splitlines() if line.startswith("error: ")}
    assert len(told) == 1, printed
    assert told.pop().startswith(f"error: {later}/start.csv: {model}, which it names, ")
    assert "Traceback" not in printed
    assert not (project.folder / model).exists()

    status, printed = project.run(consumer)
    assert status == 0, printed
    assert (project.folder / model).read_bytes() == sound
    assert project.tables() == built.tables()


def test_a_file_made_anew_by_itself_spares_what_follows_from_it(built, tmp_path):
    """As the message says: by itself, the same command repeats the training of the models that it starts from, too."""
    frames, tuned = f"{STORES}/perceptual-mel/frames.npy", f"{DEMO}/systems/dorfer-a/stage01/fold0"
    project = built.copy(tmp_path / "project")
    for name in (frames, f"{tuned}/model.safetensors"):
        (project.folder / name).unlink()
    status, printed = project.run(frames)
    assert status == 0, printed
    assert project.planned(f"{tuned}/model.safetensors") == {"train": 1}
