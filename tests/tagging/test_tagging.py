"""Tagging sounds of one's own: the same as the pipeline does to test clips, whatever the folder holds."""

import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.front_ends import extract_features
from workflow_scripts.fusion import average_systems, stack_systems
from workflow_scripts.prediction import predict_stage
from workflow_scripts.study import requests
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.clips import read_clips, write_clips
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.tables.rounds import Rounds, read_rounds, write_rounds
from workflow_scripts.tagging import models, pack_tagger, tag_sounds, tagger
from workflow_scripts.tagging.cutting import cut
from workflow_scripts.tagging.sounds import sounds_in
from workflow_scripts.tagging.tables import FILE_COLUMNS, write_tags
from workflow_scripts.tagging.tagger import Tagger, windows_of
from workflow_scripts.training.model import Model, build_network

DEMO = "results/fsdkaggle2018-demo"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
CLASSES = ["Bark", "Sea waves", "None", "path"]
SYSTEMS = [
    {
        "system": "crops",
        "front_end": {
            "store": "mel",
            "silence": {"name": "trim_ends"},
            "spectrogram": {"name": "perceptual_mel", "hop": 640, "bands": 128},
        },
        "learner": {
            "name": "network",
            "network": {"name": "vgg_gap", "width": 2, "dropout": 0.0},
            "windows": {"name": "random_crop", "frames": 192, "tiled": 192},
            "aggregation": {"mean": "arithmetic", "renormalise": False},
        },
        "rounds": 2,
        "folds": 2,
    },
    {
        "system": "chunks",
        "front_end": {
            "store": "log",
            "silence": {"name": "split_on_silence"},
            "spectrogram": {"name": "log_mel", "hop": 512, "bands": 64},
        },
        "learner": {
            "name": "network",
            "network": {"name": "vgg13", "width": 2},
            "windows": {"name": "chunks", "length": 32, "least_remainder": 8},
            "aggregation": {"mean": "geometric", "renormalise": False},
        },
        "rounds": 1,
        "folds": 2,
    },
]


