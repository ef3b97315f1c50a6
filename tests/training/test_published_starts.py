"""Trainings that start from published weights, or from several systems' models joined, and class weights."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from tests.refusals import refusal
from tests.training.test_starts import DATASET, models, of, plan, starting
from tests.training.test_training import TRAINING
from workflow_scripts.common.errors import DamagedError
from workflow_scripts.common.lesson import Lesson
from workflow_scripts.common.parts import load_part
from workflow_scripts.study.recipes import pretrained, read_recipe
from workflow_scripts.tables.starts import read_joined_start
from workflow_scripts.tasks import multiclass
from workflow_scripts.training import convert_weights, start_stage
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.joining import read_start
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.starting import start_from

CPU = torch.device("cpu")
CNN6 = {"name": "panns_cnn6", "width": 2}
FRONT_END = {"logmel_extractor.melW": torch.zeros(5, 3)}


# ------------------------------------------------------------------ published weights


@pytest.fixture
def published(tmp_path):
    """A network of five classes, and its file in the form of PANNs'."""
    torch.manual_seed(1)
    network = load_part("parts.networks", "panns_cnn6").build(5, width=2)
    network(torch.randn(8, 32, 64))
    torch.save({"model": FRONT_END | network.state_dict()}, tmp_path / "x.pth")
    return network.eval().to(memory_format=torch.channels_last), tmp_path / "x.pth"  # as networks here are computed


def convert(path, classes=3, left_out=("logmel_extractor",), fresh=("fc_audioset",), network=CNN6):
    settings = convert_weights.Settings(network, classes, list(left_out), list(fresh))
    convert_weights.main(weights=path, model=path.parent / "weights.safetensors", settings=settings)
    return read_start(path.parent / "weights.safetensors")


@torch.inference_mode()
def test_a_network_that_starts_from_a_file_says_what_the_published_one_says(published):
    source, path = published
    spectrogram = torch.randn(2, 48, 64)
    own = build_network(CNN6, 5, CPU).eval()
    start_from(own, convert(path, classes=5, fresh=()).weights[0])
    assert own(spectrogram).equal(source(spectrogram))


@torch.inference_mode()
def test_fresh_layers_begin_from_scratch_and_the_rest_is_as_published(published):
    source, path = published
    own = build_network(CNN6, 3, CPU).eval()
    scratch = own[1].fc_audioset.weight.clone()
    start_from(own, convert(path).weights[0], fresh=["fc_audioset"])
    assert own[1].fc_audioset.weight.equal(scratch)
    spectrogram = torch.randn(2, 48, 64)
    assert own[1].embed(own[0](spectrogram)).equal(source.embed(spectrogram))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fresh": ()}, "x.pth: fc_audioset.weight is 5 x 16 in the file and 3 x 16 in the network; "),
        ({"network": CNN6 | {"width": 4}}, "x.pth: conv_block1.conv1.weight is 2 x 1 x 5 x 5 in the file and 4 x 1 x"),
        ({"network": {"name": "vgg13", "width": 2}}, "x.pth: blocks.0.0.weight, "),
        ({"left_out": ()}, "x.pth: logmel_extractor.melW, 5 x 3 in the file, is unexpected: not in the network; "),
    ],
)
def test_the_first_layer_that_does_not_fit_is_named_in_one_line(published, changes, words):
    message = refusal(convert, published[1], **changes)
    assert words in message
    assert message.endswith(convert_weights.HINT)


FROM_WEIGHTS = starting({"weights": "panns-cnn6"})["stages"]["training"] | {"fresh": ["classifier"]}


def test_a_stage_that_starts_from_weights_needs_their_file_and_one_model_for_all_folds():
    other = plan(cross_task_cnn={"training": {"normalisation": None}, "stages": {"training": FROM_WEIGHTS}})
    stage = of("cross-task-cnn")
    folder = f"results/{DATASET}/systems/cross-task-cnn/stage00"
    assert other.training.models_to_start_from(stage) == [f"{folder}/weights.safetensors"]
    assert other.training.published_weights(stage) == "results/weights/panns-cnn6/Cnn6_mAP=0.343.pth"
    settings = json.loads(other.training.convert_weights(stage))
    assert settings["left_out"] == ["spectrogram_extractor", "logmel_extractor"]
    assert (settings["fresh"], settings["network"]["name"]) == (["classifier"], "cnn8")
    assert other.training.data_of_training(stage)["start"] == f"{folder}/start.csv"
    other.training.check()


