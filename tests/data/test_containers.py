"""Files as encoders, recorders and copying leave them: read whole, or refused with the place, never in part unsaid."""

import io
import os
import shlex
import struct

import numpy as np
import pytest
import soundfile

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import audio, ogg, suffixes
from workflow_scripts.data.audio import audio_facts, read_audio, read_blocks
from workflow_scripts.data.remarks import remarks

LAME_DELAY = 1105  # samples in front of the sound: 576 of the encoder, 529 of the decoder
ID3 = b"ID3\x03\0\0\0\0\0\x0a" + bytes(10)
ID3_V1 = b"TAG" + b"x" * 125
APE = b"APETAGEX" + struct.pack("<4I8x", 2000, 32 + 50, 1, 0x80000000)
LYRICS = b"LYRICSBEGIN" + b"IND0000200" + b"000021LYRICS200"
APE_ALONE = b"APETAGEX" + struct.pack("<4I8x", 1000, 32 + 50, 1, 0)  # there is none in front of the 50 bytes
INFO = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf59.27.100\0"


def noise(seconds, rate, channels=1, seed=0):
    """Quiet, then loud, so that a variable bit rate begins low."""
    samples = np.random.default_rng(seed).normal(0, 0.1, (round(seconds * rate), channels))
    samples[: len(samples) // 2] *= 1e-3
    return samples.clip(-1, 1)


def encoded(samples, rate, **options):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, **options)
    return file.getvalue()


def facts_of(path, content):
    """Return the audio facts of a file with ``content``, which must agree with what reading it does."""
    path.write_bytes(content)
    facts = audio_facts(path)
    if facts["state"] in ("ok", "empty"):
        assert len(read_audio(path)[0]) == round(facts["seconds"] * facts["rate"])
    else:
        with pytest.raises(UserError) as error:
            read_audio(path)
        assert facts["message"] == str(error.value) and "\n" not in facts["message"]
    return facts


def samples_of(path, content):
    path.write_bytes(content)
    return read_audio(path)[0]


# ---------------------------------------------------------------- MP3 and MP2


def mp3(rate=44100, channels=1, mode="CONSTANT", seconds=0.7, seed=0):
    """Return (file with LAME's header, the same without, number of frames by that header)."""
    content = encoded(noise(seconds, rate, channels, seed), rate, format="MP3", bitrate_mode=mode)
    place = max(content.find(b"Xing"), content.find(b"Info"))
    return content, content[content.index(content[:2], place) :], int.from_bytes(content[place + 8 : place + 12], "big")


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 32000, 44100, 48000])
@pytest.mark.parametrize(("channels", "mode"), [(1, "CONSTANT"), (2, "CONSTANT"), (1, "VARIABLE"), (2, "VARIABLE")])
def test_mp3_without_a_header_is_read_whole(rate, channels, mode, tmp_path):
    whole, bare, frames = mp3(rate, channels, mode)
    told = samples_of(tmp_path / "x.mp3", whole)
    assert len(told) == round(0.7 * rate)
    found = samples_of(tmp_path / "x.mp3", bare)
    assert len(found) == frames * (1152 if rate >= 32000 else 576)
    np.testing.assert_allclose(found[LAME_DELAY:][: len(told)], told, atol=1e-6)
    facts = facts_of(tmp_path / "x.mp3", bare)
    assert (facts["state"], facts["streams"], facts["seconds"]) == ("ok", 1, len(found) / rate)


def test_mp2_is_read_whole(tmp_path):
    frame = bytes([0xFF, 0xFD, 0x80, 0xC0]) + bytes(413)  # layer II, 128 kbit/s, 44.1 kHz, mono; nothing is allocated
    for count in (2, 7, 100):
        assert np.array_equal(samples_of(tmp_path / "x.mp2", count * frame), np.zeros(1152 * count))
    assert "truncated" in facts_of(tmp_path / "x.mp2", 7 * frame + frame[:100])["message"]