def noise(seconds, rate, seed=0, level=0.3):
    """Noise of a colour that depends on the seed, a pause, and noise again."""
    rng = np.random.default_rng(seed)
    kernel = np.exp(-np.arange(20) / (1 + seed))
    sound = np.convolve(rng.normal(size=round(seconds * rate)), kernel / kernel.sum(), "same")
    sound[len(sound) // 3 : len(sound) // 2] = 0
    return (level * sound / np.abs(sound).max()).astype(np.float32)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Test clips of many rates, lengths and formats, with predictions of two systems on them by the rules' stages."""
    return _made(tmp_path_factory.mktemp("clips"), "multiclass")


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """The same where a clip may have several labels."""
    return _made(tmp_path_factory.mktemp("several"), "multilabel")


def _made(folder, task):
    made = {"a.wav": (2.0, 44100), "b.flac": (3.1, 8000), "c.ogg": (1.4, 48000), "deep/d.wav": (0.3, 22050)}
    (folder / "sounds/deep").mkdir(parents=True)
    for seed, (name, (seconds, rate)) in enumerate(made.items()):
        samples = noise(seconds, rate, seed)
        if name == "a.wav":
            samples = np.stack([samples, noise(seconds, rate, seed + 10)], axis=1)
        soundfile.write(folder / "sounds" / name, samples, rate)
    table = pd.DataFrame({"fname": list(made), "seconds": [seconds for seconds, _ in made.values()]})
    table["path"] = [str(folder / "sounds" / name) for name in made]
    constants = {"split": "test", "label": "Bark", "manually_verified": 1}
    constants |= dict.fromkeys(["usage", "subsets", "group", "fold", "md5"], "")
    training = [f"{number:02}" for number in range(40)]
    others = pd.DataFrame({"fname": training, "seconds": 1.0, "path": "none"}).assign(**constants | {"split": "train"})
    labels = CLASSES if task == "multiclass" else [*CLASSES, ",".join(CLASSES[:2])]
    others["label"] = np.resize(labels, 40)
    write_clips(pd.concat([others, table.assign(**constants)]), folder / "clips.csv")
    write_clips(table.assign(**constants), folder / "tested.csv")
    pd.DataFrame({"fname": training, "fold": np.arange(40) % 2}).to_csv(folder / "folds.csv", index=False)
    for number, system in enumerate(SYSTEMS):
        _predict(folder, system, training, np.random.default_rng(number), task)
    return folder


def _predict(folder, system, training, rng, task):
    """Random models in all rounds; the rules' stages predict the test clips with those of the last one."""
    home = folder / system["system"]
    home.mkdir()
    front_end = system["front_end"]
    store = {"frames": home / "frames.npy", "index": home / "index.csv"}
    found = {"segments": home / "segments.csv", "problems": home / "problems.csv"}
    settings = extract_features.Settings(front_end["silence"], front_end["spectrogram"])
    extract_features.main(clips=folder / "tested.csv", **found, **store, settings=settings, threads=1)
    for seed, path in enumerate(model_files(folder, system)):
        torch.manual_seed(seed)
        network = system["learner"]["network"]
        weights = [_random_weights(network) for _ in range(2)]
        Model(network, len(CLASSES), [3, 4], weights).write(path)
    probabilities = rng.dirichlet(np.ones(4), 40) * 0.5 + 0.5 * np.eye(4)[np.arange(40) % 4]
    held_out = [home / f"held_out{fold}.parquet" for fold in range(2)]
    for fold, path in enumerate(held_out):
        write_predictions(prediction_table(training[fold::2], probabilities[fold::2], CLASSES), path)
    predict_stage.main(
        clips=folder / "clips.csv",
        folds=folder / "folds.csv",
        **store,
        models=model_files(folder, system)[-2:],
        held_out=held_out,
        oof=home / "oof.parquet",
        test=home / "test.parquet",
        settings=predict_stage.Settings(task, CLASSES, system["learner"]),
        threads=1,
        device="cpu",
        deterministic=0,
    )
    rounds = pd.DataFrame(dict.fromkeys(Rounds.names(task), 0), range(system["rounds"])).assign(
        round=range(system["rounds"])
    )
    rounds.loc[rounds.index[-1], "chosen"] = 1
    write_rounds(rounds, home / "rounds.csv", task)


def _random_weights(network):
    """Of a network that says different things of different sounds."""
    weights = build_network(network, len(CLASSES), torch.device("cpu")).state_dict()
    return weights | {"0.deviation": torch.tensor({"vgg_gap": 0.1, "vgg13": 3.0}[network["name"]])}


def model_files(folder, system):
    home = folder / system["system"]
    return [home / f"round{r}fold{f}.safetensors" for r in range(system["rounds"]) for f in range(system["folds"])]


def fused(folder, fusion, task="multiclass"):
    """What the rules' stages make of the two systems' predictions; the stack's file."""
    tables = {kind: [folder / system["system"] / f"{kind}.parquet" for system in SYSTEMS] for kind in ("oof", "test")}
    out = {kind: folder / f"{fusion}.{kind}.parquet" for kind in ("oof", "test")}
    names = [system["system"] for system in SYSTEMS]
    if fusion == "stack":
        stack_systems.main(
            clips=folder / "clips.csv",
            folds=folder / "folds.csv",
            **tables,
            labels=[],
            stack_oof=out["oof"],
            stack_test=out["test"],
            weights=folder / "weights.csv",
            stack=folder / "stack.safetensors",
            settings=stack_systems.Settings(task=task, systems=names, classes=CLASSES, C=1.0, unverified_weight=1.0),
        )
    else:
        settings = average_systems.Settings(task=task, classes=CLASSES, fusion=fusion)
        average_systems.main(
            clips=folder / "clips.csv", **tables, mean_oof=out["oof"], mean_test=out["test"], settings=settings
        )
    return read_predictions(out["test"])


def pack(folder, fusion="stack", task="multiclass"):
    manifest = folder / f"{fusion}.json"
    pack_tagger.main(
        rounds=[folder / system["system"] / "rounds.csv" for system in SYSTEMS],
        models=[path for system in SYSTEMS for path in model_files(folder, system)],
        stack=[folder / "stack.safetensors"] if fusion == "stack" else [],
        manifest=manifest,
        settings=pack_tagger.Settings(task=task, classes=CLASSES, ensemble="mine", fusion=fusion, systems=SYSTEMS),
    )
    return manifest


@pytest.fixture(scope="module")
def packed(clips):
    fused(clips, "stack")
    return pack(clips)


def tag(manifest, sounds, folder, window_seconds=30, hop_seconds=15):
    """Run the stage; return the two tables."""
    files = {"files": folder / "tags.csv", "windows": folder / "tags.windows.csv"}
    settings = tag_sounds.Settings(str(sounds), window_seconds=window_seconds, hop_seconds=hop_seconds)
    tag_sounds.main(manifest=manifest, **files, settings=settings, threads=1, device="cpu", deterministic=0)
    return [pd.read_csv(path, keep_default_na=False, na_values={"seconds": ""}) for path in files.values()]


def probabilities(table, classes=CLASSES):
    return table[[f"p:{name}" for name in classes]].to_numpy(float)


# ---------------------------------------------------------------- as the pipeline


@pytest.mark.parametrize("fusion", ["stack", "arithmetic-mean", "geometric-mean"])
def test_sounds_are_tagged_as_the_pipeline_tags_test_clips(clips, tmp_path, fusion):
    expected = fused(clips, fusion)
    files, _ = tag(pack(clips, fusion), clips / "sounds", tmp_path)
    assert files["path"].tolist() == sorted(expected.index)
    np.testing.assert_allclose(probabilities(files), expected.loc[files["path"], CLASSES], atol=1e-5)
    assert np.ptp(expected.to_numpy(), axis=0).max() > 0.01, "the clips differ"


@pytest.mark.parametrize("fusion", ["stack", "arithmetic-mean", "geometric-mean"])
def test_any_number_of_labels_is_told_as_by_the_pipeline(several, tmp_path, fusion):
    expected = fused(several, fusion, "multilabel")
    files, _ = tag(pack(several, fusion, "multilabel"), several / "sounds", tmp_path)
    np.testing.assert_allclose(probabilities(files), expected.loc[files["path"], CLASSES], atol=1e-5)
    assert np.ptp(expected.sum(axis=1)) > 0.01, "classes do not exclude each other"


def test_the_python_function_says_the_same_as_the_rule(clips, packed, tmp_path):
    files, _ = tag(packed, clips / "sounds", tmp_path)
    of_function = Tagger.read(packed).tag(clips / "sounds/c.ogg")
    assert of_function.columns.tolist() == CLASSES
    assert of_function.index.tolist() == [(0, 1.4)]
    by_path = files.set_index("path")
    np.testing.assert_allclose(probabilities(by_path.loc[["c.ogg"]]), of_function.to_numpy(), atol=1e-6)


def test_samples_are_tagged_like_the_file_they_come_from(clips, packed):
    tagger = Tagger.read(packed)
    for name in ("a.wav", "b.flac"):
        samples, rate = soundfile.read(clips / "sounds" / name)
        pd.testing.assert_frame_equal(tagger.tag(samples, rate), tagger.tag(clips / "sounds" / name))


def test_channels_are_averaged(packed):
    tagger = Tagger.read(packed)
    left, right = noise(1, 16000, 1), noise(1, 16000, 2)
    stereo = tagger.tag(np.stack([left, right], axis=1), 16000)
    np.testing.assert_allclose(stereo, tagger.tag((left + right) / 2, 16000), atol=1e-5)
    assert np.abs(stereo.to_numpy() - tagger.tag(left, 16000).to_numpy()).max() > 1e-3


def test_a_long_file_has_the_tags_of_its_parts(packed, tmp_path):
    sound = np.concatenate([noise(1.2, 16000, seed) for seed in range(4)])  # 4.8 s
    soundfile.write(tmp_path / "long.wav", sound, 16000, subtype="FLOAT")
    files, windows = tag(packed, tmp_path, tmp_path, window_seconds=2, hop_seconds=1)
    assert windows[["start", "end"]].to_numpy().tolist() == [[0, 2], [1, 3], [2, 4], [2.8, 4.8]]
    assert windows["window"].tolist() == [0, 1, 2, 3]
    tagger = Tagger.read(packed)
    bounds = (16000 * windows[["start", "end"]]).round().astype(int).to_numpy()
    parts = [tagger.tag(sound[start:end], 16000) for start, end in bounds]
    np.testing.assert_allclose(probabilities(windows), np.concatenate(parts), atol=1e-5)
    np.testing.assert_allclose(probabilities(files)[0], np.concatenate(parts).mean(axis=0), atol=1e-5)
    assert np.ptp(probabilities(windows), axis=0).max() > 0.01, "the parts differ"
    assert files[["seconds", "windows"]].to_numpy().tolist() == [[4.8, 4]]
    best = np.argsort(-probabilities(files)[0])
    assert [files[f"tag_{rank}"][0] for rank in (1, 2, 3)] == [CLASSES[index] for index in best[:3]]
    assert [files[f"probability_{rank}"][0] for rank in (1, 2, 3)] == probabilities(files)[0][best[:3]].tolist()


def test_neither_batches_nor_threads_nor_room_for_models_make_a_difference(clips, packed, tmp_path, monkeypatch):
    one, _ = tag(packed, clips / "sounds", tmp_path)
    monkeypatch.setattr(tagger, "BATCH_SECONDS", 1)
    monkeypatch.setattr(models, "KEPT_BYTES", 0)
    other = Tagger.read(packed, threads=3)
    for name, row in zip(one["path"], probabilities(one), strict=True):
        np.testing.assert_allclose(other.tag(clips / "sounds" / name, window_seconds=30).to_numpy()[0], row, atol=1e-5)


def test_the_same_bytes_come_out_again(clips, packed, tmp_path):
    tag(packed, clips / "sounds", tmp_path)
    first = (tmp_path / "tags.csv").read_bytes(), (tmp_path / "tags.windows.csv").read_bytes()
    tag(packed, clips / "sounds", tmp_path)
    assert first == ((tmp_path / "tags.csv").read_bytes(), (tmp_path / "tags.windows.csv").read_bytes())


# ---------------------------------------------------------------- windows


@given(st.lists(st.integers(1, 40), max_size=8), st.integers(1, 50), st.data())
def test_windows_cover_a_sound_and_the_last_one_ends_with_it(lengths, window, data):
    hop = data.draw(st.integers(1, window))
    sound = np.arange(sum(lengths), dtype=np.float32)
    found = list(cut(np.split(sound, np.cumsum(lengths)[:-1]) if lengths else [], window, hop))
    starts = [start for start, _ in found]
    for start, samples in found:
        np.testing.assert_array_equal(samples, sound[start : start + window])
    assert all(len(samples) == min(window, len(sound)) for _, samples in found)
    covered = {sample for start, samples in found for sample in range(start, start + len(samples))}
    assert covered == set(range(len(sound)))
    assert starts[:-1] == [number * hop for number in range(len(starts) - 1)]
    assert all(0 < step <= hop for step in np.diff(starts))


def test_windows_begin_every_half_of_one_where_no_hop_is_named(working_folder):
    found = windows_of(np.zeros(50), rate=100, window_seconds=0.2)
    assert [bounds for bounds, _, _ in found] == [(0, 0.2), (0.1, 0.3), (0.2, 0.4), (0.3, 0.5)]
    tagging = {"mine": {"sounds": str(working_folder / "sounds"), "window_seconds": 4}}
    plan, wildcards = planned("", tagging=tagging)
    assert json.loads(plan.tagging.tag_sounds(wildcards))["hop_seconds"] == 2


def test_few_samples_of_an_hour_are_in_memory():
    taken = 0

    def hour():
        nonlocal taken
        for _ in range(3600):
            taken += 1
            yield np.zeros(100, np.float32)

    ahead = [taken - start / 100 for start, _ in cut(hour(), 3000, 1500)]
    assert max(ahead) <= 46, "seconds: a window, a hop and a block"


# ---------------------------------------------------------------- what a folder holds


@pytest.fixture
def mess(tmp_path):
    """A folder with all that can be wrong, one good file, and what is no sound."""
    folder = tmp_path / "mess"
    (folder / "sub").mkdir(parents=True)
    sound = noise(1, 16000)
    soundfile.write(folder / "sub/good.WAV", sound, 16000)
    soundfile.write(folder / "silent.wav", np.zeros(16000), 16000)
    soundfile.write(folder / "no-samples.wav", np.zeros(0), 16000)
    (folder / "no-bytes.mp3").touch()
    (folder / "text.wav").write_text("this is no sound\n" * 100)
    (folder / "cut.flac").write_bytes(_bytes_of(sound, folder / "whole.flac")[:4000])
    (folder / "cut.wav").write_bytes((folder / "sub/good.WAV").read_bytes()[:9000])
    (folder / "gone.wav").symlink_to(folder / "nowhere")
    soundfile.write(folder / "slow.wav", np.ones(100) / 2, 20)
    (folder / "notes.txt").write_text("notes")
    (folder / "table.csv").write_text("fname\n")
    return folder


def _bytes_of(sound, path):
    soundfile.write(path, sound, 16000)
    content = path.read_bytes()
    path.unlink()
    return content


def test_bad_files_are_listed_and_stop_nothing(packed, mess, tmp_path, capsys):
    files, windows = tag(packed, mess, tmp_path)
    states = files.set_index("path")["state"].to_dict()
    assert states == {
        **{"sub/good.WAV": "ok", "silent.wav": "silent", "no-samples.wav": "empty", "no-bytes.mp3": "empty"},
        **{"text.wav": "unreadable", "cut.flac": "unreadable", "cut.wav": "unreadable", "slow.wav": "unreadable"},
        **{"gone.wav": "missing"},
    }
    ok = files["state"] == "ok"
    assert (files.loc[~ok, "message"] != "").all() and (files.loc[ok, "message"] == "").all()
    untold = files.loc[~ok].drop(columns=["path", "state", "message", "seconds", "windows"])
    assert (untold == "").all(axis=None), "nothing is said of what was not heard"
    assert windows["path"].tolist() == ["silent.wav", "sub/good.WAV"]
    printed = capsys.readouterr().out
    assert "Tagging 9 files" in printed and "on CPU" in printed
    assert "1 files tagged" in printed and "4 unreadable" in printed and "1 missing" in printed


def test_what_is_unusual_or_left_out_is_told_by_name(packed, tmp_path, capsys):
    folder = tmp_path / "sounds"
    folder.mkdir()
    sound = noise(1, 16000)
    for name, samples in {"absurd": 1e20 * sound, "integers": 32768 * sound, "good": sound}.items():
        soundfile.write(folder / f"{name}.wav", samples, 16000, subtype="FLOAT")
    soundfile.write(folder / "opposite.wav", np.stack([sound, -sound], 1), 16000, subtype="FLOAT")
    (folder / "phone.m4a").write_bytes(b"\0\0\0\x1cftypM4A " + bytes(100))
    for number in range(22):
        (folder / f"note{number:02}.txt").touch()
    files, _ = tag(packed, folder, tmp_path)
    files = files.set_index("path")
    states = {"absurd": "unreadable", "good": "ok", "integers": "unreadable", "opposite": "ok"}
    assert files["state"].to_dict() == {f"{name}.wav": state for name, state in states.items()} | {
        "phone.m4a": "unreadable"
    }
    assert f"{folder / 'absurd.wav'}: its peak is 3e+19 times full scale" in files["message"]["absurd.wav"]
    assert "integers stored as floats; divide them by 32768" in files["message"]["integers.wav"]
    assert files["message"]["opposite.wav"] == "its channels cancel each other; channel 1, the loudest, is used alone"
    np.testing.assert_array_equal(*probabilities(files.loc[["good.wav", "opposite.wav"]]))
    assert f"convert it: cd {folder} && ffmpeg -i phone.m4a -vn phone.flac" in files["message"]["phone.m4a"]
    printed = capsys.readouterr().out
    assert (
        "22 files in" in printed and "are left out, their suffix is not one of audio: note00.txt, note01.txt" in printed
    )
    assert "note19.txt and 2 more" in printed


def test_a_sound_that_is_named_for_a_list_is_one_line(tmp_path):
    soundfile.write(tmp_path / "x.flac", noise(1, 16000), 16000)
    with pytest.raises(
        UserError, match=r"x.flac: cannot be read as a list, its name is that of a sound; name a folder"
    ):
        sounds_in(tmp_path / "x.flac")


def test_samples_that_can_be_no_sound_are_one_line(packed):
    with pytest.raises(UserError, match=r"samples: their peak is 12,000; give floats within -1..1"):
        Tagger.read(packed).tag(np.full(100, 12000.0), 16000)


def test_of_samples_whose_channels_cancel_the_loudest_is_tagged(packed):
    sound = noise(1, 16000)
    tagger = Tagger.read(packed)
    np.testing.assert_array_equal(tagger.tag(np.stack([sound, -sound], 1), 16000), tagger.tag(sound, 16000))


def test_what_was_heard_of_a_long_file_before_its_end_was_missing_does_not_count(packed, mess, tmp_path):
    heard = windows_of(mess / "cut.wav", window_seconds=0.1)
    assert next(heard)[0] == (0, 0.1), "it begins well"
    files, windows = tag(packed, mess, tmp_path, window_seconds=0.1, hop_seconds=0.1)
    cut_short = files.set_index("path").loc["cut.wav"]
    assert (cut_short["state"], cut_short["windows"]) == ("unreadable", 0)
    assert set(windows["path"]) == {"silent.wav", "sub/good.WAV"}


def test_a_pause_of_digital_silence_in_a_file_does_not_count(packed, tmp_path):
    sound = noise(1, 16000, 3)
    soundfile.write(tmp_path / "pause.wav", np.concatenate([sound, np.zeros(16000)]), 16000, subtype="FLOAT")
    files, windows = tag(packed, tmp_path, tmp_path, window_seconds=1, hop_seconds=1)
    assert windows["tag_1"].tolist()[1] == "" and windows["tag_1"][0] != ""
    np.testing.assert_allclose(probabilities(files), Tagger.read(packed).tag(sound, 16000).to_numpy(), atol=1e-5)
    assert files["state"].tolist() == ["ok"] and files["windows"].tolist() == [2]


def test_where_nothing_can_be_tagged_the_tables_are_written_and_it_is_said(packed, tmp_path, capsys):
    (tmp_path / "sounds").mkdir()
    files, windows = tag(packed, tmp_path / "sounds", tmp_path)
    assert len(files) == len(windows) == 0
    assert files.columns[:6].tolist() == [*FILE_COLUMNS, "tag_1"] and files.columns[-1] == "p:path"
    assert "No file could be tagged" in capsys.readouterr().out


def test_every_line_of_a_list_is_taken(packed, clips, mess, tmp_path):
    (mess / "list.txt").write_text(f"sub/good.WAV\r\n\nnotes.txt\nnot there.wav\n{clips}/sounds/b.flac\n")
    files, _ = tag(packed, mess / "list.txt", tmp_path)
    assert files["path"].tolist() == ["sub/good.WAV", "notes.txt", "not there.wav", f"{clips}/sounds/b.flac"]
    assert files["state"].tolist() == ["ok", "unreadable", "missing", "ok"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", 'fname,label\n"a, b.wav",Bark\nc.wav,Meow\n'),
        ("list.CSV", '\ufefflabel,path\nBark,"a, b.wav"\nMeow,c.wav\n'),
        ("list.tsv", "label\tpath\nBark\ta, b.wav\nMeow\tc.wav\n"),
        ("list.TSV", "\ufefffname\r\na, b.wav\r\nc.wav\r\n"),
        ("list.txt", "\ufeffa, b.wav\nc.wav"),
        ("list", "\na, b.wav\r\nc.wav\r\n\r\n"),
    ],
)
def test_lists_are_lines_or_a_csv(tmp_path, name, content):
    (tmp_path / name).write_bytes(content.encode())
    assert sounds_in(tmp_path / name) == [("a, b.wav", tmp_path / "a, b.wav"), ("c.wav", tmp_path / "c.wav")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("list.csv", b"file\na.wav\n", "list.csv: has the columns file; it needs one of path or fname"),
        ("list.csv", b"", "list.csv: has the columns ; it needs"),
        ("list.csv", b"fname,label\na.wav\n", "list.csv, row 2: not as many fields"),
        ("sound.wav", b"RIFF\xff\xfe", "sound.wav: cannot be read .* name a folder"),
    ],
)
def test_a_list_that_is_none_is_one_line(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=said):
        sounds_in(tmp_path / name)


