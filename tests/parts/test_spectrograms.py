import math

import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.parts.spectrograms import log10_mel, log_frequency, log_mel, log_mel_magnitude, perceptual_mel
from workflow_scripts.study.recipes import read_recipe

RATE = 32000  # the rate of all spectrograms: nothing is resampled
KINDS = [log_mel, perceptual_mel, log_frequency]


@pytest.fixture
def noise():
    return np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)


def tone(hertz, rate=RATE, seconds=1.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "frames", "bands"),
    [(log_mel, 1 + 32000 // 512, 64), (perceptual_mel, 1 + 32000 // 192, 128), (log_frequency, 32000 // 128, 128)],
)
def test_one_row_per_frame(kind, frames, bands, noise):
    values = kind.spectrogram(noise, RATE)
    assert values.shape == (frames, bands)
    assert values.dtype == np.float32
    assert values.flags.c_contiguous


@pytest.mark.parametrize(
    ("kind", "frames_of"),
    [
        (log_mel, lambda n: 1 + max(n, 1024) // 512),
        (perceptual_mel, lambda n: 1 + max(n, 1024) // 192),
        (log_frequency, lambda n: math.ceil(n / 128)),
    ],
)
@pytest.mark.parametrize("length", [1, 128, 129, 1023, 1024, 1025, 20000, 60 * 44100])
def test_a_stream_of_any_length_has_the_frames_of_its_length_at_32_khz(kind, frames_of, length):
    samples = np.random.default_rng(0).uniform(-1, 1, length).astype(np.float32)
    values = kind.spectrogram(samples, 44100)
    assert len(values) == frames_of(math.ceil(length * 32000 / 44100))
    assert np.isfinite(values).all()


@pytest.mark.parametrize("kind", KINDS)
def test_audio_is_resampled(kind):
    # The tone itself, resampled or made at the right rate; away from the ends, where the resampler's filter is cut.
    made, resampled = kind.spectrogram(tone(1000), RATE), kind.spectrogram(tone(1000, rate=44100), 44100)
    assert resampled.shape == made.shape
    loudest = made[20:40] > made[20:40].max() - 30
    np.testing.assert_allclose(resampled[20:40][loudest], made[20:40][loudest], atol=0.05)


@pytest.mark.parametrize("kind", [log_mel, perceptual_mel])
@pytest.mark.parametrize("length", [1, 2, 511, 512, 1023])
def test_short_audio_is_filled_up_with_zeros_to_one_window(kind, length, noise):
    samples = noise[:length]
    filled = np.concatenate([samples, np.zeros(1024 - length, np.float32)])
    np.testing.assert_array_equal(kind.spectrogram(samples, RATE), kind.spectrogram(filled, RATE))


@pytest.mark.parametrize("kind", KINDS)
@given(arrays(np.float32, st.integers(1, 1500), elements=st.floats(-1, 1, width=32)))
def test_values_are_finite(kind, samples):
    assert np.isfinite(kind.spectrogram(samples, 44100)).all()


# log_mel


def slaney_mel(hertz):
    """Slaney's Auditory Toolbox: linear below 1000 Hz (200/3 Hz per mel), above it 27 mels per factor of 6.4."""
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + 27 * np.log(np.maximum(hertz, 1e-9) / 1000) / np.log(6.4))


def triangles(bands, n_fft):
    """Filters evenly spaced in mel from 0 Hz to RATE / 2, each of area 1 over frequency in Hz."""
    hertz = np.linspace(0, RATE / 2, 200001)
    edges = np.interp(np.linspace(0, slaney_mel(np.array(RATE / 2)), bands + 2), slaney_mel(hertz), hertz)
    bins = np.arange(n_fft // 2 + 1) * RATE / n_fft
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)


def magnitude(stretch):
    """The magnitudes of bins 0 .. n / 2 by the definition of the discrete Fourier transform."""
    n = np.arange(len(stretch))
    return np.abs(np.exp(-2j * np.pi * np.outer(np.arange(len(n) // 2 + 1), n) / len(n)) @ stretch)


def frame_power(samples, frame, n_fft, hop):
    """One centred frame with a periodic Hann window."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    return magnitude(samples[frame * hop - n_fft // 2 :][:n_fft] * window) ** 2


@pytest.mark.parametrize(("n_fft", "hop"), [(1024, 512), (512, 256)])
def test_log_mel_of_single_frames_by_definition(n_fft, hop, noise):
    mel = np.array([triangles(64, n_fft) @ frame_power(noise, frame, n_fft, hop) for frame in (3, 20)])
    values = log_mel.spectrogram(noise, RATE, n_fft=n_fft, hop=hop)[[3, 20]]
    held = mel > 0  # with the short window the lowest filters lie between two bins
    expected = 10 * np.log10(mel[held])
    np.testing.assert_allclose(values[held] - values[held][0], expected - expected[0], atol=1e-3)


def test_log_mel_agrees_with_librosa(noise):
    power = librosa.feature.melspectrogram(
        y=noise, sr=RATE, n_fft=1024, hop_length=512, n_mels=64, pad_mode="reflect", power=2.0
    )
    expected = librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=None).T
    np.testing.assert_allclose(log_mel.spectrogram(noise, RATE), expected, atol=1e-3)


def test_log_mel_is_relative_to_the_segments_maximum_without_a_floor():
    samples = np.concatenate([tone(1000), 1e-5 * tone(1000)])
    values = log_mel.spectrogram(samples, RATE)
    assert values.max() == 0
    assert values[-20:-5].max() == pytest.approx(-100, abs=0.1)


def test_log_mel_does_not_depend_on_the_level(noise):
    np.testing.assert_allclose(log_mel.spectrogram(noise / 4, RATE), log_mel.spectrogram(noise, RATE), atol=1e-4)


# perceptual_mel


def a_weighting(hertz):
    """IEC 61672 A-weighting in dB, 2 dB at 1 kHz taken as 2.00; never below -80 dB."""
    f = np.maximum(hertz, 1e-9)
    response = 12194.0**2 * f**4 / (f**2 + 20.6**2) / (f**2 + 12194.0**2)
    response /= np.sqrt((f**2 + 107.7**2) * (f**2 + 737.9**2))
    return np.maximum(2 + 20 * np.log10(response), -80)


def test_perceptual_mel_of_single_frames_by_definition(noise):
    normalised = noise.astype(float) * 10 ** (-0.1 / 20) / np.abs(noise).max()
    for frame in (3, 50):
        decibels = 10 * np.log10(frame_power(normalised, frame, 1024, 192)) + a_weighting(np.arange(513) * 31.25)
        expected = triangles(128, 1024) @ decibels
        np.testing.assert_allclose(perceptual_mel.spectrogram(noise, RATE)[frame], expected, atol=1e-3)


def test_perceptual_mel_agrees_with_librosa(noise):
    normalised = noise * np.float32(10 ** (-0.1 / 20)) / np.abs(noise).max()
    power = np.abs(librosa.stft(normalised, n_fft=1024, hop_length=192, pad_mode="reflect")) ** 2
    frequencies = librosa.fft_frequencies(sr=RATE, n_fft=1024)
    with np.errstate(divide="ignore"):
        decibels = librosa.perceptual_weighting(power, frequencies, ref=1.0, amin=1e-10, top_db=99.0)
    expected = librosa.filters.mel(sr=RATE, n_fft=1024, n_mels=128) @ decibels
    # Values cross zero, where only an absolute tolerance has a meaning: 1e-6, float32's rounding of the largest (1.75).
    np.testing.assert_allclose(perceptual_mel.spectrogram(noise, RATE), expected.T, rtol=1e-4, atol=1e-6)


def test_perceptual_mel_lies_in_the_range_of_the_published_system(noise):
    values = perceptual_mel.spectrogram(np.concatenate([noise, np.zeros(RATE, np.float32)]), RATE)
    assert -5 < values.min() < values.max() < 2


def test_perceptual_mel_is_normalised_to_the_peak(noise):
    np.testing.assert_allclose(
        perceptual_mel.spectrogram(noise / 64, RATE), perceptual_mel.spectrogram(noise, RATE), atol=1e-5
    )


def test_perceptual_mel_reaches_99_decibels_down():
    # 1 kHz at full scale: power (1024 / 4)^2 * 0.98855^2 = 48.06 dB. Digital silence is 99 dB below it everywhere.
    samples = np.concatenate([2 * tone(1000), np.zeros(RATE, np.float32)])
    floor = perceptual_mel.spectrogram(samples, RATE)[-20]
    expected = triangles(128, 1024) @ (48.06 - 99 + a_weighting(np.arange(513) * 31.25))
    np.testing.assert_allclose(floor, expected, atol=0.01)


# log_frequency


def logarithmic_filters():
    """Triangles from one corner to the next but one, each divided by its sum."""
    frequencies = [440 * 2 ** (k / 26) for k in range(-200, 200)]
    bins = sorted({round(f / 31.25) for f in frequencies if 20 <= f <= 14000})
    assert (len(bins), bins[0], bins[-1]) == (130, 1, 439)
    corners = zip(bins, bins[1:], bins[2:], strict=False)
    filters = np.array([np.interp(np.arange(513), corner, [0, 1, 0]) for corner in corners])
    return filters / filters.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("length", [32000, 31873, 300])  # whole hops; 1 sample more than that; less than one window
def test_log_frequency_by_definition(length, noise):
    samples = noise[:length].astype(float)
    followed_by_zeros = np.concatenate([samples / np.abs(samples).max(), np.zeros(1024)])
    values = log_frequency.spectrogram(noise[:length], RATE)
    for frame in {0, 1, len(values) // 2, len(values) - 1}:
        spectrum = magnitude(np.hanning(1024) * followed_by_zeros[128 * frame :][:1024])
        expected = np.log10(1 + logarithmic_filters() @ spectrum)
        np.testing.assert_allclose(values[frame], expected, rtol=1e-4)


def test_log_frequency_is_normalised_to_the_peak_after_resampling():
    # The peak of this pair of samples lies between them; at 8 kHz already it is not what it is at 32 kHz.
    samples = np.zeros(8000, np.float32)
    samples[4000:4002] = 0.5
    resampled = librosa.resample(samples, orig_sr=8000, target_sr=RATE, res_type="soxr_hq")
    assert np.abs(resampled).max() > 0.6
    np.testing.assert_allclose(
        log_frequency.spectrogram(samples, 8000), log_frequency.spectrogram(resampled, RATE), rtol=1e-6
    )


def test_log_frequency_of_silence_is_zero():
    assert not log_frequency.spectrogram(np.zeros(5000, np.float32), RATE).any()


def test_log_frequency_of_a_tone_is_its_magnitude_in_its_own_band():
    # 1 kHz is bin 32; a full-scale sine there has half the window's sum, 511.5 / 2, and half that in each neighbour.
    filters = logarithmic_filters()
    band = filters[:, 32].argmax()
    values = log_frequency.spectrogram(tone(1000), RATE)[100]
    assert values.argmax() == band
    assert values[band] == pytest.approx(np.log10(1 + 255.75 * filters[band, 31:34] @ [0.5, 1, 0.5]), rel=1e-3)


@given(st.integers(-20, 0))
def test_log_frequency_does_not_depend_on_the_level(exponent):
    samples = np.random.default_rng(0).uniform(-1, 1, 2000).astype(np.float32)
    np.testing.assert_array_equal(
        log_frequency.spectrogram(samples * np.float32(2.0**exponent), RATE), log_frequency.spectrogram(samples, RATE)
    )


def test_log_frequency_of_a_frame_depends_on_later_sound_through_the_peak_only(noise):
    beginning, louder = noise[:16000], noise.copy()
    louder[30000] = 2 * np.abs(noise).max()
    values, whole = log_frequency.spectrogram(beginning, RATE), log_frequency.spectrogram(louder, RATE)
    complete = 1 + (16000 - 1024) // 128  # the frames that end before the beginning does
    gain = np.abs(louder).max() / np.abs(beginning).max()
    np.testing.assert_allclose(10 ** values[:complete] - 1, gain * (10 ** whole[:complete] - 1), rtol=1e-4)


# ------------------------------------------------------------------ Task 4

BASELINE = {"sample_rate": 44100, "window": 1764, "n_fft": 2048, "hop": 882, "bands": 64, "centred": True}
KOUTINI = {"sample_rate": 16000, "window": 1024, "n_fft": 1024, "hop": 664, "bands": 64, "centred": False}


def magnitudes(samples, *, sample_rate, window, n_fft, hop, bands, centred):
    """Return [frames, bands] by a sum over samples, frame by frame: no FFT, no library's framing."""
    hamming = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(window) / window)
    padded = np.pad(samples, n_fft // 2) if centred else samples
    taper = np.pad(hamming, (n_fft - window) // 2)
    count = 1 + (len(padded) - n_fft) // hop
    frames = np.stack([padded[i * hop : i * hop + n_fft] * taper for i in range(count)])
    phase = np.exp(-2j * np.pi * np.outer(np.arange(n_fft), np.arange(n_fft // 2 + 1)) / n_fft)
    return np.abs(frames @ phase) @ librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=bands).T


@pytest.mark.parametrize("settings", [BASELINE, KOUTINI], ids=["baseline", "Koutini et al."])
def test_log_mel_magnitudes_are_those_of_their_definition(settings):
    samples = np.random.default_rng(0).normal(0, 0.1, 6000).astype(np.float32)
    found = log_mel_magnitude.spectrogram(samples, settings["sample_rate"], **settings, floor=1e-8)
    np.testing.assert_allclose(found, np.log(magnitudes(samples, **settings) + 1e-8), atol=1e-3)


@pytest.mark.parametrize(("settings", "frames"), [(BASELINE, 501), (KOUTINI, 240)])
@pytest.mark.parametrize("rate", [44100, 16000])
def test_ten_seconds_have_the_published_number_of_frames(settings, frames, rate):
    values = log_mel_magnitude.spectrogram(np.zeros(10 * rate, np.float32), rate, **settings, floor=2.2e-16)
    assert values.shape == (frames, 64)
    assert values == pytest.approx(math.log(2.2e-16)), "of silence"


@pytest.mark.parametrize("settings", [BASELINE, KOUTINI])
@pytest.mark.parametrize("length", [1, 100, 1023, 1025])
def test_short_audio_has_at_least_one_frame(settings, length):
    samples = np.random.default_rng(0).uniform(-1, 1, length).astype(np.float32)
    values = log_mel_magnitude.spectrogram(samples, settings["sample_rate"], **settings)
    assert len(values) >= 1
    assert np.isfinite(values).all()


def test_the_level_of_the_audio_stays(noise):
    loud, soft = (log_mel_magnitude.spectrogram(gain * noise, RATE, **BASELINE) for gain in (1.0, 0.5))
    np.testing.assert_allclose(loud - soft, math.log(2), atol=1e-3)


# ------------------------------------------------------------------ the organisers' baseline, and the cross-task CNN


def part(system):
    return {key: value for key, value in read_recipe(system, {})["front_end"]["spectrogram"].items() if key != "name"}


def test_the_baselines_log_mel_is_that_of_its_definition():
    """As many windows of 25 ms as fit, zeros behind each up to the FFT's length; triangles of equal height."""
    samples = np.random.default_rng(0).normal(0, 0.1, 6000).astype(np.float32)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1102) / 1102)
    frames = np.stack([samples[i * 441 : i * 441 + 1102] * window for i in range(1 + (6000 - 1102) // 441)])
    edges = 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + np.array([125, 7500]) / 700)), 66) / 2595) - 1)
    hertz = np.arange(1025) * 44100 / 2048
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    mel = np.abs(np.fft.rfft(frames, 2048)) @ np.maximum(np.minimum(rising, falling), 0).T
    found = log_mel_magnitude.spectrogram(samples, 44100, **part("fsdkaggle2018-baseline"))
    np.testing.assert_allclose(found, np.log(mel + 0.001), atol=1e-3)


def test_the_cross_task_log_mel_is_that_of_its_definition():
    """Frames that are not centred, magnitudes divided by the root of the window's energy."""
    samples = np.random.default_rng(0).normal(0, 0.1, 6000).astype(np.float32)
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    energy = 2048 * (0.54**2 + 0.46**2 / 2)  # whose root is 28.5
    scaled = samples / np.abs(samples).max()
    frames = np.stack([scaled[i * 1024 : i * 1024 + 2048] * window for i in range(1 + (6000 - 2048) // 1024)])
    magnitude = np.abs(np.fft.rfft(frames)) / math.sqrt(energy)
    mel = magnitude @ librosa.filters.mel(sr=32000, n_fft=2048, n_mels=64, fmin=50).T
    found = log_mel_magnitude.spectrogram(samples, 32000, **part("cross-task-cnn"))
    np.testing.assert_allclose(found, np.log(mel + 1e-8), atol=1e-3)


@pytest.mark.parametrize("decay", [None, 4000], ids=["noise", "a decay down to the floor"])
def test_the_cross_task_log_mel_is_scipys_in_librosas_bands(decay):
    """1.7 s have 52 frames. The authors' window is symmetric, ours is periodic, which tells by less than 0.01."""
    time = np.arange(54_400)
    samples = np.random.default_rng(0).normal(0, 0.1, len(time)) * (1 if decay is None else np.exp(-time / decay))
    scaled = samples / np.abs(samples).max()
    way = {"nperseg": 2048, "noverlap": 1024, "detrend": False, "mode": "magnitude"}
    _, _, magnitude = scipy.signal.spectrogram(scaled, window=np.hamming(2048), **way)
    bands = librosa.filters.mel(sr=32000, n_fft=2048, n_mels=64, fmin=50, fmax=16000)
    found = log_mel_magnitude.spectrogram(samples.astype(np.float32), 32000, **part("cross-task-cnn"))
    assert found.shape == (52, 64)
    np.testing.assert_allclose(found, np.log(bands @ magnitude + 1e-8).T, atol=1e-2)


def test_the_cross_task_log_mel_of_silence_is_its_floor():
    values = log_mel_magnitude.spectrogram(np.zeros(32_000, np.float32), 32000, **part("cross-task-cnn"))
    assert values == pytest.approx(math.log(1e-8))


@pytest.mark.parametrize("system", ["fsdkaggle2018-baseline", "cross-task-cnn"])
@pytest.mark.parametrize("length", [1, 1101, 1103, 2049])
def test_silence_and_short_audio_are_finite(system, length):
    for samples in (np.zeros(length, np.float32), np.random.default_rng(0).uniform(-1, 1, length).astype(np.float32)):
        values = log_mel_magnitude.spectrogram(samples, 44100, **part(system))
        assert len(values) >= 1
        assert np.isfinite(values).all()


# ------------------------------------------------------------------ log10_mel


def prepared(samples):
    """What Fonseca et al. (2021) do to audio at 22,050 Hz before its spectrogram."""
    samples = samples.astype(float) - samples.mean(dtype=float)
    samples /= np.abs(samples).max() + 0.005
    return np.tile(samples, -(-22050 // len(samples)))[: max(len(samples), 22050)]


@pytest.mark.parametrize("length", [1, 100, 12_000, 22_050, 50_000])
def test_log10_mel_agrees_with_librosa(length):
    samples = (0.3 + np.random.default_rng(0).normal(0, 0.1, length)).astype(np.float32)
    audio = {"y": prepared(samples), "sr": 22050, "window": "hamming", "pad_mode": "reflect", "center": True}
    sizes = {"n_fft": 2048, "win_length": 660, "hop_length": 220, "n_mels": 96, "fmin": 50, "fmax": 10500}
    mel = librosa.feature.melspectrogram(**audio, **sizes, power=2.0, htk=False, norm=None)
    found = log10_mel.spectrogram(samples, 22050)
    assert found.dtype == np.float32
    assert found.shape == (1 + max(length, 22050) // 220, 96)
    np.testing.assert_allclose(found, np.log10(mel.T + 1.1e-8), atol=1e-5)


def test_a_second_of_log10_mel_is_one_patch_of_the_paper():
    assert log10_mel.spectrogram(tone(440, 44100), 44100).shape == (101, 96)


@given(arrays(np.float32, st.integers(1, 1500), elements=st.floats(-1, 1, width=32)))
def test_log10_mel_is_finite_and_not_below_its_floor(samples):
    values = log10_mel.spectrogram(samples, 44100)
    assert np.isfinite(values).all()
    assert values.min() >= np.log10(1.1e-8) - 1e-6  # rounding


def test_log10_mel_of_silence_is_its_floor():
    np.testing.assert_allclose(log10_mel.spectrogram(np.full(5000, 0.5, np.float32), 22050), np.log10(1.1e-8))


def as_in_icassp19(samples):
    """What the baseline of FSDnoisy18k does to audio at 44,100 Hz: no mean, nearly its peak, at least 2 s of it."""
    samples = samples.astype(float) - samples.mean(dtype=float)
    samples = samples / (np.abs(samples).max() + 0.005)
    if len(samples) < 88_200:
        samples = np.tile(samples, math.ceil(88_200 / len(samples)))[:88_200]
    return samples + 2.22e-16


@pytest.mark.parametrize(
    ("length", "frames"), [(1000, 101), (44_100, 101), (88_199, 101), (88_200, 101), (88_201, 101), (132_300, 151)]
)
def test_the_log_mel_of_fsdnoisy18ks_baseline_agrees_with_librosa(length, frames):
    samples = (0.2 + np.random.default_rng(0).normal(0, 0.1, length)).astype(np.float32)
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(1764) / 1764)
    way = {"n_fft": 2048, "win_length": 1764, "hop_length": 882, "center": True, "pad_mode": "reflect"}
    power = np.abs(librosa.stft(as_in_icassp19(samples), window=window, **way)) ** 2
    mel = librosa.filters.mel(sr=44100, n_fft=2048, n_mels=96, fmin=0, fmax=22050, htk=False, norm=None) @ power
    found = log10_mel.spectrogram(samples, 44100, **part("fsdnoisy18k-baseline"))
    assert found.shape == (frames, 96)
    np.testing.assert_allclose(found, np.log10(mel + 2.22e-16).T, atol=1e-4)


def test_the_floor_of_fsdnoisy18ks_baseline_is_that_of_doubles():
    values = log10_mel.spectrogram(np.zeros(5000, np.float32), 44100, **part("fsdnoisy18k-baseline"))
    np.testing.assert_allclose(values, math.log10(2.220446e-16), rtol=1e-6)