@pytest.mark.parametrize(
    "front", [b"", ID3, b"ID3\x03\0\0\0\0\x20\0" + b"\xff\xfbcover" * 585 + b"c", ID3 + ID3 + bytes(999)]
)
@pytest.mark.parametrize(
    "back", [b"", ID3_V1, bytes(50) + APE_ALONE, LYRICS + ID3_V1, APE + bytes(50) + APE + ID3_V1, bytes(999)]
)
def test_tags_around_an_mp3_are_no_sound(front, back, tmp_path):
    for content in mp3()[:2]:
        expected = samples_of(tmp_path / "x.mp3", content)
        found = samples_of(tmp_path / "x.mp3", front + content + (back if front else back[-128:]))
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [None, 0, 0xFFFFFFFF])
def test_mp3_in_wav_is_read_whole(size, tmp_path):
    bare = mp3(44100, 2)[1]
    form = struct.pack("<HHIIHHHHIHHH", 0x55, 2, 44100, 16000, 1, 0, 12, 1, 2, 417, 1, 0)
    data = b"data" + struct.pack("<I", len(bare) if size is None else size) + bare
    content = b"RIFF" + struct.pack("<I", len(data) + 42) + b"WAVEfmt " + struct.pack("<I", len(form)) + form + data
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples_of(tmp_path / "x.mp3", bare))


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
@pytest.mark.parametrize("header", [True, False])
def test_truncated_mp3_is_noticed_wherever_it_ends(mode, header, tmp_path):
    whole, bare, frames = mp3(22050, 2, mode)
    content = whole if header else bare
    between = {len(content) - len(bare)}  # where frames end
    while len(between) < frames + 1:
        between.add(content.find(bare[:2], max(between) + 20) if len(between) < frames else len(content))
    for kept in np.random.default_rng(0).integers(1, len(content), 60):
        if header or kept not in between:
            assert facts_of(tmp_path / "x.mp3", content[:kept])["state"] == "unreadable"
    assert "truncated" in facts_of(tmp_path / "x.mp3", content[:-1])["message"]
    assert "truncated" in facts_of(tmp_path / "x.mp3", content[:-1] + ID3_V1)["message"]


@pytest.mark.parametrize("header", [True, False])
def test_bytes_missing_within_an_mp3_are_noticed(header, tmp_path):
    content = mp3()[0 if header else 1]
    facts = facts_of(tmp_path / "x.mp3", content[:2000] + content[2005:])
    assert facts["state"] == "unreadable" and "damaged at byte 2," in facts["message"]


def test_joined_mp3s_are_read_one_after_the_other_and_it_is_said(tmp_path):
    parts = [*mp3(seed=1)[:2], *mp3(seed=2, mode="VARIABLE")[:1]]
    expected = np.concatenate([samples_of(tmp_path / "x.mp3", part) for part in parts])
    for between in (b"", ID3, ID3_V1, bytes(100)):
        np.testing.assert_array_equal(samples_of(tmp_path / "x.mp3", between.join(parts)), expected)
    assert audio_facts(tmp_path / "x.mp3")["streams"] == 3
    _, _, said = read_blocks(tmp_path / "x.mp3")
    assert said == ["it is 3 recordings joined; they are read one after the other, as one clip"]
    assert "truncated" in facts_of(tmp_path / "x.mp3", parts[0] + parts[2][:-50])["message"]


@pytest.mark.parametrize("other", [{"rate": 48000}, {"channels": 2}])
def test_joined_mp3s_of_other_rates_or_channels_are_to_be_converted(other, tmp_path):
    facts = facts_of(tmp_path / "x.mp3", mp3()[1] + mp3(**other)[1])
    assert "is joined from several, whose sample rates or channels differ; convert it: cd " in facts["message"]


def test_a_tag_without_a_length_does_not_hold_up(tmp_path):
    assert facts_of(tmp_path / "x.mp3", mp3()[0] + APE[:12] + bytes(20))["seconds"] == 0.7


def test_mp3_of_free_format_is_to_be_converted(tmp_path):
    facts = facts_of(tmp_path / "x.mp3", (bytes([0xFF, 0xFB, 0x00, 0xC0]) + bytes(500)) * 5)
    assert "is MPEG audio of free format that does not tell its length; convert it: cd " in facts["message"]


def test_an_mp3_with_more_frames_than_its_header_tells_is_read_whole(tmp_path):
    whole, bare, frames = mp3()
    more = facts_of(tmp_path / "x.mp3", whole + bare)
    assert (more["streams"], more["seconds"]) == (2, (30870 + 1152 * frames) / 44100)
    frame = bare[: bare.index(bare[:2], 20)]
    one_more = facts_of(tmp_path / "x.mp3", whole + frame)  # some encoders leave the last frame out
    assert (one_more["streams"], one_more["seconds"]) == (1, 0.7)