def test_a_folder_that_is_missing_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"nowhere: No such file or directory; correct `sounds` under `tagging`"):
        sounds_in(tmp_path / "nowhere")


def test_a_file_name_that_is_no_utf8_is_written_all_the_same(packed, tmp_path):
    (tmp_path / "sounds").mkdir()
    soundfile.write(tmp_path / "sounds/a.wav", noise(1, 16000), 16000)
    (tmp_path / "sounds/a.wav").rename(tmp_path / "sounds" / os.fsdecode(b"b\xff.wav"))
    (tmp_path / "sounds" / os.fsdecode(b"c\xfe.wav")).write_text("this is no sound")
    files, _ = tag(packed, tmp_path / "sounds", tmp_path)
    assert files[["path", "state"]].to_numpy().tolist() == [["b\\xff.wav", "ok"], ["c\\xfe.wav", "unreadable"]]
    assert "c\\xfe.wav: cannot be decoded" in files["message"][1]


@pytest.mark.parametrize("classes", [["path", "tag_1", "p:path", "None"], ["Bark", "Meow"], ["Bark"]])
def test_any_class_names_and_numbers_fit_the_table(tmp_path, classes):
    rows = [{"path": "a", "state": "ok", "message": "", "seconds": 1.0, "windows": 1}]
    values = np.arange(1, len(classes) + 1) / 20
    write_tags(rows, FILE_COLUMNS, [values], classes, tmp_path / "tags.csv")
    table = pd.read_csv(tmp_path / "tags.csv", keep_default_na=False)
    assert not table.columns.duplicated().any()
    np.testing.assert_allclose(probabilities(table, classes)[0], values)
    best = [*classes[::-1], "", ""][:3]
    assert [table[f"tag_{rank}"][0] for rank in (1, 2, 3)] == best