def test_a_system_that_starts_from_weights_is_called_pretrained():
    assert pretrained([read_recipe("vggish-finetuned", {}), read_recipe("vggish-mla", {})]) == ["vggish"]


def test_a_stage_that_starts_from_no_weights_has_none_to_convert():
    message = refusal(plan().training.published_weights, of("dorfer-a"))
    assert message == "systems/dorfer-a.yaml: stages.training: start: it starts from no published weights"


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ({"start": {"weights": "panns-cnn9"}}, "start: weights/panns-cnn9.yaml: no such file; there are panns-cnn14, "),
        ({"start": {"weights": "yamnet"}}, "start: weights/yamnet.yaml is run by tflite, and only a network in torch"),
        (FROM_WEIGHTS | {"normalisation": "globally"}, "start: published weights know inputs as they are"),
        ({"start": {"weights": "vggish", "system": "dorfer-a"}}, "start"),
        ({"start": {"joined": {}}}, "start"),
    ],
)
def test_a_mistake_in_a_start_is_one_line(stage, words):
    changes = {"training": {"normalisation": None}, "stages": {"training": stage}}
    message = refusal(read_recipe, "cross-task-cnn", {"cross-task-cnn": changes})
    assert message.startswith("systems/cross-task-cnn.yaml")
    assert words in message


# ------------------------------------------------------------------ joined models

NETWORKS = {
    "raw": {"name": "raw_trunk", "seconds": 1, "width": 2, "units": 4},
    "spectrogram": {"name": "spectrogram_trunk", "seconds": 1, "width": 2, "units": 4},
}
JOINED = {"name": "joined_trunks", "seconds": 1, "raw_width": 2, "spectrogram_width": 2, "units": [4]}


@pytest.fixture
def trunks(tmp_path):
    """Part -> the file of its model."""
    paths = {}
    for seed, (part, network) in enumerate(NETWORKS.items()):
        torch.manual_seed(seed)
        paths[part] = tmp_path / f"{part}.safetensors"
        Model(network, 3, [4], [build_network(network, 3, CPU).state_dict()]).write(paths[part])
    return paths


def joined(paths):
    network = build_network(JOINED, 3, CPU)
    start_from(network, read_start(paths).weights[0], ["raw", "spectrogram"], ["dense", "classifier"])
    return network


def test_joined_trunks_are_those_of_their_systems(trunks):
    network = joined(trunks)
    for part, path in trunks.items():
        own = Model.read(path).weights[0]
        for name, values in network[1].get_submodule(part).state_dict().items():
            assert values.equal(own[f"1.{name}"]), (part, name)


def test_frozen_trunks_keep_weights_and_statistics_while_the_layers_behind_them_learn(trunks, tmp_path):
    bank = FrameBank(np.random.default_rng(0).standard_normal((6 * 44100, 1), np.float32), CPU)
    table = {"clip": range(6), "first": [44100 * clip for clip in range(6)], "frames": 44100, "offset": 0}
    table = pd.DataFrame(table).assign(minimum=0.0, length=44100, repeat=False)
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    training_set = TrainingSet(lambda rng: table, targets, np.ones(6), multiclass)
    settings = {"frozen": ["raw", "spectrogram"], "fresh": ["dense", "classifier"], "normalisation": None}
    training = TRAINING | settings | {"epochs": 1, "batch": 3}
    validated = np.full((1, 3), 1 / 3), targets[:1]
    checkpoint = Checkpoint(tmp_path / "resume", "x", 1e9)
    start = read_start(trunks)
    model, _ = fit(JOINED, training, training_set, bank, lambda _: validated, 1, start, checkpoint)
    after, before = model.weights[0], joined(trunks).state_dict()
    kept = {name for name in after if name.startswith(("1.raw.", "1.spectrogram."))}
    assert all(after[name].equal(before[name]) for name in kept)
    learned = {name for name, values in after.items() if not values.equal(before[name])}
    assert {"1.classifier.weight", "1.dense.0.0.weight"} <= learned