# ---------------------------------------------------------------- Ogg


def vorbis(seconds=1.0, rate=16000, channels=1, subtype="VORBIS", seed=0):
    return encoded(noise(seconds, rate, channels, seed), rate, format="OGG", subtype=subtype)


def pages_of(content):
    places = [place for place in range(len(content)) if content.startswith(b"OggS", place)]
    return [content[first:last] for first, last in zip(places, [*places[1:], None], strict=True)]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_flipped_bit_anywhere_in_an_ogg_is_noticed(subtype, tmp_path):
    content = vorbis(subtype=subtype)
    rng = np.random.default_rng(0)
    for place in {0, 5, 22, 26, 27, len(content) - 1, *map(int, rng.integers(0, len(content), 60))}:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        facts = facts_of(tmp_path / "x.ogg", bytes(damaged))
        assert facts["state"] == "unreadable"
        assert "damaged at byte " in facts["message"] or "truncated" in facts["message"]


def test_a_damaged_page_is_named_by_its_place(tmp_path):
    content = bytearray(vorbis(3, 44100))
    pages = pages_of(bytes(content))
    place = sum(map(len, pages[:5]))
    end_before = int.from_bytes(pages[4][6:14], "little") / 44100  # when the page before ends
    content[place + 1000] ^= 1
    said = f"damaged at byte {place:,} (after {end_before:.2f} s): the checksum of the Ogg page there is wrong; fetch"
    assert said in facts_of(tmp_path / "x.ogg", bytes(content))["message"]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_missing_and_repeated_ogg_pages_are_noticed(subtype, tmp_path):
    pages = pages_of(vorbis(3, 48000, subtype=subtype))
    for number in range(len(pages)):
        missing, repeated = pages[:number] + pages[number + 1 :], pages[:number] + pages[number:][:1] + pages[number:]
        for part in (missing, repeated):
            facts = facts_of(tmp_path / "x.ogg", b"".join(part))
            assert facts["state"] == "unreadable" and "fetch the file again" in facts["message"]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_joined_ogg_streams_are_read_one_after_the_other(subtype, tmp_path):
    parts = [vorbis(subtype=subtype, seed=seed) for seed in range(3)]
    expected = np.concatenate([samples_of(tmp_path / "x.ogg", part) for part in parts])
    np.testing.assert_array_equal(samples_of(tmp_path / "x.ogg", b"".join(parts)), expected)
    assert audio_facts(tmp_path / "x.ogg")["streams"] == 3
    cut = parts[0] + parts[1][: len(parts[1]) // 2]
    assert "truncated" in facts_of(tmp_path / "x.ogg", cut)["message"]
    without_its_last_page = b"".join(pages_of(parts[0])[:-1])
    assert "truncated at byte" in facts_of(tmp_path / "x.ogg", without_its_last_page + parts[1])["message"]
    other = vorbis(subtype=subtype, channels=2)
    assert "convert it: cd " in facts_of(tmp_path / "x.ogg", parts[0] + other)["message"]


@pytest.mark.parametrize("begin", [mp3, vorbis])
@pytest.mark.parametrize("other", [mp3, vorbis, "WAV", "FLAC", "AIFF"])
@pytest.mark.parametrize("tag", [b"", ID3])
def test_of_joined_files_of_several_formats_none_is_left_out_unsaid(begin, other, tag, tmp_path):
    first, second = begin(), encoded(noise(0.2, 8000), 8000, format=other) if isinstance(other, str) else other()
    first, second = (content if isinstance(content, bytes) else content[0] for content in (first, second))
    if begin is not other:
        message = facts_of(tmp_path / "x", first + tag + second)["message"]
        assert f"damaged at byte {len(first + tag):,}, where " in message and "begins; fetch the file" in message


def test_of_joined_flacs_none_is_left_out_unsaid(tmp_path):
    content = encoded(noise(0.2, 8000), 8000, format="FLAC")
    assert facts_of(tmp_path / "x.flac", ID3 + content + ID3_V1)["seconds"] == 0.2
    said = f"damaged at byte {len(content):,}, where another FLAC file begins; fetch"
    assert said in facts_of(tmp_path / "x.flac", 2 * content)["message"]


def test_ogg_streams_of_several_codings_are_read_where_they_can_be_joined(tmp_path):
    parts = [vorbis(rate=48000), vorbis(subtype="OPUS", rate=48000)]
    assert facts_of(tmp_path / "x.ogg", b"".join(parts))["seconds"] == 2
    unlike = parts[0] + vorbis(subtype="OPUS")  # FFmpeg would leave out the second one
    assert "sample rates or channels differ; fetch" in facts_of(tmp_path / "x.ogg", unlike)["message"]


def test_what_stands_around_an_ogg_is_no_sound(tmp_path):
    expected = samples_of(tmp_path / "x.ogg", vorbis())
    for content in (ID3 + vorbis(), vorbis() + ID3_V1, vorbis() + bytes(99)):
        np.testing.assert_array_equal(samples_of(tmp_path / "x.ogg", content), expected)


def page(serial, number, flags, body):
    """A page with the checksum of RFC 3533, bit by bit: of the polynomial 0x04c11db7, begun with 0."""
    content = b"OggS\0" + struct.pack("<BqIIIBB", flags, 0, serial, number, 0, 1, len(body)) + body
    checksum = 0
    for byte in content:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum >> 31 else 0)) & 0xFFFFFFFF
    return content[:22] + struct.pack("<I", checksum) + content[26:]


