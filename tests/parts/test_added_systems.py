"""The winner, the organisers' baseline and the cross-task CNN of DCASE 2018 Task 2: their networks and parts."""

import math
import re
from collections import Counter

import librosa
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests import warm
from tests.project import ADDED
from workflow_scripts.parts.augmentations import scaled_waveforms
from workflow_scripts.parts.layers.averaged_heads import AveragedHeads
from workflow_scripts.parts.layers.dense_modules import DenseModule, SqueezeAndExcitation
from workflow_scripts.parts.layers.log_mel import LogMel
from workflow_scripts.parts.networks.three_convolutions import halved
from workflow_scripts.parts.sampling import endless, one_per_class
from workflow_scripts.parts.spectrograms import waveform
from workflow_scripts.parts.windows import fixed_segment, sliding
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_clips, predict_windows
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.segments import WindowCutter

CLASSES = 41
DEMO = "results/fsdkaggle2018-demo"


def published_network(system):
    torch.manual_seed(0)
    return build_network(read_recipe(system, {})["network"], CLASSES, torch.device("cpu"))


def parameters(network):
    return sum(p.numel() for p in network.parameters())


# ------------------------------------------------------------------ networks


@pytest.mark.parametrize(
    ("system", "expected", "of_the_input"),  # counted without the batch norms that the input goes through
    [
        ("densenet-logmel-44k", 11_092_070, 2 + 2 * 64),
        ("densenet-logmel-32k", 11_092_070, 2 + 2 * 64),
        ("densenet-logmel-16k", 11_092_070, 2 + 2 * 64),
        ("densenet-waveform-44k", 16_521_185, 2),
        ("densenet-waveform-32k", 16_521_185, 2),
        ("densenet-waveform-16k", 16_521_185, 2),
        ("fsdkaggle2018-baseline", 658_591, 0),
        ("cross-task-cnn", 4_707_177, 0),
    ],
)
def test_parameters_with_41_classes(system, expected, of_the_input):
    assert parameters(published_network(system)) == expected + of_the_input


def test_cnn8_with_10_classes_has_the_papers_number_of_weights():
    network = build_network({"name": "cnn8"}, 10, torch.device("cpu"))
    assert parameters(network) == 4_691_274


def test_seven_more_heads_are_588063_parameters():
    settings = read_recipe("densenet-logmel-44k", {})["network"]
    one = build_network(settings | {"heads": 1}, CLASSES, torch.device("cpu"))
    assert parameters(published_network("densenet-logmel-44k")) - parameters(one) == 588_063


@pytest.mark.parametrize(
    ("system", "shape", "growths"),  # of the last map, of 64,000 samples, and the new channels of each module
    [
        ("densenet-logmel-44k", (2048, 2, 1), [16, 32, 64, 128, 256, 512, 512, 512]),
        ("densenet-waveform-44k", (4096, 2, 1), [2, 4, 8, 16, 32, 64, 128, 256, *[512] * 7]),
    ],
)
def test_maps_of_the_densenets_are_those_of_the_paper(system, shape, growths):
    network, maps = published_network(system).eval(), []
    (classifier,) = [layer for layer in network.modules() if isinstance(layer, AveragedHeads)]
    classifier.register_forward_pre_hook(lambda _, inputs: maps.append(inputs[0].shape))
    with torch.inference_mode():
        network(torch.zeros(1, 64_000, 1))
    assert maps == [(1, *shape)]
    modules = [layer for layer in network.modules() if isinstance(layer, DenseModule)]
    assert [module.grown[2].out_channels for module in modules] == growths


def test_a_dense_module_keeps_what_it_is_given_before_its_new_channels():
    maps = torch.randn(2, 3, 5, 4)
    grown = DenseModule(3, 6, (3, 3), 0.1)(maps)
    assert grown.shape == (2, 9, 5, 4)
    assert grown[:, :3].equal(maps)


def test_squeeze_and_excitation_by_hand():
    layer = SqueezeAndExcitation(2)
    with torch.no_grad():
        for part, weight in ((layer.squeezed, [[1.0, -1.0]]), (layer.excited, [[1.0], [-2.0]])):
            part.weight.copy_(torch.tensor(weight))
            part.bias.zero_()
    maps = torch.tensor([[[[1.0, 5.0]], [[0.0, 2.0]]]])  # means 3 and 1; squeezed 2; excited 2 and -4
    scaled = layer(maps)
    assert scaled[0, 0, 0].tolist() == pytest.approx([1 / (1 + math.exp(-2)), 5 / (1 + math.exp(-2))])
    assert scaled[0, 1, 0].tolist() == pytest.approx([0, 2 / (1 + math.exp(4))], abs=1e-6)


