"""The arithmetic of the spectrograms against librosa's, scipy's and soxr's."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import get_window
from scipy.sparse import csr_array

from tests.parts.test_spectrograms import logarithmic_filters
from workflow_scripts.common.signal import stft
from workflow_scripts.common.signal.decibels import a_weighting, decibels
from workflow_scripts.common.signal.filter_bank import FilterBank
from workflow_scripts.common.signal.mel import hertz_of, mel_filters, mel_of
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.parts.spectrograms import log_frequency, log_mel, log_mel_magnitude, perceptual_mel

RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000]
DECIBELS = 1e-4  # how far from librosa's a value may be
KINDS = ["noise", "tone", "silence", "sound after silence", "two channels", "one sample"]


def sound(kind, length, level=1.0):
    rng = np.random.default_rng(length)
    noise = rng.uniform(-0.5, 0.5, length)
    tone = 0.5 * np.sin(0.3 * np.arange(length))
    shapes = {"noise": noise, "tone": tone, "silence": 0 * tone, "two channels": (noise + tone) / 2}
    shapes["sound after silence"] = np.where(np.arange(length) < length // 2, 0, noise)
    shapes["one sample"] = np.eye(1, length, length // 2)[0]
    return (level * shapes[kind]).astype(np.float32)


sounds = st.builds(sound, st.sampled_from(KINDS), st.integers(1, 9000), st.sampled_from([1.0, 1e-2, 1e-4, 1e-6]))
examples = settings(deadline=None, max_examples=40)  # librosa's first calls import


# ---------------------------------------------------------------- the parts


@pytest.mark.parametrize("taper", ["hann", "hamming"])
@pytest.mark.parametrize("length", [512, 1024, 1102, 1764, 2048])
def test_tapers_are_scipys(taper, length):
    np.testing.assert_array_equal(stft.periodic(taper, length), get_window(taper, length))


@pytest.mark.parametrize(("length", "n_fft"), [(1764, 2048), (1102, 2048), (3, 6), (1024, 1024)])
def test_the_zeros_around_a_window_are_librosas(length, n_fft):
    window = stft.periodic("hann", length)
    np.testing.assert_array_equal(stft.padded(window, n_fft), librosa.util.pad_center(window, size=n_fft))


@examples
@given(sounds, st.sampled_from(RATES), st.sampled_from([16000, 32000, 44100]))
def test_resampling_is_librosas(samples, rate, new_rate):
    expected = librosa.resample(samples, orig_sr=rate, target_sr=new_rate, res_type="soxr_hq")
    np.testing.assert_array_equal(resample(samples, rate, new_rate), expected)


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("highest", [None, 7500])
@pytest.mark.parametrize(("rate", "n_fft", "bands"), [(32000, 1024, 64), (32000, 512, 64), (44100, 2048, 128)])
def test_mel_filters_are_librosas(rate, n_fft, bands, highest):
    size = {"sr": rate, "n_fft": n_fft, "n_mels": bands, "fmin": 50, "fmax": highest}
    np.testing.assert_array_equal(mel_filters(rate, n_fft, bands, 50, highest), librosa.filters.mel(**size))
    expected = librosa.filters.mel(**size, htk=True, norm=None)
    np.testing.assert_array_equal(mel_filters(rate, n_fft, bands, 50, highest, "htk"), expected)
    expected = librosa.filters.mel(**size, norm=None)
    np.testing.assert_array_equal(mel_filters(rate, n_fft, bands, 50, highest, "slaney_heights"), expected)


@pytest.mark.parametrize("htk", [False, True])
def test_the_mel_scale_is_librosas_and_its_own_inverse(htk):
    hertz = np.linspace(0, 22050, 1000)
    np.testing.assert_allclose(mel_of(hertz, htk), librosa.hz_to_mel(hertz, htk=htk), rtol=1e-12)
    np.testing.assert_allclose(hertz_of(mel_of(hertz, htk), htk), hertz, rtol=1e-9, atol=1e-9)


def test_the_weighting_of_frequencies_is_librosas():
    hertz = librosa.fft_frequencies(sr=32000, n_fft=1024)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(a_weighting(hertz), librosa.A_weighting(hertz))


@examples
@given(sounds)
def test_decibels_are_librosas(samples):
    expected = librosa.power_to_db(samples**2, ref=1.0, amin=1e-10, top_db=None)
    np.testing.assert_array_equal(decibels(samples**2, 1e-10), expected)


@pytest.mark.parametrize("frames", [1, 2, 33, 1500])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_over_bands_are_a_product_that_adds_bin_after_bin(frames, dtype):
    weights = mel_filters(32000, 512, 64).astype(dtype)  # some of its filters lie between two bins
    values = np.random.default_rng(0).uniform(0, 1, (257, frames)).astype(np.float32)
    sums = FilterBank(weights).sums(values)
    assert sums.dtype == dtype
    np.testing.assert_array_equal(sums, csr_array(weights) @ values)


# ---------------------------------------------------------------- the transform


@pytest.mark.parametrize(("n_fft", "hop"), [(1024, 512), (1024, 192), (512, 256), (2048, 882)])
@examples
@given(sounds)
def test_magnitudes_of_mirrored_audio_are_librosas(n_fft, hop, samples):
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    expected = np.abs(librosa.stft(samples, n_fft=n_fft, hop_length=hop, pad_mode="reflect"))
    blocks = stft.magnitudes(stft.mirrored(samples, n_fft, hop), stft.periodic("hann", n_fft), hop)
    np.testing.assert_array_equal(np.concatenate(list(blocks), axis=1), expected)


@pytest.mark.parametrize("frames", [1, 3, 64])
def test_blocks_of_frames_change_nothing(frames, monkeypatch):
    samples, window = sound("noise", 40_000), stft.periodic("hann", 512)
    whole = np.concatenate(list(stft.magnitudes(samples, window, 128)), axis=1)
    for name in ("FRAMES", "AT_ONCE"):
        monkeypatch.setattr(stft, name, frames)
        blocks = list(stft.magnitudes(samples, window, 128))
        assert max(block.shape[1] for block in blocks) <= stft.FRAMES
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole)


# ---------------------------------------------------------------- whole spectrograms


def mel_of_librosa(samples, rate, n_fft, hop, bands):
    samples = librosa.resample(samples, orig_sr=rate, target_sr=32000, res_type="soxr_hq")
    samples = np.pad(samples, (0, max(n_fft - len(samples), 0)))
    power = librosa.feature.melspectrogram(
        y=samples, sr=32000, n_fft=n_fft, hop_length=hop, n_mels=bands, pad_mode="reflect"
    )
    return librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=None).T


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize(("n_fft", "hop"), [(1024, 512), (512, 256)])
@examples
@given(sounds, st.sampled_from(RATES))
def test_log_mel_is_librosas(n_fft, hop, samples, rate):
    expected = mel_of_librosa(samples, rate, n_fft, hop, 64)
    found = log_mel.spectrogram(samples, rate, n_fft=n_fft, hop=hop)
    np.testing.assert_allclose(found, expected, rtol=0, atol=DECIBELS)


@examples
@given(sounds, st.sampled_from(RATES))
def test_perceptual_mel_is_librosas(samples, rate):
    largest = np.abs(samples).max()
    normalised = samples / largest * np.float32(10 ** (-0.1 / 20)) if largest > 0 else samples
    normalised = librosa.resample(normalised, orig_sr=rate, target_sr=32000, res_type="soxr_hq")
    normalised = np.pad(normalised, (0, max(1024 - len(normalised), 0)))
    power = np.abs(librosa.stft(normalised, n_fft=1024, hop_length=192, pad_mode="reflect")) ** 2
    with np.errstate(divide="ignore"):
        frequencies = librosa.fft_frequencies(sr=32000, n_fft=1024)
        weighted = librosa.perceptual_weighting(power, frequencies, ref=1.0, amin=1e-10, top_db=99.0)
    expected = (librosa.filters.mel(sr=32000, n_fft=1024, n_mels=128) @ weighted).T
    np.testing.assert_allclose(perceptual_mel.spectrogram(samples, rate), expected, rtol=0, atol=DECIBELS)


@pytest.mark.parametrize(("taper", "centred"), [("hamming", True), ("hann", False)])
@examples
@given(sounds, st.sampled_from(RATES))
def test_log_mel_magnitude_is_librosas(taper, centred, samples, rate):
    given_size = {"window": 1764, "n_fft": 2048, "hop": 882}
    found = log_mel_magnitude.spectrogram(samples, rate, taper=taper, centred=centred, floor=1e-8, **given_size)
    resampled = librosa.resample(samples, orig_sr=rate, target_sr=44100, res_type="soxr_hq")
    padded = resampled if centred else np.pad(resampled, 142)
    padded = np.pad(padded, (0, max(2048 - len(padded), 0)))
    size = {"n_fft": 2048, "hop_length": 882, "win_length": 1764, "window": taper, "center": centred}
    magnitude = np.abs(librosa.stft(padded, **size, pad_mode="constant"))
    expected = np.log(librosa.filters.mel(sr=44100, n_fft=2048, n_mels=64) @ magnitude + 1e-8).T
    np.testing.assert_allclose(found, expected, rtol=0, atol=DECIBELS * np.log(10) / 20)


@examples
@given(sounds, st.sampled_from(RATES))
def test_log_frequency_is_of_librosas_magnitudes(samples, rate):
    resampled = librosa.resample(samples, orig_sr=rate, target_sr=32000, res_type="soxr_hq")
    resampled = resampled / (np.abs(resampled).max() or 1)
    frames = -(-len(resampled) // 128)
    resampled = np.pad(resampled, (0, (frames - 1) * 128 + 1024 - len(resampled)))
    stretch = {"n_fft": 1024, "hop_length": 128, "window": np.hanning(1024), "center": False}
    magnitude = np.abs(librosa.stft(resampled, **stretch))
    expected = np.log10(1 + logarithmic_filters() @ magnitude).T
    np.testing.assert_allclose(log_frequency.spectrogram(samples, rate), expected, rtol=0, atol=DECIBELS / 20)
