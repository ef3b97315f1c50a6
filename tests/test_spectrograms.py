import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.spectrograms import log_mel, perceptual_mel

RATE = 32000  # the rate of both spectrograms: nothing is resampled
KINDS = [log_mel, perceptual_mel]


@pytest.fixture
def noise():
    return np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)


def tone(hertz, rate=RATE, seconds=1.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


@pytest.mark.parametrize(("kind", "frames", "bands"), [(log_mel, 1 + 32000 // 512, 64), (perceptual_mel, 167, 128)])
def test_one_row_per_frame(kind, frames, bands, noise):
    values = kind.spectrogram(noise, RATE)
    assert values.shape == (frames, bands)
    assert values.dtype == np.float32
    assert values.flags.c_contiguous


@pytest.mark.parametrize("kind", KINDS)
def test_audio_is_resampled(kind):
    # The tone itself, resampled or made at the right rate; away from the ends, where the resampler's filter is cut.
    made, resampled = kind.spectrogram(tone(1000), RATE), kind.spectrogram(tone(1000, rate=44100), 44100)
    assert resampled.shape == made.shape
    loudest = made[20:40] > made[20:40].max() - 30
    np.testing.assert_allclose(resampled[20:40][loudest], made[20:40][loudest], atol=0.05)


@pytest.mark.parametrize("kind", KINDS)
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


def frame_power(samples, frame, n_fft, hop):
    """One frame by the definition of the discrete Fourier transform with a periodic Hann window."""
    n = np.arange(n_fft)
    stretch = samples[frame * hop - n_fft // 2 :][:n_fft] * (0.5 - 0.5 * np.cos(2 * np.pi * n / n_fft))
    return np.abs(np.exp(-2j * np.pi * np.outer(np.arange(n_fft // 2 + 1), n) / n_fft) @ stretch) ** 2


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
    normalised = noise * np.float32(0.98855) / np.abs(noise).max()
    power = np.abs(librosa.stft(normalised, n_fft=1024, hop_length=192, pad_mode="reflect")) ** 2
    frequencies = librosa.fft_frequencies(sr=RATE, n_fft=1024)
    with np.errstate(divide="ignore"):
        decibels = librosa.perceptual_weighting(power, frequencies, ref=1.0, amin=1e-10, top_db=99.0)
    expected = librosa.filters.mel(sr=RATE, n_fft=1024, n_mels=128) @ decibels
    np.testing.assert_allclose(perceptual_mel.spectrogram(noise, RATE), expected.T, atol=1e-4)


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
