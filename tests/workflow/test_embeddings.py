"""A classifier on the embeddings of a small network, on a collection of one's own: from the weights to the tags."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import yaml

from tests import warm
from tests.collection import CLASSES, Collection, sound
from tests.parts.test_embeddings import written
from tests.project import Project
from workflow_scripts.parts.spectrograms import log_mel
from workflow_scripts.tables.label_audit import read_audit
from workflow_scripts.tables.models import read_model
from workflow_scripts.tables.near_duplicates import read_near_duplicates
from workflow_scripts.tables.noise_policies import read_noise_policies
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.scores import read_scores

SYSTEM = "own-linear"
WINDOW, LOG_MEL = 4800, {"hop": 320, "bands": 24}
VALUES = 32
ANSWER = ["results/task2_ensemble.csv", "results/mine/tags/all.csv", "results/mine/near_duplicates.csv"]


def weights_of(folder):
    """Write an ONNX model that takes spectrograms; return what weights/ is to say of it."""
    frames, bands = log_mel.spectrogram(np.zeros(WINDOW, np.float32), 16000, **LOG_MEL).shape
    path = written(folder / "own.onnx", ["batch", 1, frames, bands], frames * bands, VALUES)
    return {
        **dict.fromkeys(["title", "paper", "licence", "trained_on", "overlap"], "nothing"),
        **{"parameters": frames * bands * VALUES, "file": "own.onnx", "bytes": path.stat().st_size},
        **{"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "mirrors": [str(path)]},
        **{"runtime": {"name": "onnx", "output": "vector"}, "values": VALUES},
        "input": {
            **{"sample_rate": 16000, "window": WINDOW, "hop": WINDOW // 2},
            "spectrogram": {"name": "log_mel", **LOG_MEL},
        },
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embeddings")
    mine = Collection(folder, clips_per_class=6, tests_per_class=2)
    mine.write("copy.wav", sound("Noise", 0))
    mine.test.append(["copy.wav", "Tone", "Public"])
    mine.write_tables()
    project = Project(folder / "project")
    recipe = {
        **{"like": "yamnet-linear", "folds": 2},
        "front_end": {"store": "own-pooled", "embedding": {"weights": "own", "pool": ["mean", "max"]}},
        "classifier": {"C": [0.01, 0.1]},
        "stages": {"self_verification": {"repeat": 1}},
    }
    (project.folder / f"systems/{SYSTEM}.yaml").write_text(yaml.safe_dump(recipe))
    (project.folder / "weights/own.yaml").write_text(yaml.safe_dump(weights_of(folder)))
    config = project.config() | {"dataset": str(mine.file), "systems": [SYSTEM]}
    config["tagging"] = {"all": {"sounds": str(mine.folder / "audio")}}
    config["baseline"]["front_end_of"] = SYSTEM
    project.write_config(config)
    status, printed = warm.run(project, *ANSWER)
    assert status == 0, printed
    return project


def test_the_answer_and_the_scores_are_those_of_a_pretrained_system(finished):
    answer = pd.read_csv(finished.folder / "results/task2_ensemble.csv").set_index("fname")
    assert len(answer) == 7
    scores = read_scores(finished.folder / "results/mine/scores.csv")
    assert scores.loc[(SYSTEM, "all", "accuracy"), "value"] > 0.7, "clicks, noise and tones are told apart"
    pretrained = scores.reset_index().groupby("system")["pretrained"].unique().map(list)
    assert pretrained.pop("most-frequent") == [""]
    assert pretrained.map(lambda names: names == ["own"]).all()
    assert f"{SYSTEM} (pretrained)" in (finished.folder / "results/mine/scores.html").read_text()


def test_all_unverified_clips_are_audited_and_self_verification_has_read_them(finished):
    audit = read_audit(finished.folder / "results/mine/label_audit.csv", [SYSTEM])
    assert len(audit) == 18
    assert set(audit["manually_verified"]) == {0, 1}
    arrays, description = read_model(
        finished.folder / f"results/mine/systems/{SYSTEM}/stage01/fold1/model.safetensors", framework="np"
    )
    assert description["classifier"] == {"name": "linear", "C": [0.01, 0.1]}
    assert arrays["coefficients"].shape == (2 * VALUES, len(CLASSES))


def test_the_test_clips_are_tagged_as_in_the_answer(finished):
    tags = pd.read_csv(finished.folder / "results/mine/tags/all.csv").set_index("path")
    expected = read_predictions(finished.folder / "results/mine/ensemble/stack/test.parquet")
    assert (len(tags), len(expected)) == (25, 7)
    said = tags.loc[expected.index, [f"p:{name}" for name in CLASSES]]
    np.testing.assert_allclose(said, expected[CLASSES], atol=1e-5)


def test_the_same_recording_in_train_and_test_is_found(finished):
    pairs = read_near_duplicates(finished.folder / "results/mine/near_duplicates.csv")
    first = pairs.iloc[0]
    assert (first["fname"], first["other"], first["same_content"]) == ("noise0.wav", "copy.wav", 1)
    assert (first["split"], first["other_split"], first["label"], first["other_label"]) == (
        "train",
        "test",
        "Noise",
        "Tone",
    )


def test_a_second_run_has_nothing_to_do(finished):
    assert finished.planned(*ANSWER) == {}


def test_other_words_about_the_weights_compute_nothing_anew(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    path = project.folder / "weights/own.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"title": "x", "mirrors": ["elsewhere"]}))
    assert project.planned(*ANSWER) == {}


def test_weights_that_are_not_those_of_the_checksum_end_the_run_with_one_line(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    path = project.folder / "weights/own.yaml"
    content = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(content | {"sha256": "0" * 64}))
    assert {"fetch_weights", "extract_features", "train"} <= project.planned(*ANSWER).keys()
    status, printed = warm.run(project, *ANSWER)
    assert status != 0
    (line,) = (line for line in printed.splitlines() if line.startswith("error: own.onnx: no source delivers it"))
    assert f"its sha256 is {content['sha256']}, expected {'0' * 64}" in line
    assert "Traceback" not in printed


@pytest.mark.nightly
def test_label_noise_policies_of_a_classifier_are_compared(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    policies = ["none", "verified-only", "down-weighting", "self-verification", "relabelling"]
    compared = {"system": SYSTEM, "policies": policies, "seeds": [1]}
    project.write_config(project.config() | {"noise_policies": compared})
    status, printed = warm.run(project, "--", "results/mine/noise_policies.csv")
    assert status == 0, printed
    table = read_noise_policies(project.folder / "results/mine/noise_policies.csv")
    assert list(table["policy"].unique()) == policies
    assert table["value"].between(0, 1).all()
