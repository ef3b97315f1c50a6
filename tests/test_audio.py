import numpy as np
import pytest
import soundfile

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.audio import read_audio

RATE = 22050
TONE = 0.5 * np.sin(2 * np.pi * 440 / RATE * np.arange(3 * RATE))
FORMATS = ["wav", "flac", "ogg", "mp3"]


def refusal(path):
    with pytest.raises(UserError) as error:
        read_audio(path)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


def test_16_bit_values_are_fractions_of_full_scale(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([16384, -32768, 0, 1], np.int16), RATE)
    samples, rate = read_audio(tmp_path / "x.wav")
    assert rate == RATE
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.5, -1, 0, 2**-15]


@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_channels_are_averaged(extension, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, np.array([[0.5, 0.25], [-0.5, 0.5]]), RATE)
    assert read_audio(path)[0].tolist() == [0.375, 0]


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


def test_file_of_0_bytes_is_an_empty_clip(tmp_path):
    (tmp_path / "x.wav").touch()
    samples, rate = read_audio(tmp_path / "x.wav")
    assert (samples.shape, samples.dtype) == ((0,), np.float32)
    assert len(samples) / rate == 0


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("missing", [0.999, 0.9, 0.5, 0.1, 10])
def test_truncated_file_is_refused(extension, missing, tmp_path):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, TONE, RATE)
    content = path.read_bytes()
    kept = len(content) - (missing if missing > 1 else int(missing * len(content)))
    path.write_bytes(content[:kept])
    assert "fetch the file again" in refusal(path)


def test_ogg_cut_between_two_pages_is_refused(tmp_path):
    path = tmp_path / "x.ogg"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 20 * RATE), RATE)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    assert "truncated" in refusal(path)


def test_wav_whose_writer_did_not_know_the_length_is_read(tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array([0.5, 0.25]), RATE)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"data\4\0\0\0", b"data\xff\xff\xff\xff"))
    assert read_audio(path)[0].tolist() == [0.5, 0.25]


def test_file_that_is_no_audio_is_refused(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(b"<html>not found</html>")
    assert "cannot be decoded" in refusal(path)


def test_absurd_length_in_the_header_is_refused(tmp_path):
    path = tmp_path / "x.flac"
    soundfile.write(path, TONE, RATE)
    content = bytearray(path.read_bytes())
    content[21:26] = bytes([content[21] & 0xF0, 0, 0, 0, 0])  # STREAMINFO: the number of samples is unknown
    path.write_bytes(content)
    assert "cannot be decoded" in refusal(path)


def test_missing_file_is_named(tmp_path):
    assert "no such audio file" in refusal(tmp_path / "absent.wav")
