import hashlib

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import audio, inspect_audio
from workflow_scripts.data.audio import audio_facts, read_audio
from workflow_scripts.tables.audio_facts import AudioFacts, read_audio_facts
from workflow_scripts.tables.listing import Listing, write_listing

RATE = 22050
TONE = 0.5 * np.sin(2 * np.pi * 440 / RATE * np.arange(3 * RATE))
FORMATS = ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf", "rf64", "w64"]
LOSSLESS = [name for name in FORMATS if name not in ("ogg", "mp3")]


def refusal(path):
    with pytest.raises(UserError) as error:
        read_audio(path)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    assert message.count(str(path)) == 1
    facts = audio_facts(path)
    assert facts["message"] == message
    assert facts["state"] == ("unreadable" if path.is_file() else "missing")
    return message


# ---------------------------------------------------------------- what is read


def test_16_bit_values_are_fractions_of_full_scale(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([16384, -32768, 0, 1], np.int16), RATE)
    samples, rate = read_audio(tmp_path / "x.wav")
    assert rate == RATE
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.5, -1, 0, 2**-15]


@pytest.mark.parametrize("extension", LOSSLESS)
@pytest.mark.parametrize("channels", [2, 6])
def test_channels_are_averaged(extension, channels, tmp_path):
    path = tmp_path / f"x.{extension}"
    first = np.array([[0.5, 0.25], [-0.5, 0.5]])
    soundfile.write(path, np.tile(first, channels // 2), RATE)
    assert read_audio(path)[0].tolist() == [0.375, 0]
    facts = audio_facts(path)
    assert (facts["channels"], facts["peak"]) == (channels, 0.5)


@pytest.mark.parametrize("extension", FORMATS)
def test_tone_keeps_its_length_and_shape(extension, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, TONE, RATE)
    samples, rate = read_audio(path)
    assert (samples.shape, rate) == (TONE.shape, RATE)
    np.testing.assert_allclose(samples, TONE, atol=0.05)


@pytest.mark.parametrize("extension", ["wav", "ogg"])
def test_clip_without_samples_is_empty(extension, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, np.zeros(0), RATE)
    samples, rate = read_audio(path)
    assert (samples.shape, samples.dtype, rate) == ((0,), np.float32, RATE)
    facts = audio_facts(path)
    assert (facts["state"], facts["seconds"], facts["rate"], facts["content"]) == ("empty", 0, RATE, "")


def test_file_of_0_bytes_is_an_empty_clip(tmp_path):
    (tmp_path / "x.wav").touch()
    samples, rate = read_audio(tmp_path / "x.wav")
    assert (samples.shape, samples.dtype) == ((0,), np.float32)
    assert len(samples) / rate == 0
    facts = audio_facts(tmp_path / "x.wav")
    assert (facts["state"], facts["seconds"], facts["message"]) == ("empty", 0, "")


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_reading_in_blocks_changes_nothing(extension, block, monkeypatch, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.5, (1500, 2)).clip(-1, 1), RATE)
    samples, facts = read_audio(path)[0], audio_facts(path)
    monkeypatch.setattr(audio, "BLOCK", block)
    np.testing.assert_array_equal(read_audio(path)[0], samples)
    assert audio_facts(path) == facts


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("missing", [0.999, 0.9, 0.5, 0.1, 10, 1])
def test_truncated_file_is_refused(extension, missing, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, TONE, RATE)
    content = path.read_bytes()
    kept = len(content) - (missing if missing >= 1 else int(missing * len(content)))
    path.write_bytes(content[:kept])
    assert "fetch the file again" in refusal(path)


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """Format -> (content, samples) of noise."""
    noise, files = np.random.default_rng(0).normal(0, 0.1, 3000), {}
    for extension in FORMATS:
        path = tmp_path_factory.mktemp("whole") / f"x.{extension}"
        soundfile.write(path, noise, RATE)
        files[extension] = path.read_bytes(), read_audio(path)[0]
    return files


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extension=st.sampled_from(FORMATS), fraction=st.floats(0, 1, exclude_max=True, exclude_min=True))
def test_cut_clip_is_never_a_shorter_clip(extension, fraction, whole_files, tmp_path):
    content, samples = whole_files[extension]
    path = tmp_path / f"x.{extension}"
    path.write_bytes(content[: max(1, int(fraction * len(content)))])
    if audio_facts(path)["state"] == "ok":  # the cut is behind the samples
        np.testing.assert_array_equal(read_audio(path)[0], samples)
    else:
        refusal(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    extension=st.sampled_from(FORMATS),
    damage=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_damaged_header_never_stops_the_inspection(extension, damage, whole_files, tmp_path):
    content = bytearray(whole_files[extension][0])
    for position, value in damage:
        content[position] = value
    path = tmp_path / f"x.{extension}"
    path.write_bytes(content)
    facts = audio_facts(path)
    assert facts["state"] in ("ok", "empty", "unreadable")
    assert (facts["message"] != "") == (facts["state"] == "unreadable")
    assert "\n" not in facts["message"]


def test_ogg_cut_between_two_pages_is_refused(tmp_path):
    path = tmp_path / "x.ogg"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 20 * RATE), RATE)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    assert "truncated" in refusal(path)