def test_interleaved_streams_are_begun_together():
    both = [page(1, 0, 2, b"a"), page(2, 0, 2, b"b"), page(2, 1, 0, b"c"), page(1, 1, 4, b"d"), page(2, 2, 4, b"e")]
    content = b"".join(both)
    twice = ogg.streams(io.BytesIO(2 * content), 0, 2 * len(content))
    assert twice == [(0, len(content)), (len(content), 2 * len(content))]


# ---------------------------------------------------------------- WAV and RF64


def wav(size=None, tail=b"", seconds=0.5, **options):
    """Return a WAV file whose header tells ``size`` bytes of sound, at 8 kHz, and its samples."""
    samples = np.random.default_rng(0).integers(-(2**15), 2**15, round(8000 * seconds)).astype(np.int16)
    content = bytearray(encoded(samples, 8000, **{"format": "WAV", **options}))
    place, width = (content.index(b"ds64") + 16, 8) if content.startswith(b"RF64") else (content.index(b"data") + 4, 4)
    if size is not None:
        content[place : place + width] = size.to_bytes(width, "little")
    return bytes(content) + tail, samples / 2**15


UNKNOWN = [0, 0x7FFFFFFF, 0x7FFFFFFF - 36, 0x80000000, 0x80000024, 0x7FFFF000, 0xFFFFFFFF, 0xFFFFFFFF - 44, 0xFFFFFFFE]


@pytest.mark.parametrize("size", UNKNOWN)
@pytest.mark.parametrize("options", [{}, {"format": "WAVEX"}, {"format": "RF64"}])
def test_a_size_that_was_never_updated_means_to_the_end(size, options, tmp_path):
    content, samples = wav(size, **options)
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples)
    for riff in (0, 36, size):
        changed = content[:4] + struct.pack("<I", riff) + content[8:]
        assert facts_of(tmp_path / "x.wav", changed)["seconds"] == 0.5
    assert remarks_of(tmp_path / "x.wav") == []


@pytest.mark.parametrize("size", [2**64 - 1, 2**63 - 1])
def test_a_size_of_64_bits_that_was_never_updated_means_to_the_end(size, tmp_path):
    content, samples = wav(size, format="RF64")
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples)


def remarks_of(path):
    return read_blocks(path)[2]


@pytest.mark.parametrize(("size", "read", "behind"), [(800, 400, 0.45), (4000, 2000, 0.25), (801, 400, 0.45)])
@pytest.mark.parametrize("options", [{}, {"format": "RF64"}])
def test_sound_behind_the_declared_end_is_told_in_seconds(size, read, behind, options, tmp_path):
    content, samples = wav(size, **options)
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples[:read])
    assert audio_facts(tmp_path / "x.wav")["behind"] == behind
    said = f"{behind:.3f} s of sound lie behind the end that its header tells; they are not read"
    assert remarks_of(tmp_path / "x.wav") == [f"{said}; ffmpeg -ignore_length 1 -i IN.wav OUT.wav mends the header"]