def test_the_heads_probabilities_are_averaged_not_their_logits():
    layer = AveragedHeads(1, 2, 2, 0.1).eval()
    with torch.no_grad():
        layer.heads.weight.zero_()
        layer.heads.bias.copy_(torch.tensor([0.0, math.log(3), math.log(9), 0.0]))  # 1/4 and 3/4; 9/10 and 1/10
    logarithms = layer(torch.zeros(1, 1, 3, 2))
    assert logarithms.exp()[0].tolist() == pytest.approx([(0.25 + 0.9) / 2, (0.75 + 0.1) / 2])
    assert multiclass.probabilities(logarithms)[0].tolist() == pytest.approx(logarithms.exp()[0].tolist())


def test_the_log_mel_layer_agrees_with_librosa():
    samples = np.random.default_rng(0).normal(0, 0.1, 64_000).astype(np.float32)
    ours = LogMel(44_100, window=1024, hop=128, bands=64)(torch.from_numpy(samples)[None])[0].numpy()
    padded = np.pad(samples, 448)  # 500 frames need 499 * 128 + 1024 samples
    power = np.abs(librosa.stft(padded, n_fft=1024, hop_length=128, center=False)) ** 2
    amplitudes = np.sqrt(librosa.feature.melspectrogram(S=power, sr=44_100, n_fft=1024, n_mels=64))
    theirs = librosa.power_to_db(amplitudes, ref=np.max, amin=1e-10, top_db=80).T  # 10 log10 of amplitudes
    assert ours.shape == (500, 64)
    assert np.allclose(ours, theirs, atol=1e-3)