# ---------------------------------------------------------------- mistakes


@pytest.fixture
def moved(clips, packed, tmp_path):
    """A copy of the tagger and its files elsewhere."""
    shutil.copytree(clips, tmp_path / "moved")
    return tmp_path / "moved" / packed.name


def test_a_tagger_can_be_moved_with_its_files(clips, packed, moved):
    sound = clips / "sounds/b.flac"
    pd.testing.assert_frame_equal(Tagger.read(moved).tag(sound), Tagger.read(packed).tag(sound))


@pytest.mark.parametrize(
    ("file", "other"),
    [
        ("crops/round1fold0.safetensors", "crops/round0fold0.safetensors"),
        ("chunks/round0fold1.safetensors", "chunks/round0fold0.safetensors"),
        ("stack.safetensors", "other.safetensors"),
    ],
)
def test_files_of_different_runs_are_never_mixed(moved, file, other):
    folder = moved.parent
    if file == "stack.safetensors":
        manifest = json.loads(moved.read_text())
        manifest["stack"]["md5"] = "0" * 32
        moved.write_text(json.dumps(manifest))
    else:
        shutil.copy(folder / other, folder / file)
    with pytest.raises(UserError, match=rf"^\S+{file}: not the file that \S+json names; make the manifest anew.*$"):
        Tagger.read(moved)