@pytest.mark.parametrize("size", [8001, 8100, 16000, 10**9])
def test_a_wav_with_less_than_it_tells_is_truncated(size, tmp_path):
    assert "truncated" in facts_of(tmp_path / "x.wav", wav(size)[0])["message"]


@pytest.mark.parametrize(
    "tail",
    [
        INFO,
        INFO[:20],
        b"id3 " + struct.pack("<I", 20) + ID3,
        b"bext" + struct.pack("<I", 602) + bytes(602),
        b"cue " + struct.pack("<I", 3) + b"abc\0" + INFO,
        b"cue " + struct.pack("<I", 3) + b"abc" + INFO,  # not padded, as some programs write
        ID3,
        ID3_V1,
        bytes(3000),
        b"abc",
    ],
)
def test_chunks_and_tags_behind_the_sound_are_no_sound(tail, tmp_path):
    content, samples = wav(tail=tail)
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples)
    assert remarks_of(tmp_path / "x.wav") == []
    empty = content[:4] + struct.pack("<I", 36 + len(tail)) + content[8:40] + bytes(4) + tail
    assert facts_of(tmp_path / "x.wav", empty)["state"] == "empty"


@pytest.mark.parametrize("before", [b"", INFO, bytes(1600)])
def test_sound_behind_chunks_or_silence_is_sound(before, tmp_path):
    content, samples = wav(tail=before + wav()[0][1000:5000])
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples)
    assert audio_facts(tmp_path / "x.wav")["behind"] == (0.35 if before == bytes(1600) else 0.25)


def test_of_joined_wavs_the_second_is_told(tmp_path):
    content, samples = wav(tail=wav()[0])
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", content), samples)
    assert audio_facts(tmp_path / "x.wav")["behind"] == pytest.approx(0.5, abs=0.005)


def test_an_aiff_whose_header_contradicts_itself_is_refused(tmp_path):
    content = encoded(noise(0.5, 8000), 8000, format="AIFF", subtype="PCM_16")
    place = content.index(b"SSND") + 4
    content = content[:place] + struct.pack(">I", 8 + 800) + content[place + 4 :]
    said = "damaged, its header tells of 4,000 samples in one place and of 400 in another; fetch the file again"
    assert said in facts_of(tmp_path / "x.aiff", content)["message"]


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_an_au_of_unknown_length_is_read_whole_or_to_be_converted(size, tmp_path):
    content = encoded(noise(0.5, 8000), 8000, format="AU", subtype="PCM_16")
    facts = facts_of(tmp_path / "x.au", content[:8] + struct.pack(">I", size) + content[12:])
    assert facts["seconds"] == 0.5 or "is AU whose header does not tell its length; convert it: cd" in facts["message"]
    assert facts_of(tmp_path / "x.au", encoded(noise(0, 8000), 8000, format="AU"))["state"] == "empty"


def test_samples_without_a_header_are_refused(tmp_path):
    assert "cannot be decoded" in facts_of(tmp_path / "x.raw", bytes(1000))["message"]


@pytest.mark.parametrize("pad", [b"", b"\0"])
def test_an_odd_size_is_padded_or_not(pad, tmp_path):
    content, _ = wav(format="WAV", subtype="PCM_U8")
    odd = content[:40] + struct.pack("<I", 333) + content[44 : 44 + 333] + pad + INFO
    facts = facts_of(tmp_path / "x.wav", odd)
    assert (facts["seconds"], facts["behind"]) == (333 / 8000, 0)


def test_a_wav_behind_a_tag_is_read_whole(tmp_path):
    content, samples = wav()
    np.testing.assert_array_equal(samples_of(tmp_path / "x.wav", ID3 + content), samples)


