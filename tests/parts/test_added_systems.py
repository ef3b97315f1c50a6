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
from workflow_scripts.parts.lr_schedules import exponential, milestones
from workflow_scripts.parts.networks.three_convolutions import halved
from workflow_scripts.parts.sampling import endless, one_per_class
from workflow_scripts.parts.spectrograms import waveform
from workflow_scripts.parts.windows import fixed_segment, sliding
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.tasks import one_label
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_clips
from workflow_scripts.training.loss_masking import unmasked
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
    assert one_label.probabilities(logarithms)[0].tolist() == pytest.approx(logarithms.exp()[0].tolist())


def test_the_log_mel_layer_agrees_with_librosa():
    samples = np.random.default_rng(0).normal(0, 0.1, 64_000).astype(np.float32)
    ours = LogMel(44_100, window=1024, hop=128, bands=64)(torch.from_numpy(samples)[None])[0].numpy()
    padded = np.pad(samples, 448)  # 500 frames need 499 * 128 + 1024 samples
    magnitudes = np.abs(librosa.stft(padded, n_fft=1024, hop_length=128, center=False))
    mel = librosa.feature.melspectrogram(S=magnitudes, sr=44_100, n_fft=1024, n_mels=64)
    theirs = librosa.power_to_db(mel, ref=np.max, amin=1e-10, top_db=80).T
    assert ours.shape == (500, 64)
    assert np.allclose(ours, theirs, atol=1e-3)


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
    training_set = TrainingSet(lambda rng: cut.training(segments, rng), targets, np.ones(3), one_label, doubtful)
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
    probabilities = predict_clips(trained, bank, cut.inference(segments), 3, recipe["aggregation"], one_label)
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
    assert not {"train_and_judge", "fine_tune", "retrain", "inspect_audio", "predict_baselines"} & jobs.keys()
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
    probabilities = predict_clips(Total(), bank, windows, 2, combine, one_label)
    expected = torch.tensor([[0.3, 4.0], [2.5, 5.0]]).softmax(dim=1)
    assert torch.allclose(torch.from_numpy(probabilities).float(), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("frames", "offsets"), [(10, [0]), (25, [0]), (36, [0]), (37, [0, 12]), (49, [0, 12, 24]), (60, [0, 12, 24])]
)
def test_sliding_windows_are_whole(frames, offsets):
    segments = SEGMENTS.iloc[[0]].assign(frames=frames)
    assert sliding.inference_windows(segments, length=25, hop=12)["offset"].tolist() == offsets


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


def test_learning_rates_of_the_papers():
    steps = [milestones.rate(epoch, 300, 1e-3, factor=0.1, after=[150, 250]) for epoch in (1, 150, 151, 250, 251, 300)]
    assert steps == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])
    assert [exponential.rate(epoch, 25, 1e-3, factor=0.9) for epoch in (1, 2, 3)] == pytest.approx([1e-3, 9e-4, 8.1e-4])


# ------------------------------------------------------------------ mixing and masking


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


def test_unverified_examples_of_outlying_loss_are_masked():
    losses = torch.tensor([1.0, 4.0, 3.1, 3.2, 5.0, 4.5])
    doubt = torch.tensor([1.0, 1.0, 0.0, 1.0, 0.4, 0.6])  # mixtures, too: the larger part decides
    assert unmasked(losses, doubt, 0.8).tolist() == [1, 0, 1, 1, 1, 0]


@given(st.lists(st.tuples(st.floats(0, 20, width=32), st.booleans()), min_size=1, max_size=20), st.floats(0.1, 1))
def test_verified_examples_are_never_masked_and_the_largest_loss_of_an_unverified_one_always_is(examples, share):
    losses, doubtful = map(torch.tensor, zip(*examples, strict=True))
    kept = unmasked(losses, doubtful.float(), share).bool()
    assert kept[~doubtful].all()
    assert not kept[doubtful & (losses == losses.max())].any()
