import shutil
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.data.audio import read_audio
from workflow_scripts.parts.silence import keep_all, split_on_silence, trim_ends

RATE = 1000  # so that one sample is one millisecond
SILENCE = ["silence", "1", "0.025", "0.15%"]
TRIM = ["norm", "-0.1", *SILENCE, "norm", "-0.1", "reverse", *SILENCE, "reverse"]  # the effects, as SoX takes them
RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000]
needs_sox = pytest.mark.skipif(shutil.which("sox") is None, reason="SoX is not installed")

# Clips of stretches of noise, silence among them: (milliseconds, level).
stretches = st.lists(st.tuples(st.integers(1, 1500), st.sampled_from([0.0, 1e-4, 0.01, 0.5])), min_size=1, max_size=6)


def loud(milliseconds, level=0.5):
    """A square wave: its RMS is its level over any stretch."""
    return level * np.resize([1.0, -1.0], milliseconds)


def silent(milliseconds):
    return np.zeros(milliseconds)


def clip(*parts):
    return np.concatenate(parts).astype(np.float32)


def noise(parts):
    rng = np.random.default_rng(0)
    return clip(*(level * rng.uniform(-1, 1, length) for length, level in parts))


# Trimming


def test_trimming_keeps_the_sound_and_the_silence_within():
    samples = clip(silent(300), loud(200), silent(700), loud(100), silent(50))
    assert trim_ends.find_segments(samples, RATE) == [(300, 1300)]


@pytest.mark.parametrize(("milliseconds", "start"), [(5, 400), (6, 100)])
def test_a_click_too_short_for_the_hold_is_cut_off(milliseconds, start):
    # The 20 ms window holds the click until 19 ms after its end: 5 + 19 ms are too short, 6 + 19 ms are enough.
    samples = clip(silent(100), loud(milliseconds), silent(300 - milliseconds), loud(200))
    assert trim_ends.find_segments(samples, RATE) == [(start, 600)]


def test_the_end_is_sought_relative_to_the_peak_of_what_remains():
    # Re the click at full scale the tail (-60 dB) is silence; re what remains without the click it is at -40 dB.
    samples = clip(silent(100), loud(5, level=1.0), silent(100), loud(200, level=0.1), loud(200, level=0.001))
    assert trim_ends.find_segments(samples, RATE) == [(205, 605)]


@pytest.mark.parametrize(
    ("level", "end"),
    [
        (0.00150, 300),  # times -0.1 dB = 0.98855: 0.00148, below 0.15 %
        (0.00153, 581),  # 0.00151: above, but only where the window from the end is full (20 ms, 19 of them cut)
    ],
)
def test_the_threshold_is_relative_to_a_peak_of_minus_a_tenth_of_a_decibel(level, end):
    assert trim_ends.find_segments(clip(loud(300, level=1.0), loud(300, level=level)), RATE) == [(0, end)]


@pytest.mark.parametrize(
    ("rate", "hertz", "peak", "width", "expected"),
    [
        (44100, 440, 0.5, 0.1, [(24727, 45834)]),
        (44100, 60, 0.02, 0.2, [(13786, 56775)]),
        (44100, 3000, 0.9, 0.01, [(34324, 36237)]),
        (44100, 1000, 0.5, 0.001, []),
        (32000, 200, 0.3, 0.3, [(2112, 49089)]),
    ],
)
def test_trimming_agrees_with_sox(rate, hertz, peak, width, expected):
    """Expected: what SoX 14.4.2 leaves of a 16-bit file with the arguments in the module's docstring."""
    seconds = np.arange(2 * rate) / rate - 0.8
    swell = peak * np.sin(2 * np.pi * hertz * seconds) * np.exp(-((seconds / width) ** 2))
    samples = (np.round(32768 * swell) / 32768).astype(np.float32)
    assert trim_ends.find_segments(samples, rate) == expected