def test_a_wav_beyond_4_gib_that_does_not_tell_its_length_is_to_be_converted(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(wav(0xFFFFFFFF)[0])
    os.truncate(path, 2**32 + 1000)  # takes no room on the disk
    with pytest.raises(UserError, match="of more than 4 GiB whose header does not tell its length; convert it: cd "):
        read_audio(path)


# ---------------------------------------------------------------- samples that can be no sound


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (12000, "its peak is 12,000 times full scale, which is no sound: its samples seem to be integers stored as "),
        (32768, "divide them by 32768, or remove the clip"),
        (40, "divide them by 32768, or remove the clip"),
        (5e6, "divide them by 8388608 (24 bits), or remove the clip"),
        (2e9, "divide them by 2147483648 (32 bits), or remove the clip"),
        (1e20, "its peak is 1e+20 times full scale, which is no sound: its samples are damaged, or were computed"),
        (1e38, "its peak is 1e+38 times full scale"),
    ],
)
@pytest.mark.parametrize("options", [{"format": "WAV"}, {"format": "AIFF"}, {"format": "WAV", "subtype": "DOUBLE"}])
@pytest.mark.parametrize("block", [7, 2**17])
def test_samples_that_can_be_no_sound_are_refused(factor, said, options, block, monkeypatch, tmp_path):
    monkeypatch.setattr(audio, "BLOCK", block)
    samples = np.linspace(-0.5, 1, 100)
    facts = facts_of(tmp_path / "x.wav", encoded(factor * samples, 8000, **{"subtype": "FLOAT", **options}))
    assert facts["state"] == "unreadable" and said in facts["message"]


def test_floats_beyond_full_scale_are_sound(tmp_path):
    for peak in (1.001, 3, 32):
        content = encoded(peak * np.linspace(-1, 1, 100), 8000, format="WAV", subtype="FLOAT")
        assert facts_of(tmp_path / "x.wav", content)["peak"] == np.float32(peak)


# ---------------------------------------------------------------- channels that cancel each other

SOUND, OTHER = (np.random.default_rng(seed).normal(0, 0.1, 5000) for seed in (1, 2))
CANCELLING = {
    "to nothing": ([SOUND, -SOUND], 0),
    "nearly": ([SOUND, -0.99 * SOUND], 0),
    "but for a tenth": ([-0.9 * SOUND, SOUND], 1),
    "but for noise": ([SOUND, 0.01 * OTHER - SOUND], 0),
    "two of four": ([0 * SOUND, SOUND, -SOUND, 0 * SOUND], 1),
}


def several(channels, path, **options):
    soundfile.write(path, np.stack(channels, 1), 8000, **options)
    return path


@pytest.mark.parametrize("kind", CANCELLING)
@pytest.mark.parametrize("held", [0, 32])
def test_of_channels_that_cancel_the_loudest_is_used_and_it_is_said(kind, held, monkeypatch, tmp_path):
    monkeypatch.setattr(audio, "BLOCK", 1000)
    monkeypatch.setattr(audio, "HELD", held)
    channels, used = CANCELLING[kind]
    path = several(channels, tmp_path / "x.wav", subtype="FLOAT")
    expected = channels[used].astype(np.float32)
    if kind == "but for noise":  # which makes the other one louder
        used = int(np.square(channels).sum(axis=1).argmax())
        expected = channels[used].astype(np.float32)
    np.testing.assert_array_equal(read_audio(path)[0], expected)
    _, blocks, said = read_blocks(path)
    np.testing.assert_array_equal(np.concatenate(list(blocks)), expected)
    assert said == [f"its channels cancel each other; channel {used + 1}, the loudest, is used alone"]
    assert audio_facts(path)["channel"] == used + 1


@pytest.mark.parametrize(
    "channels",
    [
        [SOUND, OTHER],
        [SOUND, SOUND],
        [SOUND, -SOUND / 2],
        [SOUND, 0 * SOUND],
        [0 * SOUND, 0 * SOUND],
        [SOUND, OTHER, -SOUND, OTHER],
        np.random.default_rng(3).normal(0, 0.1, (32, 5000)),
    ],
)
@pytest.mark.parametrize("held", [0, 32])
def test_of_other_channels_the_mean_is_used(channels, held, monkeypatch, tmp_path):
    monkeypatch.setattr(audio, "BLOCK", 1000)
    monkeypatch.setattr(audio, "HELD", held)
    path = several(channels, tmp_path / "x.wav", subtype="FLOAT")
    expected = np.stack(channels, 1).astype(np.float32).mean(axis=1)
    np.testing.assert_array_equal(read_audio(path)[0], expected)
    _, blocks, said = read_blocks(path)
    np.testing.assert_array_equal(np.concatenate(list(blocks)), expected)
    assert (said, audio_facts(path)["channel"]) == ([], 0)


