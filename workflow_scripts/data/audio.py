"""Reading audio files, with damage noticed: libsndfile alone takes a truncated WAV or Ogg for a shorter clip."""

import hashlib
import os
import re
import struct
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import md5_of
from workflow_scripts.data.sample_rate import check_rate

SUFFIXES = {f".{name.lower()}" for name in soundfile.available_formats()} - {".raw"}
SUFFIXES |= {".aif", ".aifc", ".oga", ".opus", ".snd", ".wave"}
NOMINAL_RATE = 44100  # of a file without a single byte: FSDKaggle2018's rate
BLOCK = 2**17  # frames in memory at a time
FULL_SCALE = 32767 / 32768  # the largest positive sample of 16 bits
LARGEST_OGG_PAGE = 27 + 255 + 255 * 255
LENGTH_UNKNOWN = 2**62  # what libsndfile says is beyond it


def read_audio(path):
    """Return (samples, rate): mono float32 [samples], usually within -1..1, and the file's own rate in Hz.

    Channels are averaged. Any format libsndfile reads will do. A clip without samples gives an empty array, and so
    does a file of 0 bytes. Raises UserError where the file is missing, cannot be decoded, has samples that are not
    finite, or is truncated (noticed in WAV, RF64, W64, AIFF, AU, CAF, FLAC, Ogg, and in MP3 files that tell their
    length in a Xing or LAME header).
    """
    rate, blocks = read_blocks(path)
    blocks = list(blocks) or [np.zeros(0, np.float32)]
    return np.concatenate(blocks) if len(blocks) > 1 else blocks[0], rate


def read_blocks(path):
    """Return (rate, blocks): what :func:`read_audio` returns, as an iterator over blocks of at most ``BLOCK`` samples.

    It raises the same errors, the last of them after the last block.
    """
    rate, _, blocks = _decode(Path(path))
    return rate, map(_mono, blocks)


def _mono(block):
    """Return the mean of the channels of ``block``, [frames, channels]: [frames] float32, with no zero below zero."""
    return block[:, 0] + np.float32(0) if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)


def audio_facts(path, known=None):
    """Return what decoding the file shows: a dict with the columns of artefacts/audio_facts.py but fname.

    ``known``: MD5 -> facts of files that have been decoded before.
    Never raises for a bad file. Only :data:`BLOCK` frames are in memory at a time, however long the file is.
    """
    path = Path(path)
    facts = {"state": "unreadable", "message": "", "md5": "", "content": ""}
    facts |= {"seconds": 0.0, "rate": 0, "channels": 0, "peak": 0.0, "clipped": 0}
    try:
        if path.is_file():
            facts["md5"] = md5_of(path)
            if known and facts["md5"] in known:
                return known[facts["md5"]]
        else:
            facts["state"] = "missing"
        facts |= _measure(*_decode(path))
    except UserError as error:
        facts["message"] = str(error)
    except OSError as error:
        facts["message"] = f"{path}: cannot be read ({error.strerror}); correct its permissions or remove the clip"
    return facts


def _measure(rate, channels, blocks):
    """Return the facts about the samples."""
    content, frames, peak, clipped = hashlib.blake2b(digest_size=16), 0, 0.0, 0
    full = np.zeros((4, channels), bool)
    for block in blocks:
        level = np.abs(block)
        full = np.concatenate([full[-4:], level >= FULL_SCALE])
        clipped += _in_runs_of_3(full)
        frames += len(block)
        peak = max(peak, float(level.max()))
        content.update(np.ascontiguousarray(_mono(block), "<f4"))
    clipped += _in_runs_of_3(np.pad(full[-4:], ((0, 2), (0, 0))))
    content.update(f"{rate} Hz".encode())
    facts = {"rate": rate, "channels": channels, "seconds": frames / rate, "peak": peak, "clipped": clipped}
    return facts | ({"state": "ok", "content": content.hexdigest()} if frames else {"state": "empty"})