def recording(rng, rate):
    """Return up to 4 clicks, bursts and decays of noise or tone over noise and a constant offset, [n] int16."""
    seconds = np.arange(1 + int(1.5 * rate * rng.uniform() ** 3)) / rate
    samples = rng.choice([0, 0, 1e-4, 1e-3, 0.01]) * rng.uniform(-1, 1, len(seconds))
    samples += rng.choice([0, 0, 0, 1e-3, -0.1])
    for _ in range(rng.integers(5)):
        since = seconds - rng.uniform(-0.1, 1) * len(seconds) / rate
        shape = rng.choice([since < 10 ** rng.uniform(-4, 0), np.exp(-np.maximum(since, 0) / 10 ** rng.uniform(-4, 0))])
        sound = rng.choice([rng.uniform(-1, 1, len(seconds)), np.sin(2 * np.pi * 10 ** rng.uniform(1.5, 4) * since)])
        samples += 10 ** rng.uniform(-4, 0) * (since >= 0) * shape * sound
    return np.round(32768 * samples).clip(-32768, 32767).astype(np.int16)


def assert_that_sox_leaves_the_same(samples, rate, folder):
    """``samples``: [n] int16, written to a WAV file."""
    whole, trimmed = folder / "whole.wav", folder / "trimmed.wav"
    soundfile.write(whole, samples, rate)
    subprocess.run(["sox", "-D", whole, trimmed, *TRIM], check=True, capture_output=True)  # -D: without dither
    (samples, _), (left, _) = read_audio(whole), read_audio(trimmed)
    found = trim_ends.find_segments(samples, rate)
    assert len(left) == sum(end - start for start, end in found)
    for start, end in found:
        # SoX has amplified it, by the peak before the end was cut off.
        gain = 10 ** (-0.1 / 20) / np.abs(samples[start:]).max()
        np.testing.assert_allclose(left, gain * samples[start:end], atol=1 / 32768)


@needs_sox
@pytest.mark.parametrize("rate", RATES)
def test_trimming_leaves_of_a_wav_file_what_sox_leaves(rate, tmp_path):
    rng = np.random.default_rng(rate)
    for _ in range(30):
        assert_that_sox_leaves_the_same(recording(rng, rate), rate, tmp_path)