def test_a_model_that_is_missing_or_damaged_is_named(moved):
    path = moved.parent / "crops/round1fold1.safetensors"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(UserError, match=r"round1fold1.safetensors: no such file"):
        Tagger.read(moved)
    path.write_bytes(content[:-1])
    with pytest.raises(DamagedError, match=r"round1fold1.safetensors: not a readable model"):
        Tagger.read(moved)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"classes": [], "systems": 3}'])
def test_a_damaged_manifest_is_named(tmp_path, content):
    (tmp_path / "tagger.json").write_text(content)
    with pytest.raises(DamagedError, match=r"tagger.json: not a tagger's manifest"):
        Tagger.read(tmp_path / "tagger.json")


def test_a_table_without_one_chosen_round_is_refused(clips, packed, moved):
    rounds = moved.parent / "crops/rounds.csv"
    write_rounds(read_rounds(rounds).assign(chosen=1), rounds)
    with pytest.raises(DamagedError, match=r"rounds.csv: the chosen rounds are \[0, 1\], not one of 2"):
        pack(moved.parent)


@pytest.mark.parametrize(
    "arguments",
    [
        {"sound": np.zeros(100)},
        {"sound": np.zeros(100, np.int16), "rate": 16000},
        {"sound": np.zeros((10, 2, 2)), "rate": 16000},
        {"sound": np.array([0.1, np.nan]), "rate": 16000},
        {"sound": np.ones(100), "rate": 10},
        {"sound": np.ones(100), "rate": 16000, "hop_seconds": 31},
        {"sound": np.ones(100), "rate": 16000, "window_seconds": 0},
    ],
)
def test_what_is_no_sound_is_refused(packed, arguments):
    with pytest.raises(UserError):
        Tagger.read(packed).tag(**arguments)


