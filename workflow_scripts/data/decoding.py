"""Decoding audio files: by libsndfile, which is shown nothing but what has been looked at before.

Left alone, it takes a truncated WAV or Ogg for a shorter clip, a damaged Ogg page for the end, the first of several
streams for the whole, and guesses the length of an MP3 that does not tell it.
"""

import mmap
import os
import re
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import foreign, mpeg, ogg, riff
from workflow_scripts.data.container import (
    ContainerError,
    Excerpt,
    ForeignFormatError,
    behind_tags,
    is_unknown,
    read_at,
    without_tags,
)
from workflow_scripts.data.sample_rate import check_rate

NOMINAL_RATE = 44100  # of a file without a single byte: FSDKaggle2018's rate
# Times full scale. Float samples somewhat beyond 1 are common, and a sum of many tracks is still below 32. Integers of
# 16 bits taken for floats are above it, but for clips below -60 dB of full scale, which count as silent.
LOUDEST = 32
FULL_SCALES = {2**15: "32768", 2**23: "8388608 (24 bits)", 2**31: "2147483648 (32 bits)"}  # of integers
RECORDINGS = b"RIFF", b"RIFX", b"RF64", b"FORM", b"OggS", b"fLaC", b"caff", b".snd"  # how they begin
FLAC = re.compile(rb"fLaC[\0\x80]\0\0\x22")  # so, with the head of STREAMINFO, 34 bytes
UNKNOWN_CODINGS = 4, 18  # libsndfile's codes of errors: it knows the container, but not the coding in it
LONGEST_HEADER = 4096  # bytes; in a shorter file the codes may come from a header that is cut
ABSURD = (TypeError, ValueError, OverflowError, MemoryError)  # what absurd numbers in a header lead to
REMEDY = "fetch the file again or remove the clip"


class Part(NamedTuple):
    """What libsndfile is given: an excerpt of the file (the arguments of Excerpt), or, if that is None, all of it."""

    excerpt: tuple | None = None
    samples: int | None = None  # per channel; None where libsndfile knows
    cut: bool = False  # whether there should be more of it


WHOLE = Part()


class Sound:
    """The sound in an audio file.

    ``rate``: in Hz; ``channels``; ``parts``: of which it is joined, one after the other, one as a rule;
    ``behind``: seconds of sound that lie behind the end that the file's header tells, and are not read.
    Raises UserError where the file is missing or not what it should be, as far as can be seen without decoding it.
    """

    def __init__(self, path):
        self.path, self.rate, self.channels, self.parts, self.behind = Path(path), NOMINAL_RATE, 1, [], 0.0
        if not self.path.is_file():
            raise UserError(f"{path}: no such audio file; put it there or remove the clip from the table")
        if self.path.stat().st_size:
            with _errors_explained(self.path):
                self._open()

    def _open(self):
        try:
            self._opened = _FrontToBack(os.fsencode(self.path))  # soundfile would take a name for UTF-8
            self._kind = self._opened.format
        except (soundfile.LibsndfileError, TypeError):  # the latter: the name is that of samples without a header
            self._opened, self._kind = None, _kind_by_content(self.path)
            if self._kind is None:
                raise
        if self._kind in LOOKED_INTO:
            self.parts, self.behind = LOOKED_INTO[self._kind](self.path, readable=self._opened is not None)
        else:
            self.parts = [WHOLE]
        if self._opened is None or self.parts[0].excerpt:
            self._opened = self._file(self.parts[0])
        self.rate, self.channels, self._coding = self._opened.samplerate, self._opened.channels, self._opened.subtype
        check_rate(self.path, self.rate)

    def blocks(self, size):
        """Yield float32 [frames, channels], at most ``size`` frames at a time.

        Raises UserError, at the latest after the last block, where the file is not what it should be.
        """
        with _errors_explained(self.path):
            for part in self.parts:
                file, self._opened = self._opened or self._file(part), None
                with file:
                    if (file.samplerate, file.channels) != (self.rate, self.channels):
                        what = "is joined from several, whose sample rates or channels differ"
                        # of several codings FFmpeg reads the first part only
                        raise ForeignFormatError(what) if file.subtype == self._coding else ContainerError(what)
                    yield from self._blocks(file, part, size)

    def _blocks(self, file, part, size):
        left = file.frames if part.samples is None else part.samples
        while left and len(block := file.read(min(left, size), dtype="float32", always_2d=True)):
            if not max(block.max(), -block.min()) <= LOUDEST:  # so for NaN, too
                raise UserError(f"{self.path}: {_no_sound(block, file)}")
            left -= len(block)
            yield block
            del block  # so that its memory is used for the next one
        if left or part.cut or (file.format not in LOOKED_INTO and _cut_short(self.path, file)):
            raise ContainerError("truncated, its end is missing")

    def _file(self, part):
        try:
            return _FrontToBack(Excerpt(self.path, *part.excerpt) if part.excerpt else os.fsencode(self.path))
        except soundfile.LibsndfileError:
            if self._kind == "OGG":  # its pages are undamaged
                raise ForeignFormatError("is OGG of a coding that is not read here") from None
            raise


class _FrontToBack(soundfile.SoundFile):
    """Keeps soundfile from seeking after every read, which spoils MP3: its frames need those before them."""

    def __init__(self, source):
        self._excerpt = source if isinstance(source, Excerpt) else None
        super().__init__(source)

    def seekable(self):
        return False

    def close(self):
        super().close()
        if self._excerpt:
            self._excerpt.close()