@needs_sox
@pytest.mark.parametrize("rate", RATES)
def test_clicks_about_as_long_as_the_hold_are_cut_off_where_sox_cuts_them_off(rate, tmp_path):
    for length in range(int(0.005 * rate) - 1, int(0.005 * rate) + 5):  # in a window of 20 ms, held for 25 ms
        samples = np.random.default_rng(0).integers(-9999, 9999, rate, np.int16)
        samples[: rate // 8], samples[rate // 8 + length : rate // 2] = 0, 0
        assert_that_sox_leaves_the_same(np.concatenate([samples, samples[::-1]]), rate, tmp_path)


@given(stretches, st.integers(-10, 0))
def test_trimming_finds_at_most_one_part_and_the_same_at_any_level(parts, exponent):
    samples = noise(parts)
    found = trim_ends.find_segments(samples, RATE)
    assert all(0 <= start < end <= len(samples) for start, end in found)
    assert len(found) <= 1
    assert trim_ends.find_segments(samples * np.float32(2.0**exponent), RATE) == found


# Splitting


def test_a_long_pause_splits_and_margins_are_kept():
    samples = clip(silent(1000), loud(2000), silent(1000), loud(700), silent(900))
    assert split_on_silence.find_segments(samples, RATE) == [(600, 3400), (3600, 5100)]


def test_margins_end_at_the_ends_of_the_clip():
    assert split_on_silence.find_segments(clip(silent(600), loud(600)), RATE) == [(200, 1200)]
    assert split_on_silence.find_segments(clip(silent(300), loud(700)), RATE) == [(0, 1000)]


def test_a_short_pause_does_not_split():
    assert split_on_silence.find_segments(clip(loud(1000), silent(300), loud(1000)), RATE) == [(0, 2300)]


@pytest.mark.parametrize(("pause", "parts"), [(499, 1), (500, 2)])
def test_the_shortest_pause_that_splits(pause, parts):
    assert len(split_on_silence.find_segments(clip(loud(1000), silent(pause), loud(1000)), RATE)) == parts


def test_a_pause_too_short_for_both_margins_is_divided_in_its_middle():
    samples = clip(loud(1000), silent(600), loud(1000))
    assert split_on_silence.find_segments(samples, RATE) == [(0, 1300), (1300, 2600)]


def test_a_clip_as_short_as_its_margins_stays_whole():
    assert split_on_silence.find_segments(clip(loud(10), silent(790)), RATE) == [(0, 800)]
    assert split_on_silence.find_segments(clip(loud(10), silent(791)), RATE) == [(0, 410)]


def test_a_clip_shorter_than_a_pause_stays_whole():
    samples = clip(loud(10), silent(1500))
    assert split_on_silence.find_segments(samples, RATE, min_silence_seconds=2.0) == [(0, 1510)]


@pytest.mark.parametrize(("decibels", "found"), [(-47, True), (-49, False)])
def test_a_lasting_sound_is_split_at_minus_48_decibels(decibels, found):
    # At 8 kHz the envelope window is 128 ms; a second of one level makes a run of over 0.5 s.
    level = 10 ** (decibels / 20)
    samples = clip(silent(8000), loud(8000, level=level), silent(8000))
    assert bool(split_on_silence.find_segments(samples, 8000)) == found


@pytest.mark.parametrize(("decibels", "parts"), [(-52, 2), (-58, 1)])
def test_a_clip_of_transients_is_split_at_minus_56_decibels(decibels, parts):
    # A knock, and a second later 600 ms that are too faint to be in the envelope's upper 30 dB.
    level = 10 ** (decibels / 20)
    samples = clip(loud(2400), silent(8000), loud(4800, level=level), silent(8000))
    assert len(split_on_silence.find_segments(samples, 8000)) == parts


def test_the_same_after_a_lasting_sound_is_silence():
    samples = clip(loud(8000), silent(8000), loud(4800, level=10 ** (-52 / 20)), silent(8000))
    assert split_on_silence.find_segments(samples, 8000) == [(0, 11200)]


def test_a_sound_to_the_end_of_the_clip_counts_as_a_transient():
    # The envelope never falls; the stretch before is 52 dB below full scale.
    samples = clip(silent(8000), loud(4800, level=10 ** (-52 / 20)), silent(8000), loud(16000))
    assert len(split_on_silence.find_segments(samples, 8000)) == 2


def test_of_several_sounds_only_the_last_may_never_fall():
    samples = clip(loud(2400), silent(8000), loud(4800, level=10 ** (-52 / 20)), silent(8000), loud(16000))
    assert len(split_on_silence.find_segments(samples, 8000)) == 3


def test_silence_reaches_the_end_of_a_clip_of_broken_milliseconds():
    ((start, end),) = split_on_silence.find_segments(clip(loud(44100), silent(44100 + 30)), 44100)
    assert start == 0
    assert end == pytest.approx(1.4 * 44100, abs=45)


@given(stretches)
def test_parts_are_in_order_disjoint_and_hold_everything_loud(parts):
    samples = noise(parts)
    found = split_on_silence.find_segments(samples, RATE)
    borders = [border for part in found for border in part]
    assert borders == sorted(borders)
    assert all(0 <= start < end <= len(samples) for start, end in found)
    outside = samples.copy()
    for start, end in found:
        outside[start:end] = 0
    # A single sample of this magnitude raises the RMS of 500 samples above -48 dB.
    assert np.abs(outside).max() <= np.sqrt(500) * (10 ** (-48 / 20) + 1 / 32768)


# Both


@pytest.mark.parametrize("rule", [trim_ends, split_on_silence])
@pytest.mark.parametrize("length", [0, 1, 500, 3000])
def test_nothing_is_found_in_silence(rule, length):
    assert rule.find_segments(clip(silent(length)), RATE) == []


# ------------------------------------------------------------------ no cutting


def test_where_nothing_is_cut_a_clip_is_one_segment():
    assert keep_all.find_segments(np.array([0, 0.1, 0], np.float32), 8000) == [(0, 3)]
    assert keep_all.find_segments(np.zeros(3, np.float32), 8000) == []