def test_no_samples_have_no_tags_and_silence_none_either(packed):
    tagger = Tagger.read(packed)
    assert tagger.tag(np.zeros(0), 16000).shape == (0, 4)
    assert tagger.tag(np.zeros((0, 2)), 16000).shape == (0, 4)
    assert np.isnan(tagger.tag(np.zeros(100), 16000)).all(axis=None)


# ---------------------------------------------------------------- the plan


@pytest.mark.parametrize(
    ("tagging", "said"),
    [
        ({"a": {}}, r"tagging.a: 'sounds' is a required property"),
        ({"a": {"sound": "/x"}}, r"tagging.a: .*'sound' was unexpected"),
        ({"a": {"sounds": "/x", "window": 3}}, r"tagging.a: .*'window' was unexpected"),
        ({"a": {"sounds": "/x", "window_seconds": "3"}}, r"tagging.a.window_seconds: '3' is not of type 'number'"),
        ({"a": {"sounds": "/x", "hop_seconds": 0}}, r"tagging.a.hop_seconds: 0 is less than"),
        ({"a": {"sounds": "/x", "window_seconds": 5, "hop_seconds": 6}}, r"tagging.a: hop_seconds is 6, longer"),
        ({"a/b": {"sounds": "/x"}}, r"tagging: 'a/b' does not match"),
        ({"a.windows": {"sounds": "/x"}}, r"tagging: 'a.windows' does not match"),
        ({2018: {"sounds": "/x"}}, r"tagging: 2018 is not of type 'string'"),
        (None, r"tagging: None is not of type 'object'"),
    ],
)
def test_typos_are_one_line(tagging, said):
    with pytest.raises(UserError, match=f"config.yaml: {said}"):
        Plan(CONFIG | {"tagging": tagging})


