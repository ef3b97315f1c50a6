"""Pretrained weights: what their files say, and one clear line where they are wrong."""

import hashlib
import json
import shutil
from types import SimpleNamespace

import pytest
import yaml

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.data import fetch_archive
from workflow_scripts.study import weights
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.weights import WEIGHTS, checksum, read_weights, weights_file

YAMNET = yaml.safe_load((WEIGHTS / "yamnet.yaml").read_text())
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SHA256 = "f7846f55cf23e14eebeab5b4e1550cad5b509e3348fbc4efa3a1413d393cb650"  # of "message digest", as sha256sum says
LOG_MEL = {"name": "log_mel", "hop": 160, "bands": 64}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Make ``weights/own.yaml`` that of YAMNet with changes; a key whose value is None is not in it."""
    monkeypatch.setattr(weights, "WEIGHTS", tmp_path)

    def make(**changes):
        content = {key: value for key, value in (YAMNET | changes).items() if value is not None}
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(content))
        read_weights.cache_clear()
        return content

    yield make
    read_weights.cache_clear()


@pytest.mark.parametrize("name", sorted(path.stem for path in WEIGHTS.glob("*.yaml")))
def test_every_file_of_weights_is_valid_and_says_what_it_may_have_heard_before(name):
    content = read_weights(name)
    assert all(len(content[key]) > 3 for key in ("licence", "trained_on", "overlap"))
    assert weights_file(name) == f"results/weights/{name}/{content['file']}"


def test_a_file_that_takes_spectrograms_and_has_a_sha256_is_one_of_weights(own):
    inside = YAMNET["input"] | {"spectrogram": LOG_MEL}
    own(md5=None, sha256=SHA256, runtime={"name": "onnx", "output": "vector"}, input=inside)
    assert read_weights("own")["input"]["spectrogram"] == LOG_MEL
    assert checksum("own") == {"sha256": SHA256}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"licens": "MIT"}, ["licens"]),
        ({"overlap": None}, ["overlap"]),
        ({"md5": None}, ["say either `md5` or `sha256`"]),
        ({"sha256": SHA256}, ["say either `md5` or `sha256`"]),
        ({"md5": "abc"}, ["md5", "abc"]),
        ({"md5": 12345678901234567890123456789012}, ["md5", "put it in quotes"]),
        ({"file": "../yamnet.tflite"}, ["file", "../yamnet.tflite"]),
        ({"mirrors": []}, ["mirrors"]),
        ({"values": 0}, ["values"]),
        ({"runtime": {"name": "caffe"}}, ["runtime", "'caffe'", "workflow_scripts/parts/embeddings", "onnx, tflite"]),
        ({"runtime": {"name": "tflite", "tensr": "x"}}, ["runtime", "tflite", "'tensr'", "tensor"]),
        ({"runtime": {"name": "onnx", "provider": "x"}}, ["runtime", "onnx", "'provider'", "output"]),
        ({"input": {"sample_rate": 16000, "window": 100}}, ["input", "hop"]),
        ({"input": YAMNET["input"] | {"hop": 0}}, ["input.hop"]),
        ({"input": YAMNET["input"] | {"spectrogram": {"name": "mell"}}}, ["input.spectrogram", "mell", "log_mel"]),
        ({"input": YAMNET["input"] | {"spectrogram": LOG_MEL | {"hopp": 1}}}, ["input.spectrogram", "hopp", "hop"]),
    ],
)
def test_a_mistake_in_a_file_of_weights_is_one_line_that_names_it(own, changes, words):
    own(**changes)
    with pytest.raises(UserError) as caught:
        read_weights("own")
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert all(word in message for word in ["weights/own.yaml", *words]), message


def test_weights_that_are_not_there_are_one_line_with_the_choices():
    with pytest.raises(UserError, match=r"weights/yamnett.yaml: no such file; there are .*yamnet"):
        read_weights("yamnett")


# ---------------------------------------------------------------- the plan


def planned(store="yamnet-pooled"):
    baseline = CONFIG["baseline"] | {"front_end_of": "yamnet-linear"}
    plan = Plan(CONFIG | {"systems": ["yamnet-linear"], "baseline": baseline})
    return plan, SimpleNamespace(dataset="fsdkaggle2018-demo", store=store)


def test_embeddings_stand_on_the_checksum_of_the_weights_and_not_on_their_mirrors(own):
    def parameters(**changes):
        own(**changes)
        shutil.copytree(WEIGHTS, weights.WEIGHTS, dirs_exist_ok=True)
        (weights.WEIGHTS / "own.yaml").rename(weights.WEIGHTS / "yamnet.yaml")
        read_weights.cache_clear()
        plan, wildcards = planned()
        return plan.front_ends.extract_features(wildcards)

    first = parameters()
    assert parameters(mirrors=["https://example.org/x"], title="other words") == first
    others = [{"md5": "0" * 32}, {"input": YAMNET["input"] | {"hop": 100}}, {"runtime": {"name": "tflite"}}]
    assert len({first, *(parameters(**changes) for changes in others)}) == 4


def test_embeddings_stand_on_the_code_that_computes_them():
    plan, wildcards = planned()
    modules = json.loads(plan.front_ends.extract_features(wildcards))["modules"]
    assert "workflow_scripts.parts.embeddings.tflite" in modules
    assert "workflow_scripts.parts.embeddings.onnx" not in modules


def test_another_file_of_weights_is_asked_for_in_vain():
    plan, _ = planned()
    with pytest.raises(UserError, match=r"results/weights/yamnet/yamnet.tflite is the file of weights/yamnet.yaml"):
        plan.front_ends.fetch_weights(SimpleNamespace(weights="yamnet", file="yamnet.onnx"))


def test_scores_say_of_all_that_hears_embeddings_that_it_is_pretrained():
    plan = Plan(CONFIG | {"systems": ["iqbal-vgg13-a", "yamnet-linear"]})
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo")
    fused = dict.fromkeys(["stack", "log-linear-pool", "arithmetic-mean", "geometric-mean"], "yamnet")
    assert json.loads(plan.scoring.score_systems(wildcards))["pretrained"] == {"yamnet-linear": "yamnet"} | fused
    plan, wildcards = planned()
    forest = {"random-forest": "yamnet"}
    assert (
        json.loads(plan.scoring.score_systems(wildcards))["pretrained"] == forest | {"yamnet-linear": "yamnet"} | fused
    )
    assert "pretrained" not in json.loads(Plan(CONFIG).scoring.score_systems(wildcards))


# ---------------------------------------------------------------- fetching


def fetched(folder, settings, content=b"message digest"):
    (folder / "mirror").write_bytes(content)
    sources = {"folder": None, "mirrors": [str(folder / "mirror")]}
    fetch_archive.main(sources=sources, archive=folder / "out/a.onnx", settings=fetch_archive.Settings(**settings))
    return (folder / "out/a.onnx").read_bytes()


def test_weights_are_fetched_by_their_sha256(tmp_path):
    assert hashlib.sha256(b"message digest").hexdigest() == SHA256
    assert fetched(tmp_path, {"sha256": SHA256}) == b"message digest"
    assert fetched(tmp_path, {"sha256": SHA256.upper()}) == b"message digest"


def test_other_weights_than_the_sha256_means_are_one_line_with_both(tmp_path):
    with pytest.raises(UserError) as caught:
        fetched(tmp_path, {"sha256": SHA256}, b"a")
    message = str(caught.value)
    assert "\n" not in message
    found = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"  # of "a", as sha256sum says
    words = ["a.onnx", f"its sha256 is {found}, expected {SHA256}", "corrected in the file that names it"]
    assert all(word in message for word in words), message
    assert not (tmp_path / "out/a.onnx").exists()