def test_a_part_that_the_models_do_not_have_is_one_line(trunks):
    message = refusal(joined, {"raw": trunks["raw"], "spectrum": trunks["spectrogram"]})
    assert message.startswith("start: the model to start from has no weights of the layer 'spectrogram.convolutions")


def test_models_of_other_inputs_are_not_joined(trunks):
    model = Model.read(trunks["spectrogram"])
    model.weights[0]["0.mean"] = torch.tensor(3.0)
    model.write(trunks["spectrogram"])
    message = refusal(read_start, trunks)
    assert f"{trunks['spectrogram']} standardises its inputs otherwise than {trunks['raw']}" in message


def test_every_fold_starts_from_its_own_model_of_each_part(tmp_path):
    paths = [tmp_path / f"{part}{fold}" for part in ("raw", "spectrogram") for fold in range(2)]
    for path in paths:
        path.write_text(path.name)
    settings = start_stage.Settings(folds=2, parts=["raw", "spectrogram"])
    start_stage.main(models=paths, start=tmp_path / "start.csv", settings=settings)
    found = read_joined_start(tmp_path / "start.csv", 1)
    assert found == {"raw": tmp_path / "raw1", "spectrogram": tmp_path / "spectrogram1"}
    (tmp_path / "raw1").write_text("other")
    with pytest.raises(DamagedError, match="which it names, has another content than it had"):
        read_joined_start(tmp_path / "start.csv", 1)
    with pytest.raises(DamagedError, match="fold 2 stands in 0 rows"):
        read_joined_start(tmp_path / "start.csv", 2)


def test_the_plan_names_the_models_of_all_parts_and_folds():
    usual = plan()
    stage = of("raw-spec-comb")
    expected = models("raw-spec-audio", "00", 5) + models("raw-spec-mel", "00", 5)
    assert usual.training.models_to_start_from(stage) == expected
    settings = json.loads(usual.training.start_stage(stage))
    assert (settings["folds"], settings["parts"]) == (5, ["raw", "spectrogram"])


def test_parts_that_have_learned_what_judges_are_refused():
    message = refusal(plan(raw_spec_mel={"folds": 4}).training.models_to_start_from, of("raw-spec-comb"))
    assert "start: raw-spec-mel holds out other clips (folds/4.csv, this one folds/5.csv)" in message


def test_systems_that_start_from_each_other_are_refused():
    back = {"stages": {"training": {"start": {"system": "raw-spec-comb"}}}}
    assert "start: leads back to where it came from" in refusal(plan, raw_spec_audio=back)


def test_a_part_of_a_system_that_is_not_there_is_one_line():
    stages = {"training": {"start": {"joined": {"raw": {"system": "raw-spec-wave"}}}}}
    message = refusal(plan, raw_spec_comb={"stages": stages})
    assert message.startswith("systems/raw-spec-comb.yaml: stages.training: start: there is no system 'raw-spec-wave'")


# ------------------------------------------------------------------ class weights


def test_class_weights_by_hand():
    clips = pd.DataFrame({"label": ["a", "a", "a", "b"], "manually_verified": [1, 1, 0, 1]}, index=list("wxyz"))
    lesson = Lesson.given(clips, multiclass, ["a", "b", "c"], 0.5).balanced()
    assert lesson.weights == pytest.approx([4 / 9, 4 / 9, 0.5 * 4 / 9, 4 / 3])
    assert np.isfinite(lesson.weights).all(), "although c has no clip"


def test_class_weights_of_several_labels_are_refused():
    changes = {"training": {"class_weights": True}}
    message = refusal(read_recipe, "cross-task-cnn-multilabel", {"cross-task-cnn-multilabel": changes})
    assert "class_weights: only of multiclass" in message