def planned(sounds, name="mine", **changes):
    plan = Plan(CONFIG | {"tagging": {"mine": {"sounds": str(sounds)}}} | changes)
    return plan, SimpleNamespace(dataset="fsdkaggle2018-demo", name=name)


@pytest.fixture
def working_folder(tmp_path, monkeypatch):
    """Where .snakemake remembers what files hold."""
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds/a.wav").write_bytes(b"first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_unknown_name_says_which_there_are(working_folder):
    plan, wildcards = planned(working_folder / "sounds", name="yours")
    for method in (plan.tagging.tag_sounds, lambda w: plan.tagging.minutes(w, 1)):
        with pytest.raises(UserError, match=r"there is no 'yours'; there are mine"):
            method(wildcards)


def test_the_sounds_are_known_by_their_content(working_folder):
    folder = working_folder / "sounds"

    def parameter(place=folder):
        plan, wildcards = planned(place)
        return plan.tagging.tag_sounds(wildcards)

    first = parameter()
    os.utime(folder / "a.wav", (1, 1))
    assert parameter() == first, "an age is no content"
    (folder / "a.wav").write_bytes(b"other")
    second = parameter()
    (folder / "b.wav").write_bytes(b"more")
    third = parameter()
    (folder / "b.wav").rename(folder / "c.wav")
    assert len({first, second, third, parameter()}) == 4


