"""Where the sound lies in a WAV or RF64 file (RIFF: Microsoft and IBM, 1991; RF64: EBU Tech 3306).

Recorders and pipes that cannot go back to the header leave sizes in it that are none, or too small.
"""

from typing import NamedTuple

from workflow_scripts.data.container import ContainerError, ForeignFormatError, is_unknown, length_of_tag, read_at

LARGEST = 2**32 - 4096  # bytes of sound in a plain WAV
READ = (1, 2, 3, 6, 7, 0x11, 0x31, 0x38, 0x40, 0xFFFE)  # libsndfile's codings
MPEG = (0x50, 0x55)
LONGEST_FORMAT = 2**16  # bytes
SOUNDING = (b"data", b"RIFF", b"RIFX", b"RF64")  # chunks behind the sound that are sound, too
OFTEN_CUT = (b"LIST", b"id3 ", b"ID3 ", b"bext", b"iXML", b"fact", b"PEAK", b"JUNK", b"PAD ")
SCANNED = 2**20  # bytes at a time


class Sound(NamedTuple):
    """The bytes ``start`` to ``end`` of a file."""

    start: int
    end: int
    cut: bool  # whether the header tells of more
    told: bool  # whether the file's own header says so
    head: bytes  # of a plain WAV that says so; empty if there can be none
    behind: float  # seconds of sound behind them, to the millisecond
    is_mpeg: bool  # whether they are frames of MPEG audio


def sound(file, start, length):
    """Return the :class:`Sound` in the bytes ``start`` to ``length`` of ``file``.

    It goes to the end where the writer did not know the size. Raises ContainerError where there is no sound yet when
    the file ends, ForeignFormatError where it is of a coding that libsndfile does not know.
    """
    form = read_at(file, start, 12)
    order = "big" if form.startswith(b"RIFX") else "little"
    position, fmt, wide = start + 12, b"", None
    while len(chunk := read_at(file, position, 8)) == 8 and not chunk.startswith(b"data"):
        size = int.from_bytes(chunk[4:], order)
        if chunk.startswith(b"fmt "):
            fmt = read_at(file, position, 8 + min(size, LONGEST_FORMAT))
        if chunk.startswith(b"ds64"):
            wide = int.from_bytes(read_at(file, position + 16, 8), order)
        position = _next(file, position + 8 + size, size)
    if len(chunk) < 8:
        raise ContainerError("truncated, its end is missing")
    if not fmt:
        raise ContainerError("damaged, its header does not tell how the sound is coded")
    coding, rate, per_second = (int.from_bytes(fmt[at : at + size], order) for at, size in ((8, 2), (12, 4), (16, 4)))
    if coding not in READ + MPEG:
        raise ForeignFormatError(f"is WAV of the coding {coding:#06x}, which is not read here")
    if not 0 < rate < 2**31:
        raise ContainerError(f"damaged, its header tells of a sample rate of {rate:,} Hz")
    size, riff, first = int.from_bytes(chunk[4:], order), int.from_bytes(form[4:8], order), position + 8
    size = size if wide is None or size != 0xFFFFFFFF else wide
    told = not is_unknown(size)
    end = first + size if told else length
    cut, end = end > length, min(end, length)
    behind = _end_of_chunks(file, _next(file, end, size), length, order)
    if size == 0 and behind < length:
        told, end, behind = False, length, length
    if size == 0 and told and start + 8 + riff > length and not is_unknown(riff):
        cut = True
    head = _head(fmt, end - first, order)
    return Sound(first, end, cut, told, head, round((length - behind) / max(per_second, 1), 3), coding in MPEG)


def _next(file, end, size):
    """Return where a chunk begins behind one of ``size`` bytes that ends at ``end``: most programs pad odd sizes."""
    return end + (1 if size % 2 and read_at(file, end, 1) == b"\0" else 0)


def _end_of_chunks(file, position, length, order):
    """Return where, from ``position`` on, chunks and tags without sound end; zeros to the end count as such."""
    while length - position >= 8:
        head = read_at(file, position, 32)
        size = int.from_bytes(head[4:8], order)
        if tag := length_of_tag(head):
            position = min(position + tag, length)
        elif head[:4] in OFTEN_CUT and position + 8 + size > length:
            return length
        elif head[:4] not in SOUNDING and all(32 <= byte < 127 for byte in head[:4]) and position + 8 + size <= length:
            position = _next(file, position + 8 + size, size)
        else:
            zeros = all(not any(read_at(file, at, SCANNED)) for at in range(position, length, SCANNED))
            return length if zeros else position
    return length


def _head(fmt, size, order):
    if size > LARGEST:
        return b""
    riff, data = (number.to_bytes(4, order) for number in (4 + len(fmt) + 8 + size, size))
    return (b"RIFX" if order == "big" else b"RIFF") + riff + b"WAVE" + fmt + b"data" + data