@pytest.mark.parametrize("kept", [40, 41, 43, 44])
def test_wav_that_ends_within_or_after_its_header_is_no_empty_clip(kept, tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, TONE, RATE)
    path.write_bytes(path.read_bytes()[:kept])
    assert "fetch the file again" in refusal(path)


def test_wav_with_its_end_behind_the_samples_missing_is_whole(tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array([0.5, 0.25]), RATE)
    path.write_bytes(path.read_bytes() + b"LIST\x64\0\0\0INFO")  # 100 bytes announced
    assert read_audio(path)[0].tolist() == [0.5, 0.25]


# What ffmpeg and SoX write where they cannot go back to the header; SoX rounds down to whole frames.
@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000, 0x7FFFEFFC])
def test_wav_whose_writer_did_not_know_the_length_is_read(size, tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array([0.5, 0.25]), RATE)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"data\4\0\0\0", b"data" + size.to_bytes(4, "little")))
    assert read_audio(path)[0].tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("extension", "before", "size"), [("au", b".snd\0\0\0\x18", 0xFFFFFFFF), ("aiff", b"SSND", 0x7F000008)]
)
def test_au_and_aiff_whose_writer_did_not_know_the_length_are_read(extension, before, size, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, np.array([0.5, 0.25]), RATE)
    content = bytearray(path.read_bytes())
    position = content.index(before) + len(before)
    content[position : position + 4] = size.to_bytes(4, "big")
    path.write_bytes(content)
    assert read_audio(path)[0].tolist() == [0.5, 0.25]


def test_file_that_is_no_audio_is_refused(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(b"<html>not found</html>")
    assert "cannot be decoded" in refusal(path)


@pytest.mark.parametrize("length", [0, 2**36 - 1])
def test_absurd_length_in_the_header_is_refused(length, tmp_path):
    path = tmp_path / "x.flac"
    soundfile.write(path, TONE, RATE)
    content = bytearray(path.read_bytes())
    high, low = divmod(length, 2**32)  # of STREAMINFO's number of samples: 0 if it is not known
    content[21:26] = bytes([content[21] & 0xF0 | high]) + low.to_bytes(4, "big")
    path.write_bytes(content)
    assert ("cannot be decoded (its header does not tell" if length == 0 else "truncated") in refusal(path)
    convert = f"convert it: cd {tmp_path} && ffmpeg -i x.flac -vn x.wav"
    assert (convert in refusal(path)) == (length == 0)


def test_samples_that_are_no_numbers_are_refused(tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array([0, np.nan, 0]), RATE, subtype="FLOAT")
    assert "NaN" in refusal(path)


def test_missing_file_is_named(tmp_path):
    assert "no such audio file" in refusal(tmp_path / "absent.wav")


def test_file_that_may_not_be_read_is_named(monkeypatch, tmp_path):
    def denied(path):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "x.wav"
    soundfile.write(path, TONE, RATE)
    monkeypatch.setattr(audio, "md5_of", denied)
    facts = audio_facts(path)
    assert facts["state"] == "unreadable"
    assert facts["message"] == f"{path}: cannot be read (Permission denied); correct its permissions or remove the clip"


# ---------------------------------------------------------------- what it is like


def test_facts_of_a_clip(tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array([[0, 0.25], [-0.75, 0], [0, 0], [0, 0]]), 8000)
    facts = audio_facts(path)
    assert set(facts) == set(AudioFacts.columns) - {"fname"}
    assert (facts["state"], facts["message"]) == ("ok", "")
    assert (facts["seconds"], facts["rate"], facts["channels"]) == (4 / 8000, 8000, 2)
    assert (facts["peak"], facts["clipped"]) == (0.75, 0)
    assert facts["md5"] == hashlib.md5(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("samples", "clipped"),
    [
        ([32767, 32767, 0, 32767], 0),
        ([32767, 32767, 32767, 0], 3),
        ([0, -32768, -32768, -32768, -32768], 4),
        ([32767] * 3 + [0] + [32767] * 2 + [0] + [-32768] * 5, 8),
        ([32766] * 9, 0),
    ],
)
@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_samples_in_runs_of_3_at_full_scale_are_clipped(samples, clipped, block, monkeypatch, tmp_path):
    monkeypatch.setattr(audio, "BLOCK", block)
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array(samples, np.int16), RATE)
    assert audio_facts(path)["clipped"] == clipped