def test_the_sounds_of_a_list_are_known_by_their_content(working_folder):
    (working_folder / "list.txt").write_text("sounds/a.wav\nsounds/b.wav\n")

    def parameter():
        plan, wildcards = planned(working_folder / "list.txt")
        return plan.tagging.tag_sounds(wildcards)

    first = parameter()
    (working_folder / "sounds/a.wav").rename(working_folder / "sounds/b.wav")
    second = parameter()
    (working_folder / "sounds/b.wav").write_bytes(b"other")
    assert len({first, second, parameter()}) == 3


def test_what_is_asked_of_a_cluster_grows_with_the_sounds(working_folder):
    size = 10**7
    for number, name in enumerate(("few", "many")):
        (working_folder / name).mkdir()
        with open(working_folder / name / "a.wav", "wb") as file:
            file.truncate(size * 100**number)
    few, many = (planned(working_folder / name) for name in ("few", "many"))
    minutes = [plan.tagging.minutes(wildcards, 1) for plan, wildcards in (few, many)]
    assert minutes[1] > 10 * minutes[0] - 100
    assert few[0].tagging.megabytes(few[1], 1) <= many[0].tagging.megabytes(many[1], 1)
    # 10 MB of at least 64 kB a second are at most 156 s, or 22.3 clips of 7 s
    files = [working_folder / "few/a.wav", working_folder / "none.wav"]
    assert requests.clips_in(files) == pytest.approx(22.3, abs=0.1)


@pytest.mark.parametrize("answer", ["stack", "geometric-mean"])
def test_the_tagger_is_that_of_the_answer(answer):
    plan, wildcards = planned("/x", answer=answer)
    settings = json.loads(plan.tagging.pack_tagger(wildcards))
    assert [settings[key] for key in ("ensemble", "fusion")] == [answer, answer]
    assert [s["system"] for s in settings["systems"]] == CONFIG["systems"]
    assert len(plan.tagging.tagger_models(wildcards)) == sum(s["rounds"] * s["folds"] for s in settings["systems"])
    assert bool(plan.tagging.tagger_stack(wildcards)) == (answer == "stack")


def test_another_answer_or_stack_packs_anew(working_folder):
    """The stage that tags follows by its input."""
    stack = CONFIG["stack"]

    def parameters(**changes):
        plan, wildcards = planned("sounds", **changes)
        return plan.fusion.stack_systems(
            SimpleNamespace(**vars(wildcards), ensemble="stack")
        ), plan.tagging.pack_tagger(wildcards)

    of_stack, of_packing = parameters()
    assert parameters(seed=CONFIG["seed"], stack=dict(stack)) == (of_stack, of_packing)
    assert parameters(answer="geometric-mean")[1] != of_packing
    assert parameters(stack=stack | {"C": 2.0})[0] != of_stack


# ---------------------------------------------------------------- the real Snakemake


@pytest.fixture(scope="module")
def tagged(built, tmp_path_factory):
    """The project after its test clips were tagged as a folder of somebody's own."""
    project = built.copy(tmp_path_factory.mktemp("tagged") / "project")
    project.sounds = project.folder / "mine"
    project.sounds.mkdir()
    for row in read_clips(project.folder / DEMO / "clips.csv", "test").itertuples():
        shutil.copyfile(project.folder / row.path, project.sounds / row.fname)
    project.write_config(project.config() | {"tagging": {"mine": {"sounds": str(project.sounds)}}})
    status, project.printed = project.run(f"{DEMO}/tags/mine.csv")
    assert status == 0, project.printed
    return project


def test_the_test_clips_are_tagged_as_in_the_answer(tagged):
    expected = read_predictions(tagged.folder / DEMO / "ensemble/stack/test.parquet")
    files = pd.read_csv(tagged.folder / DEMO / "tags/mine.csv", keep_default_na=False).set_index("path")
    assert (files["state"] == "ok").all() and len(files) == len(expected)
    np.testing.assert_allclose(probabilities(files, expected.columns), expected.loc[files.index], atol=1e-5)
    of_function = Tagger.read(tagged.folder / DEMO / "tagger.json").tag(tagged.sounds / files.index[0])
    np.testing.assert_allclose(of_function.to_numpy()[0], expected.loc[files.index[0]], atol=1e-5)
    assert "Tagging 120 files" in tagged.printed


def test_only_what_concerns_the_sounds_tags_them_again(tagged, tmp_path):
    shutil.copyfile(next(tagged.sounds.iterdir()), tagged.sounds / "new.wav")
    try:
        assert tagged.planned(f"{DEMO}/tags/mine.csv") == {"tag_sounds": 1}
    finally:
        (tagged.sounds / "new.wav").unlink()
    assert tagged.planned(f"{DEMO}/tags/mine.csv") == {}