@contextmanager
def _errors_explained(path):
    try:
        yield
    except ForeignFormatError as error:
        problem = f"{error}; convert it: {foreign.conversion(path)}"
    except ContainerError as error:
        problem = f"{error}; {REMEDY}"
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); correct its permissions or remove the clip"
    except (soundfile.LibsndfileError, *ABSURD) as error:
        reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
        problem = f"cannot be decoded ({reason}); {REMEDY}"
        if getattr(error, "code", None) in UNKNOWN_CODINGS and path.stat().st_size > LONGEST_HEADER:
            problem = f"is of a coding that is not read here; convert it: {foreign.conversion(path)}"
    else:
        return
    raise UserError(f"{path}: {problem}") from None


def _no_sound(block, file):
    """Return why samples as in ``block`` are none, in words; ``file``: to read the others from."""
    peak = 0.0
    while len(block):
        if not np.isfinite(block).all():
            return "has samples that are no numbers (NaN or infinite); fetch it again or remove the clip"
        peak = max(peak, float(np.abs(block).max()))
        block = file.read(len(block), dtype="float32", always_2d=True)
    full_scale = next((words for number, words in FULL_SCALES.items() if peak <= number), None)
    cause = "its samples are damaged, or were computed wrongly; make or fetch it again"
    if full_scale and file.subtype in ("FLOAT", "DOUBLE"):
        cause = f"its samples seem to be integers stored as floats; divide them by {full_scale}"
    return f"its peak is {peak:,.6g} times full scale, which is no sound: {cause}, or remove the clip"


# ---------------------------------------------------------------- looking into containers


def _wav(path, readable):
    with open(path, "rb") as file:
        start = behind_tags(file)
        found = riff.sound(file, start, path.stat().st_size)
        if found.is_mpeg:
            return _parts(mpeg.streams(file, found.start, found.end)), found.behind
    if readable and found.told and not start:
        return [Part(cut=found.cut)], found.behind
    if not found.head:
        raise ForeignFormatError("is a WAV of more than 4 GiB whose header does not tell its length")
    return [Part((found.start, found.end, found.head), cut=found.cut)], found.behind


def _ogg(path, readable):
    with open(path, "rb") as file:
        streams = ogg.streams(file, behind_tags(file), path.stat().st_size)
        _check_behind(file, streams[-1][1], mpeg.is_frame)
    return [WHOLE] if readable and len(streams) == 1 else [Part(stream) for stream in streams], 0.0


def _mpeg(path, readable):
    with open(path, "rb") as file:
        start, end = without_tags(file, path.stat().st_size)
        found = mpeg.streams(file, start, end)
        _check_behind(file, found[-1].end if found else end)
    if readable and len(found) == 1 and found[0].told and (found[0].start, found[0].end) == (start, end):
        return [WHOLE], 0.0
    return _parts(found), 0.0


def _flac(path, readable):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = behind_tags(file)
        if int.from_bytes(read_at(file, start + 18, 8), "big") % 2**36 == 0:  # the number of samples (RFC 9639, 8.2)
            raise ForeignFormatError("cannot be decoded (its header does not tell its length)")
        if second := FLAC.search(content, start + 4):
            raise ContainerError(f"damaged at byte {second.start():,}, where another FLAC file begins")
    return [WHOLE], 0.0


def _check_behind(file, end, is_sound=lambda head: False):
    """Raise where a recording of another format stands behind the ``end`` of the sound; anything else may."""
    start = behind_tags(file, end)
    head = read_at(file, start, 64)
    if head.startswith(RECORDINGS) or foreign.format_of(head) or is_sound(head):
        raise ContainerError(f"damaged at byte {start:,}, where a recording of another format begins")


def _parts(found):
    """Return what shows libsndfile nothing but frames, and is not shorter than what it takes for their length."""
    return [Part((stream.start, stream.end, b"", stream.padding), stream.samples) for stream in found] or [WHOLE]


LOOKED_INTO = {"WAV": _wav, "WAVEX": _wav, "RF64": _wav, "OGG": _ogg, "MP3": _mpeg, "FLAC": _flac}  # soundfile's names


def _kind_by_content(path):
    """Return the kind, in LOOKED_INTO, of a file that libsndfile cannot open as it is; None: it is none of these."""
    with open(path, "rb") as file:
        head = read_at(file, behind_tags(file), 64)
    if name := foreign.format_of(head):
        raise ForeignFormatError(f"is {name}, which is not read here")
    if head.startswith(b"fLaC"):
        raise ContainerError("damaged or truncated within its header")
    if head[8:12] == b"WAVE":
        return "WAV"
    if head.startswith(b"OggS") or path.suffix.lower() in (".ogg", ".oga", ".opus"):
        return "OGG"
    return "MP3" if mpeg.is_frame(head) or path.suffix.lower() in (".mp3", ".mp2", ".mpga") else None


def _cut_short(path, file):
    """Tell whether its end is missing of a file of a kind that is not in LOOKED_INTO."""
    if file.format == "CAF":
        return _caf_cut_short(path)
    # from libsndfile's log of the header: of AU, which it takes for empty where the size is one that programs make up
    offset = re.search(r"^ *Data Offset : (\d+)", file.extra_info, re.MULTILINE)
    if offset and not file.frames and path.stat().st_size > int(offset[1]):
        raise ForeignFormatError("is AU whose header does not tell its length")
    # of a chunk of samples, e.g. ``data : 176400 (should be 49956)``
    chunks = "data|SSND|Data Size *|BODY|riff"
    sizes = re.search(rf"^ *(?:{chunks}) : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if sizes:
        return int(sizes[2]) < int(sizes[1]) and not is_unknown(int(sizes[1]))
    counts = re.search(r"'COMM' chunk \((\d+)\) not equal to frame count", file.extra_info)
    if counts and int(counts[1]) > file.frames:
        told = f"{int(counts[1]):,} samples in one place and of {file.frames:,} in another"
        raise ContainerError(f"damaged, its header tells of {told}")
    return False


def _caf_cut_short(path):
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