def test_run_is_of_one_channel(tmp_path):
    samples = np.zeros((4, 2), np.int16)
    samples[:2, 0] = samples[2:, 1] = 32767
    soundfile.write(tmp_path / "x.wav", samples, RATE)
    assert audio_facts(tmp_path / "x.wav")["clipped"] == 0


def content_of(path, samples, rate=RATE, **options):
    soundfile.write(path, samples, rate, **options)
    return audio_facts(path)["content"]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_recording_is_the_same_in_wav_flac_and_aiff(subtype, tmp_path):
    noise = np.random.default_rng(0).integers(-(2**15), 2**15, (1000, 2)).astype(np.int16)
    contents = {content_of(tmp_path / f"x.{name}", noise, subtype=subtype) for name in ("wav", "flac", "aiff")}
    assert len(contents) == 1


def test_recording_differs_with_a_sample_the_rate_or_the_channels(tmp_path):
    samples = np.array([0.5, 0.25, 0.25, 0.125])
    other = np.array([0.5, 0.25, 0.25, 0.25])
    path = tmp_path / "x.wav"
    contents = [
        content_of(path, samples),
        content_of(path, other),
        content_of(path, samples, 2 * RATE),
        content_of(path, samples.reshape(2, 2)),
    ]
    assert len(set(contents)) == 4


# ---------------------------------------------------------------- the stage


def test_stage_writes_a_row_for_every_clip(tmp_path):
    soundfile.write(tmp_path / "good.wav", TONE, RATE)
    (tmp_path / "cut.wav").write_bytes((tmp_path / "good.wav").read_bytes()[:1000])
    (tmp_path / "empty.wav").touch()
    clips = pd.DataFrame({"fname": ["cut.wav", "absent.wav", "good.wav", "empty.wav"]})
    clips = clips.reindex(columns=list(Listing.columns), fill_value="")
    clips["path"] = [str(tmp_path / fname) for fname in clips["fname"]]
    clips["split"], clips["manually_verified"] = "train", 1
    write_listing(clips, tmp_path / "listing.csv")
    inspect_audio.main(
        listing=tmp_path / "listing.csv",
        facts=tmp_path / "facts.csv",
        settings=inspect_audio.Settings(code="x"),
        threads=2,
    )
    facts = read_audio_facts(tmp_path / "facts.csv")
    assert facts["state"].to_dict() == {
        "cut.wav": "unreadable",
        "absent.wav": "missing",
        "good.wav": "ok",
        "empty.wav": "empty",
    }
    assert facts["seconds"].tolist() == [0, 0, 3, 0]
    assert (facts["message"] != "").tolist() == [True, True, False, False]


# ---------------------------------------------------------------- what has been decoded once


@pytest.fixture
def inspected(tmp_path, monkeypatch):
    """Return a function that inspects two clips and returns (facts, number of files decoded)."""
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, TONE * (0.5 if name == "a.wav" else 0.4), RATE)

    def run(code="x", label="Bark"):
        clips = pd.DataFrame({"fname": ["a.wav", "b.wav"], "label": label, "manually_verified": 1})
        clips = clips.assign(**dict.fromkeys(["usage", "subsets", "group", "fold", "row"], ""), split="train")
        write_listing(clips.assign(path=[str(tmp_path / name) for name in clips["fname"]]), tmp_path / "listing.csv")
        decoded = []
        with monkeypatch.context() as patch:
            measure = audio._measure
            patch.setattr(audio, "_measure", lambda *found: decoded.append(1) or measure(*found))
            files = {"listing": tmp_path / "listing.csv", "facts": tmp_path / "facts.csv"}
            inspect_audio.main(**files, settings=inspect_audio.Settings(code=code), threads=1)
        return (tmp_path / "facts.csv").read_text(), len(decoded)

    return run


def test_a_corrected_label_decodes_nothing_anew(inspected):
    first, decoded = inspected()
    assert decoded == 2
    assert inspected(label="Meow") == (first, 0)


def test_another_recording_and_other_code_are_decoded(inspected, tmp_path):
    inspected()
    soundfile.write(tmp_path / "b.wav", TONE * 0.3, RATE)
    facts, decoded = inspected()
    assert decoded == 1
    assert inspected(code="y") == (facts, 2)


def test_an_interrupted_inspection_goes_on(inspected, tmp_path):
    first, _ = inspected()
    memory = tmp_path / ".facts.csv.x.jsonl"
    lines = memory.read_text().splitlines(keepends=True)
    memory.write_text(lines[0] + lines[1][: len(lines[1]) // 2])
    assert inspected() == (first, 1)
