"""Tagging by a classifier on embeddings: the same as the pipeline does to test clips."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from tests.parts.test_embeddings import written
from tests.tagging.test_tagging import noise
from workflow_scripts.common.errors import UserError
from workflow_scripts.front_ends import extract_features
from workflow_scripts.prediction import predict_stage
from workflow_scripts.tables.clips import Clips, write_clips
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.rounds import Rounds, write_rounds
from workflow_scripts.tagging import pack_tagger
from workflow_scripts.tagging.tagger import Tagger
from workflow_scripts.training import train_model

CLASSES = ["Hiss", "Hum"]
WINDOW, VALUES = 4000, 5
SILENCE = {"name": "trim_ends"}
EMBEDDING = {
    "runtime": {"name": "onnx"},
    "input": {"sample_rate": 16000, "window": WINDOW, "hop": 2000},
    "values": VALUES,
    "pool": None,
}
LEARNERS = {
    "linear": {"name": "classifier", "classifier": {"name": "linear", "C": [0.1, 1.0]}},
    "knn": {"name": "classifier", "classifier": {"name": "nearest_neighbours", "neighbours": [1, 3]}},
}
TRAINING = {
    **{
        "start": "scratch",
        "learn_from": "all",
        "validate_on": "verified",
        "labels": {"name": "given"},
        "unverified_weight": 1.0,
    },
    "checkpoint_selection": {"rule": "best", "metric": "loss", "count": 1},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two classifiers on the embeddings of one network, trained and applied by the rules' stages on two folds."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "weights/own").mkdir(parents=True)
    written(folder / "weights/own/a.onnx", ["batch", WINDOW], WINDOW, VALUES)
    rows = []
    for number in range(16):
        split, rate = ("test", 22050) if number >= 12 else ("train", 16000)
        path, seconds = folder / f"{number}.wav", 0.2 + 0.1 * number
        soundfile.write(path, noise(seconds, rate, number % 2 * 5, 0.3 + number / 50), rate, subtype="FLOAT")
        length = soundfile.info(path).frames / rate
        row = {"fname": path.name, "split": split, "label": CLASSES[number % 2], "seconds": length, "path": str(path)}
        rows.append(dict.fromkeys(Clips.columns, "") | {"manually_verified": 1} | row)
    write_clips(pd.DataFrame(rows), folder / "clips.csv")
    pd.DataFrame({"fname": [f"{number}.wav" for number in range(12)], "fold": np.arange(12) // 2 % 2}).to_csv(
        folder / "folds.csv", index=False
    )
    store = {"frames": folder / "frames.npy", "index": folder / "index.csv"}
    others = {name: folder / f"{name}.csv" for name in ("clips", "segments", "problems")}
    settings = extract_features.Settings(silence=SILENCE, embedding=EMBEDDING)
    weights = [folder / "weights/own/a.onnx"]
    extract_features.main(**others, **store, weights=weights, settings=settings, threads=1)
    for system, learner in LEARNERS.items():
        _train_and_predict(folder, system, learner, store)
    return folder


def _train_and_predict(folder, system, learner, store):
    tables = {name: folder / f"{name}.csv" for name in ("clips", "folds")}
    options = {"threads": 1, "device": "cpu", "deterministic": 0}
    for fold in range(2):
        place = folder / system / f"fold{fold}"
        place.mkdir(parents=True)
        of_training = {"system": system, "stage": "00", "fold": fold, "seed": 1, "pool": [], "crops": None}
        settings = train_model.Settings(
            **of_training, task="multiclass", classes=CLASSES, training=TRAINING, learner=learner
        )
        train_model.main(**tables, **store, **options, folder=place, settings=settings, checkpoint_seconds=0)
    folds = {name: [folder / system / f"fold{fold}/{name}" for fold in range(2)] for name in FILES}
    predict_stage.main(
        **tables,
        **store,
        **options,
        models=folds["model.safetensors"],
        held_out=folds["held_out.parquet"],
        oof=folder / system / "oof.parquet",
        test=folder / system / "test.parquet",
        settings=predict_stage.Settings("multiclass", CLASSES, learner),
    )
    rounds = pd.DataFrame([dict.fromkeys(Rounds.names("multiclass"), 0) | {"chosen": 1}])
    write_rounds(rounds, folder / system / "rounds.csv", "multiclass")


FILES = ("model.safetensors", "held_out.parquet")


def pack(folder):
    systems = [
        {
            "system": system,
            "front_end": {"store": "own", "silence": SILENCE, "embedding": EMBEDDING | {"weights": "own"}},
            **{"learner": learner, "rounds": 1, "folds": 2},
        }
        for system, learner in LEARNERS.items()
    ]
    pack_tagger.main(
        rounds=[folder / system / "rounds.csv" for system in LEARNERS],
        models=[folder / system / f"fold{fold}/model.safetensors" for system in LEARNERS for fold in range(2)],
        stack=[],
        pretrained=[folder / "weights/own/a.onnx"],
        manifest=folder / "tagger.json",
        settings=pack_tagger.Settings(
            **{"ensemble": "mean", "task": "multiclass", "classes": CLASSES},
            fusion="arithmetic-mean",
            systems=systems,
        ),
    )
    return folder / "tagger.json"


def test_sounds_are_tagged_as_the_pipeline_tags_test_clips(folder):
    tagger = Tagger.read(pack(folder), threads=2)
    expected = np.mean([read_predictions(folder / system / "test.parquet") for system in LEARNERS], axis=0)
    found = np.concatenate([tagger.tag(folder / f"{number}.wav") for number in range(12, 16)])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(found, axis=0).min() > 0.1, "the clips differ"


def test_a_test_clip_has_the_mean_of_what_the_models_of_both_folds_say(folder):
    of_linear = read_predictions(folder / "linear/test.parquet")
    assert of_linear.index.tolist() == ["12.wav", "13.wav", "14.wav", "15.wav"]
    held_out = pd.concat([read_predictions(folder / f"linear/fold{fold}/held_out.parquet") for fold in range(2)])
    pd.testing.assert_frame_equal(read_predictions(folder / "linear/oof.parquet").sort_index(), held_out.sort_index())


def test_another_file_of_weights_than_that_of_the_manifest_is_one_line(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    manifest, weights = pack(tmp_path / "run"), tmp_path / "run/weights/own/a.onnx"
    Tagger.read(manifest)
    written(weights, ["batch", WINDOW], WINDOW, VALUES + 1)
    with pytest.raises(UserError) as caught:
        Tagger.read(manifest)
    message = str(caught.value)
    assert message.startswith(f"{weights}: not the file that {manifest} names")
    assert "\n" not in message
    weights.unlink()
    with pytest.raises(UserError, match=r"a\.onnx: no such file"):
        Tagger.read(manifest)