def test_two_clips_that_cancel_are_not_the_same_recording(tmp_path):
    contents = [
        audio_facts(several(channels, tmp_path / "x.wav"))["content"]
        for channels in ([SOUND, -SOUND], [OTHER, -OTHER], [-SOUND, SOUND], [SOUND], [SOUND, OTHER], [OTHER, SOUND])
    ]
    assert len(set(contents)) == 6


def test_a_repeated_channel_is_the_same_recording(tmp_path):
    contents = {audio_facts(several(count * [SOUND], tmp_path / "x.wav"))["content"] for count in (1, 2, 6)}
    assert len(contents) == 1


def test_the_hash_of_one_channel_is_that_of_its_samples_and_rate(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([0.5, -0.25, 0]), 8000)
    assert audio_facts(tmp_path / "x.wav")["content"] == "22bd2d3b867d122904f423303d9cabce"


def test_remarks_are_in_words():
    facts = {"channel": 2, "streams": 3, "behind": 0.25}
    assert [remark.value for remark in remarks(type("Facts", (), facts))] == [2, 3, 0.25]


# ---------------------------------------------------------------- recordings that are not read


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("phone.m4a", b"\0\0\0\x1cftypM4A \0\0\0\0", "MPEG-4 (m4a, mp4, 3gp)"),
        ("my phone.wav", b"\0\0\0\x1cftypisom\0\0\0\0", "MPEG-4 (m4a, mp4, 3gp)"),
        ("x.aac", bytes([0xFF, 0xF1, 0x50, 0x80, 0x2E, 0x7F, 0xFC]), "AAC"),
        ("radio.mp3", ID3 + bytes([0xFF, 0xF9, 0x50, 0x80, 0x2E, 0x7F, 0xFC]), "AAC"),
        ("x.wma", bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "Windows Media (wma, asf)"),
        ("x.amr", b"#!AMR\n", "AMR"),
        ("x.webm", b"\x1a\x45\xdf\xa3", "Matroska (mka, webm)"),
        ("x.wv", b"wvpk", "WavPack"),
        ("x.avi", b"RIFF\0\0\0\0AVI LIST", "AVI"),
    ],
)
def test_recordings_of_other_formats_are_to_be_converted(name, content, said, tmp_path):
    path = tmp_path / name
    message = facts_of(path, content + bytes(100))["message"]
    command = shlex.join(["ffmpeg", "-i", name, "-vn", f"{path.stem}.flac"])
    assert message == f"{path}: is {said}, which is not read here; convert it: cd {tmp_path} && {command}"


def test_wav_and_ogg_of_codings_that_are_not_read_are_to_be_converted(tmp_path):
    content = wav()[0]
    wma = content[:20] + struct.pack("<H", 0x161) + content[22:]
    assert (
        "is WAV of the coding 0x0161, which is not read here; convert it"
        in facts_of(tmp_path / "x.wav", wma)["message"]
    )
    aac = encoded(noise(1, 8000), 8000, format="CAF", subtype="ALAC_16").replace(b"alac", b"aac ")
    assert "is of a coding that is not read here; convert it" in facts_of(tmp_path / "x.caf", aac)["message"]
    aiff = encoded(noise(1, 8000), 8000, format="AIFF", subtype="ULAW")
    for cut in range(4, 100, 5):
        assert "convert it" not in facts_of(tmp_path / "x.aiff", aiff[:cut])["message"]
    unsaid = facts_of(tmp_path / "x.wav", content.replace(b"fmt ", b"xxxx"))["message"]
    assert "damaged, its header does not tell how the sound is coded; fetch the file again" in unsaid
    speex = page(1, 0, 2, b"Speex   1.2") + page(1, 1, 4, b"x")
    assert "is OGG of a coding that is not read here; convert it" in facts_of(tmp_path / "x.ogg", speex)["message"]


def test_suffixes_are_those_of_libsndfile_and_more():
    known = {f".{name.lower()}" for name in soundfile.available_formats()} - {".raw"}
    assert known < suffixes.READ
    assert not suffixes.READ & suffixes.CONVERTED