def _in_runs_of_3(full):
    """Count what is True in runs of 3 along the first axis, but for the first 2 and last 2 rows: those see too little.

    So with the last 4 rows of the block before in front of it, each block tells of every row once.
    """
    runs = full[:-2] & full[1:-1] & full[2:]
    return int(np.count_nonzero(runs[:-2] | runs[1:-1] | runs[2:]))


def _decode(path):
    """Return (rate in Hz, number of channels, iterator over blocks of float32 [frames, channels]).

    Raises UserError, the iterator at the latest after the last block, where the file is not what it should be.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such audio file; put it there or remove the clip from the table")
    if path.stat().st_size == 0:
        return NOMINAL_RATE, 1, iter(())
    with _errors_explained(path):
        file = _FrontToBack(os.fsencode(path))  # soundfile would take a name for UTF-8
        check_rate(path, file.samplerate)
        if file.frames > LENGTH_UNKNOWN:
            raise ValueError("its header does not tell its length, so a missing end would go unnoticed")
    return file.samplerate, file.channels, _blocks(path, file)


def _blocks(path, file):
    found = 0
    with _errors_explained(path), file:
        while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
            if not np.isfinite(block).all():
                problem = "has samples that are no numbers (NaN or infinite); fetch it again or remove the clip"
                raise UserError(f"{path}: {problem}")
            yield block
            found += len(block)
        cut_short = _CUT_SHORT.get(file.format, _log_tells_of_cut)
        if found < file.frames or cut_short(path, file):
            raise UserError(f"{path}: truncated, its end is missing; fetch the file again or remove the clip")


class _FrontToBack(soundfile.SoundFile):
    """Keeps soundfile from seeking after every read, which spoils MP3: its frames need those before them."""

    def seekable(self):
        return False


@contextmanager
def _errors_explained(path):
    try:
        yield
    except (soundfile.LibsndfileError, ValueError, MemoryError) as error:  # the latter two: absurd numbers in a header
        reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
        raise UserError(f"{path}: cannot be decoded ({reason}); fetch the file again or remove the clip") from None


def _log_tells_of_cut(path, file):
    """Tell from libsndfile's log of the header: of a chunk of samples, e.g. ``data : 176400 (should be 49956)``."""
    chunks = "data|SSND|Data Size *|BODY|riff" + ("|RIFF" if file.frames == 0 else "")  # a wrong RIFF size is common
    sizes = re.search(rf"^ *(?:{chunks}) : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if sizes:
        return int(sizes[2]) < int(sizes[1]) and not _is_of_a_stream(int(sizes[1]))
    counts = re.search(r"^\*+ Calculated frame count (\d+) .* 'ds64' chunk of (\d+)", file.extra_info, re.MULTILINE)
    return bool(counts) and int(counts[1]) < int(counts[2])


def _is_of_a_stream(size):
    """Tell whether programs write this size that cannot go back to the header: all bits, or SoX's WAV and AIFF sizes.

    SoX rounds its sizes down to a whole number of frames.
    """
    return any(0 <= written - size < 256 for written in (0xFFFFFFFF, 0x7FFFF000, 0x7F000008))


def _ogg_cut_short(path, file):
    """Tell from the last page, which is complete and carries the end-of-stream flag (RFC 3533, section 6)."""
    with open(path, "rb") as content:
        content.seek(max(0, path.stat().st_size - LARGEST_OGG_PAGE))
        tail = content.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < 27:
        return True
    lengths = page[27 : 27 + page[26]]
    return not page[5] & 4 or len(page) < 27 + page[26] + sum(lengths)


def _caf_cut_short(path, file):
    """Tell from the chunks, which follow a header of 8 bytes: a type, a size in bytes, and these (Apple's CAF 1.0)."""
    length, position = path.stat().st_size, 8
    with open(path, "rb") as content:
        while position < length:
            content.seek(position)
            _, size = struct.unpack(">4sq", content.read(12).ljust(12, b"\0"))
            if size < 0:  # of the last chunk, by a program that could not go back to it
                return False
            position += 12 + size
    return position > length


_CUT_SHORT = {"OGG": _ogg_cut_short, "CAF": _caf_cut_short}