def kapre_of_2018(batch, sample_rate, window, hop, bands, range_db):
    """Return [batch, frames, bands] by Kapre 0.1.3's steps in float64: a cosine and a sine for each bin, no FFT.

    Spectrogram (power 2, padding same), Melspectrogram (power_melgram 1), amplitude_to_decibel.
    """
    frames = math.ceil(batch.shape[1] / hop)
    lacking = (frames - 1) * hop + window - batch.shape[1]
    padded = np.pad(batch, ((0, 0), (lacking // 2, lacking - lacking // 2)))
    phase = 2 * np.pi * np.outer(np.arange(window), np.arange(window // 2 + 1)) / window
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window))[:, None]
    cut = np.stack([padded[:, i * hop : i * hop + window] for i in range(frames)], axis=1)
    power = (cut @ (np.cos(phase) * hann)) ** 2 + (cut @ (np.sin(phase) * hann)) ** 2
    mel = np.sqrt(power @ librosa.filters.mel(sr=sample_rate, n_fft=window, n_mels=bands).T)
    decibels = 10 * np.log10(np.maximum(mel, 1e-10))
    return np.maximum(decibels - decibels.max(), -range_db)


LEVELS = np.array([[1.0], [0.1], [1e-3], [0.0]])  # of the waveforms of one batch


@pytest.mark.parametrize("range_db", [80, 35])
def test_in_training_the_log_mel_of_a_batch_is_that_of_kapre_in_2018_below_the_batchs_maximum(range_db):
    batch = LEVELS * np.random.default_rng(0).normal(0, 0.3, (len(LEVELS), 2000))
    layer = LogMel(16_000, window=512, hop=128, bands=20, range_db=range_db)
    found = layer.train()(torch.from_numpy(batch).float())
    np.testing.assert_allclose(found, kapre_of_2018(batch, 16_000, 512, 128, 20, range_db), atol=1e-3)
    assert found.amax(dim=(1, 2)).tolist() == pytest.approx([0, -10, -30, -range_db], abs=3), "so a gain gets through"


def test_in_evaluation_the_log_mel_is_that_of_kapre_in_2018_for_a_batch_of_one_clip():
    batch = LEVELS * np.random.default_rng(0).normal(0, 0.3, (len(LEVELS), 2000))
    found = LogMel(16_000, window=512, hop=128, bands=20).eval()(torch.from_numpy(batch).float())
    for spectrogram, waveform_of_clip in zip(found, batch, strict=True):
        of_one = kapre_of_2018(waveform_of_clip[None], 16_000, 512, 128, 20, 80)
        np.testing.assert_allclose(spectrogram[None], of_one, atol=1e-3)


def test_a_clips_prediction_does_not_depend_on_the_clips_beside_it():
    torch.manual_seed(0)
    network = {"name": "log_mel_densenet", "sample_rate": 16_000, "growths": [4, 4, 4, 4], "filters": 3}
    network = build_network(network, CLASSES, torch.device("cpu"))
    waveforms = torch.randn(3, 4096, 1) * torch.tensor([0.01, 1.0, 100.0])[:, None, None]
    network.train()(waveforms)  # gives its norms statistics
    bank = FrameBank(waveforms.flatten(0, 1).numpy(), torch.device("cpu"))
    segments = pd.DataFrame({"clip": 0, "first": [0, 4096, 8192], "frames": 4096, "minimum": 0.0})
    windows = fixed_segment.inference_windows(segments, length=4096)
    together = predict_windows(network, bank.windows(windows), multiclass)
    alone = [predict_windows(network, bank.windows(windows.iloc[[i]]), multiclass)[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    assert np.ptp(together, axis=0).max() > 1e-3, "the network tells them apart"


def test_the_gain_of_a_mixture_reaches_a_network_on_log_mel_in_training():
    """At half the gain the amplitudes are 3 of Kapre's decibels less, below the maximum of a batch."""
    waveforms = torch.randn(1, 4096, 1, generator=torch.Generator().manual_seed(0)).expand(2, -1, -1)
    examples = [waveforms, torch.eye(2), torch.ones(2), torch.zeros(2)]
    layer = LogMel(16_000, window=1024, hop=128, bands=64).train()

    def spectrogram(gains):
        mixed = scaled_waveforms.mix(examples, examples, torch.tensor([[1.0, gain] for gain in gains]))
        return layer(mixed[0].squeeze(2))

    lower = spectrogram([1.0, 1.0])[1] - spectrogram([1.0, 0.5])[1]
    assert lower.median().item() == pytest.approx(10 * math.log10(2), abs=1e-3)


@pytest.mark.parametrize("samples", [1, 100, 1023, 1024, 1025, 64_000])
def test_a_waveform_of_any_length_has_a_frame_for_every_128_samples_begun(samples):
    noise = torch.randn(1, samples)
    layer = LogMel(16_000, window=1024, hop=128, bands=64)
    spectrogram = layer(noise)
    assert spectrogram.shape == (1, -(-samples // 128), 64)
    assert spectrogram.max() == 0
    assert spectrogram.min() >= -80
    assert torch.allclose(layer(0.01 * noise), spectrogram, atol=1e-3), "the level does not matter"
    assert layer(torch.zeros(1, samples)).isfinite().all()


@pytest.mark.parametrize(("size", "half"), [((25, 64), (13, 32)), ((13, 32), (7, 16)), ((1, 1), (1, 1))])
def test_the_baselines_pools_halve_rounded_up_like_tensorflows(size, half):
    """Both axes lack 1 row if they are even, behind the maps, and 2 if they are odd, one on either side."""
    maps = torch.rand(1, 1, *size)
    pooled = halved(maps)
    assert pooled.shape[2:] == half
    row = 0 if size[0] % 2 else 1  # the first window's middle
    column = 0 if size[1] % 2 else 1
    assert pooled[0, 0, 0, 0] == maps[0, 0, : row + 2, : column + 2].max()


def test_the_baseline_starts_from_small_weights():
    for layer in published_network("fsdkaggle2018-baseline").modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            assert layer.weight.abs().max() <= 2e-3
            assert layer.weight.std().item() == pytest.approx(0.88e-3, rel=0.05)  # of a normal cut at two deviations
            assert layer.bias.eq(0).all()


def a_clip_of_each_class(system, clips):
    """Return the recipe and a bank of noise, ``clips`` of the length of one window, with their segments."""
    recipe = read_recipe(system, {})
    bands = 1 if recipe["front_end"]["spectrogram"]["name"] == "waveform" else 64
    length = recipe["windows"]["length"]
    frames = np.random.default_rng(0).normal(0, 0.1, (clips * length, bands)).astype(np.float32)
    segments = pd.DataFrame(
        {"clip": range(clips), "first": np.arange(clips) * length, "frames": length, "minimum": 0.0}
    )
    return recipe, FrameBank(frames, torch.device("cpu")), segments


@pytest.mark.parametrize(
    ("system", "lowest", "highest"),  # of the loss, ln 41 = 3.7 of equal logits
    [
        ("densenet-logmel-44k", 0.9, 4.5),  # two of the three examples may be masked
        ("densenet-waveform-44k", 0.9, 4.5),
        ("fsdkaggle2018-baseline", 3.71, 3.72),
        ("cross-task-cnn", 2, 12),  # the logits of its maxima differ more at the start
    ],
)
def test_one_update_at_the_published_size_changes_every_parameter_and_clips_get_probabilities(
    system, lowest, highest, tmp_path
):
    recipe, bank, segments = a_clip_of_each_class(system, 3)
    cut, targets = WindowCutter(recipe["windows"]), np.eye(CLASSES, dtype=np.float32)[:3]
    doubtful = np.array([False, True, True])
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), targets, np.ones(3), multiclass, doubtful)
    sampling = recipe["training"]["sampling"]
    once = {"batches_per_epoch": 1} if "batches_per_epoch" in sampling else {}
    training = recipe["training"] | {"epochs": 1, "batch": 3, "sampling": sampling | once}

    def uniform(network):
        return np.full((1, CLASSES), 1 / CLASSES), targets[:1]

    network = published_network(system)
    start = Model(recipe["network"], CLASSES, [0], [network.state_dict()])
    checkpoint = Checkpoint(tmp_path / "resume", "x", 1e9)
    model, history = fit(recipe["network"], training, training_set, bank, uniform, 0, start, checkpoint)
    assert history["learning_rate"].item() == recipe["training"]["learning_rate"]
    assert lowest < history["training_loss"].item() < highest
    for name, before in network.named_parameters():
        after = model.weights[0][name]
        assert after.isfinite().all(), name
        assert not after.equal(before), name
    (trained,) = model.networks(bank.device)
    probabilities = predict_clips(trained, bank, cut.inference(segments), 3, recipe["aggregation"], multiclass)
    assert probabilities.shape == (3, CLASSES)
    assert probabilities.sum(axis=1) == pytest.approx(1, rel=1e-4)


# ------------------------------------------------------------------ beside other systems


@pytest.fixture(
    scope="module",
    params=[["densenet-waveform-44k", "cross-task-cnn"], pytest.param(ADDED, marks=pytest.mark.nightly)],
    ids=["two", "all"],
)
def with_added(request, built, tmp_path_factory):
    """The demo's run, to whose scores systems are added."""
    project = built.copy(tmp_path_factory.mktemp("added") / "project")
    project.added = request.param
    config = project.config()
    project.write_config(config | {"systems": [*config["systems"], *project.added]})
    status, project.printed = warm.run(project, f"{DEMO}/scores.csv")
    assert status == 0, project.printed
    return project


def trained_and_nothing_else(printed, systems):
    """Whether the jobs in what Snakemake has printed add ``systems``, of two folds, to a finished run."""
    jobs = Counter(re.findall(r"(?m)^(?:local)?rule (\w+):$", printed))
    assert jobs["train"] == 2 * len(systems)
    assert not {"start_stage", "accept_labels", "correct_labels", "inspect_audio", "predict_baselines"} & jobs.keys()
    assert {"stack_systems", "score_systems"} <= jobs.keys()
    assert set(re.findall(r"wildcards: .*?system=([\w-]+)", printed)) == set(systems)
    stores = set(re.findall(r"wildcards: .*?store=([\w-]+)", printed))
    assert stores <= {read_recipe(system, {})["front_end"]["store"] for system in systems}


def test_adding_systems_trains_them_and_refits_the_stack_and_trains_nothing_else(with_added):
    trained_and_nothing_else(with_added.printed, with_added.added)


@pytest.mark.nightly
@pytest.mark.parametrize("system", ADDED)
def test_adding_a_system_trains_it_and_refits_the_stack_and_trains_nothing_else(system, built, tmp_path):
    project = built.copy(tmp_path / "project")
    config = project.config()
    project.write_config(config | {"systems": [*config["systems"], system]})
    status, printed = project.run("--dry-run", "results/task2_ensemble.csv")
    assert status == 0, printed
    trained_and_nothing_else(printed, [system])
    assert "write_answer" in printed


def test_the_added_systems_stand_in_the_score_table_and_the_stack(with_added):
    scores = pd.read_csv(with_added.folder / f"{DEMO}/scores.csv").set_index(["system", "split", "metric"])["value"]
    of_all = ["densenet-44k"] if with_added.added == ADDED else []
    for system in [*with_added.added, *of_all]:
        assert scores[system, "all", "clips"] == 120
        assert 1 / 12 < scores[system, "all", "map3"] <= 1, "better than a guess"
    weights = pd.read_csv(with_added.folder / f"{DEMO}/ensemble/stack/weights.csv")
    assert set(weights["system"]) == {"dorfer-a", "iqbal-vgg13-a", *with_added.added}


# ------------------------------------------------------------------ the waveform and its excerpts


def test_the_waveform_is_one_band_scaled_to_its_peak():
    samples = np.float32([0.1, -0.4, 0.2])
    assert waveform.spectrogram(samples, 44_100).tolist() == [[x] for x in samples.tolist()]
    assert waveform.spectrogram(samples, 44_100, peak=1.0)[:, 0].tolist() == pytest.approx([0.25, -1, 0.5])
    assert len(waveform.spectrogram(np.zeros(44_100, np.float32), 44_100, sample_rate=16_000, peak=1.0)) == 16_000


FRAMES = np.arange(1.0, 8, dtype=np.float32)[:, None]  # one clip of 2 samples, one of 5
SEGMENTS = pd.DataFrame({"clip": [0, 1], "first": [0, 2], "frames": [2, 5], "minimum": [9.0, 9.0]})


def gathered(windows):
    return FrameBank(FRAMES, torch.device("cpu")).windows(windows).gather(slice(None))[:, :, 0].int().tolist()


def test_an_excerpt_lies_anywhere_in_a_longer_clip_and_a_shorter_clip_anywhere_among_zeros():
    rng = np.random.default_rng(0)
    drawn = gathered(fixed_segment.training_windows(SEGMENTS, rng, length=4, draws=100))
    assert {tuple(row) for row in drawn[::2]} == {(1, 2, 0, 0), (0, 1, 2, 0), (0, 0, 1, 2)}
    assert {tuple(row) for row in drawn[1::2]} == {(3, 4, 5, 6), (4, 5, 6, 7)}


def test_a_clip_as_long_as_an_excerpt_is_taken_as_it_is():
    windows = fixed_segment.training_windows(SEGMENTS.iloc[[1]], np.random.default_rng(0), length=5)
    assert gathered(windows) == [[3, 4, 5, 6, 7]]


def test_for_inference_clips_are_whole_and_short_ones_lie_in_the_middle_of_zeros():
    windows = fixed_segment.inference_windows(SEGMENTS, length=4)
    assert windows["length"].tolist() == [4, 5]
    assert gathered(windows.iloc[[0]]) == [[0, 1, 2, 0]]
    assert gathered(windows.iloc[[1]]) == [[3, 4, 5, 6, 7]]


class Total(nn.Module):
    """Logits of two classes: the sum of the input, and how long it is."""

    def forward(self, waveforms):
        return torch.stack([waveforms.sum(dim=(1, 2)), torch.full((len(waveforms),), waveforms.shape[1])], dim=1)


def test_windows_of_several_lengths_are_predicted_each_at_its_own():
    windows = fixed_segment.inference_windows(SEGMENTS.iloc[[1, 0]], length=4)
    combine = {"mean": "arithmetic", "renormalise": False}
    bank = FrameBank(FRAMES / 10, torch.device("cpu"))
    probabilities = predict_clips(Total(), bank, windows, 2, combine, multiclass)
    expected = torch.tensor([[0.3, 4.0], [2.5, 5.0]]).softmax(dim=1)
    assert torch.allclose(torch.from_numpy(probabilities).float(), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("frames", "offsets"), [(10, [0]), (25, [0]), (36, [0]), (37, [0, 12]), (49, [0, 12, 24]), (60, [0, 12, 24])]
)
def test_sliding_windows_are_whole(frames, offsets):
    segments = SEGMENTS.iloc[[0]].assign(frames=frames)
    assert sliding.inference_windows(segments, length=25, hop=12)["offset"].tolist() == offsets


@pytest.mark.parametrize("frames", [1, 127, 128, 129, 191, 192, 193, 256, 257, 319, 320, 321, 1000])
def test_kongs_windows_are_those_of_the_authors_code(frames):
    """Up to a window's length there is one; else they start every hop, before the last place where one would fit."""
    parameters = {key: value for key, value in read_recipe("cross-task-cnn", {})["windows"].items() if key != "name"}
    assert parameters == {"length": 128, "hop": 64, "drop_exact_end": True}
    segments = SEGMENTS.iloc[[0]].assign(frames=frames)
    expected = [0] if frames <= 128 else list(range(0, frames - 128, 64))
    assert sliding.inference_windows(segments, **parameters)["offset"].tolist() == expected
    assert sliding.training_windows(segments, None, **parameters)["offset"].tolist() == expected


def test_a_segment_shorter_than_a_sliding_window_is_repeated():
    assert gathered(sliding.inference_windows(SEGMENTS, length=5, hop=2)) == [[1, 2, 1, 2, 1], [3, 4, 5, 6, 7]]


def test_there_may_be_no_segment_to_slide_over():
    assert sliding.inference_windows(SEGMENTS.iloc[:0], length=5, hop=2).empty


# ------------------------------------------------------------------ batches


@given(st.integers(1, 6), st.integers(2, 14), st.integers(0, 100))
def test_no_class_comes_again_in_a_batch_before_all_have_come(classes, batch, seed):
    of_windows = np.repeat(np.arange(classes), np.arange(1, classes + 1))
    for chosen, partners in one_per_class.batches(of_windows, batch, np.random.default_rng(seed), 3):
        assert len(chosen) == len(partners) == batch
        counts = Counter(of_windows[chosen].tolist())
        assert max(counts.values()) - min(counts.get(number, 0) for number in range(classes)) <= 1


def test_a_class_goes_through_all_its_windows_before_one_comes_again():
    of_windows = np.array([0, 0, 0, 1])
    drawn = one_per_class.batches(of_windows, 2, np.random.default_rng(0), 30)
    taken = [number for pair in drawn for part in pair for number in part if number < 3]
    assert all(len(set(taken[i : i + 3])) == 3 for i in range(0, len(taken) - 2, 3))


def test_endless_batches_go_through_all_windows_before_one_comes_again():
    drawn = list(endless.batches(np.zeros(5), 3, np.random.default_rng(0), 10))
    assert len(drawn) == 10
    order = np.concatenate([chosen for chosen, _ in drawn]).reshape(-1, 5)
    assert (np.sort(order) == np.arange(5)).all()
    assert (drawn[0][1] == drawn[0][0][::-1]).all()


# ------------------------------------------------------------------ mixing


def test_waveforms_are_scaled_to_their_peaks_mixed_and_multiplied_by_the_gain():
    own = [torch.tensor([[[0.2], [-0.1]]]), torch.tensor([[1.0, 0.0]]), torch.tensor([1.0]), torch.tensor([0.0])]
    partner = [torch.tensor([[[0.0], [4.0]]]), torch.tensor([[0.0, 1.0]]), torch.tensor([0.5]), torch.tensor([1.0])]
    inputs, targets, weights, doubt = scaled_waveforms.mix(own, partner, torch.tensor([[0.75, 0.5]]))
    assert inputs[0, :, 0].tolist() == pytest.approx([0.375, 0.5 * (0.75 * -0.5 + 0.25)])
    assert targets.tolist() == [[0.75, 0.25]]
    assert (weights.tolist(), doubt.tolist()) == ([0.875], [0.25])


def test_silence_stays_silent():
    silence = [torch.zeros(1, 4, 1), torch.eye(1), torch.ones(1), torch.zeros(1)]
    assert scaled_waveforms.mix(silence, silence, torch.tensor([[0.6, 1.0]]))[0].eq(0).all()


@given(st.floats(0.1, 3), st.integers(0, 100))
def test_an_example_dominates_its_partner(alpha, seed):
    share, gain = scaled_waveforms.draw(200, np.random.default_rng(seed), alpha, [0.1, 1.0]).T
    assert ((share >= 0.5) & (share <= 1)).all()
    assert ((gain >= 0.1) & (gain <= 1)).all()
    assert len(np.unique(gain)) == 200
