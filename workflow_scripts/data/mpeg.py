"""The frames of MPEG audio (MP3, MP2): how many there are, which of them make a stream, and whether all are whole.

A file need not tell its length, and programs guess it from the bit rate of the first frame. Each frame tells how many
bytes it takes (ISO/IEC 11172-3, 2.4.1.3; 13818-3, 2.4.1.3), so going from frame to frame finds them all. The first one
may hold no sound but a header (``Xing`` or ``Info``): how many frames follow, and, where it is LAME's, how many samples
the encoder has put before and after the sound.
"""

from dataclasses import dataclass
from typing import NamedTuple

from workflow_scripts.data.container import ContainerError, ForeignFormatError, length_of_tag, read_at

HEAD = 48  # bytes of a frame that are looked at: enough for the number of frames in its header
SEARCHED = 2**20  # bytes in which a frame is looked for, behind a tag for example
VERSIONS = {0b00: 2.5, 0b10: 2, 0b11: 1}
RATES = (44100, 48000, 32000)  # Hz, of version 1
KBPS = {  # by layer; of version 1, and of the others
    1: ((32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
        (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)),
    2: ((32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
        (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)),
    3: ((32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
        (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)),
}  # fmt: skip


class Kind(NamedTuple):
    """What all frames of a stream have in common."""

    version: float
    layer: int
    rate: int  # Hz
    channels: int

    @property
    def samples(self):
        """Per frame and channel."""
        return 384 if self.layer == 1 else 576 if self.layer == 3 and self.version != 1 else 1152


@dataclass
class Stream:
    """Frames that were coded together: the bytes ``start`` to ``end`` of the file."""

    kind: Kind
    start: int
    told: int | None  # the number of frames by the header; None where there is none
    rest: bool  # whether it follows frames whose header does not count it; some leave out the last frame
    end: int = 0
    frames: int = 0  # without the header
    first: int = 0  # bytes of the first of them

    @property
    def samples(self):
        """The number of samples per channel; None where the header tells it."""
        return self.frames * self.kind.samples if self.told is None else None

    @property
    def padding(self):
        """How many bytes more would make a guess from the first frame's bytes no shorter than the stream."""
        return max(0, (self.frames + 2) * (self.first + 1) - self.end + self.start) if self.told is None else 0


def streams(file, start, end):
    """Return the :class:`Stream` objects in the bytes ``start`` to ``end`` of ``file``, tags at both ends left aside.

    Several were joined one after the other. Raises ContainerError where a frame is incomplete, where there is something
    else between frames, or where there are fewer than a header tells; ForeignFormatError where they do not tell their
    length: then a header at the start may tell the number of frames, and nothing is looked into and returned.
    """
    position = (_search(file, start, end) or start) if start else start  # tags may have left something behind them
    head = read_at(file, position, min(HEAD, end - position))
    if free := _free_format(head):
        if _header(head, free)[1]:
            return []
        raise ForeignFormatError("is MPEG audio of free format that does not tell its length")
    found = [stream for stream in _walk(file, position, end) if stream.frames > stream.rest]
    if not found:
        raise ContainerError("no frame of MPEG audio is in it")
    if any(stream.frames < (stream.told or 0) for stream in found):
        raise ContainerError("truncated, its end is missing")
    return found


def _walk(file, position, end):
    """Return the streams of all frames from ``position`` on."""
    found, stream = [], None
    while position < end:
        head = read_at(file, position, min(HEAD, end - position))
        kind, length = _frame(head)
        if kind is None:
            if skipped := length_of_tag(head) or _zeros(file, position, end):
                position, stream = position + skipped, None
                continue
            if _is_whole(stream) and not _search(file, position, end):
                break  # something else has been put behind the frames
            if head[:1] == b"\xff" and len(head) < 4:
                raise ContainerError("truncated, its end is missing")
            raise ContainerError(f"damaged at byte {position:,}, where no frame of MPEG audio begins")
        if position + length > end:
            if _is_whole(stream):
                break
            raise ContainerError("truncated, its end is missing")
        header, told = _header(head, kind)
        if stream is None or header or kind != stream.kind or _is_whole(stream):
            stream = Stream(kind, position, told, rest=not header and _is_whole(stream))
            found.append(stream)
        position += length
        stream.end, stream.frames = position, stream.frames + (not header)
        stream.first = stream.first or (0 if header else length)
    return found


def is_frame(head):
    """Whether a frame begins with ``head``."""
    return _frame(head)[0] is not None


def _is_whole(stream):
    """Whether all frames have been seen that the header tells of."""
    return stream is not None and stream.told is not None and stream.frames >= stream.told


def _search(file, start, end):
    """Return where behind ``start`` the first frame begins that has another one behind it; None: nowhere near."""
    content, position = read_at(file, start, min(SEARCHED, end - start)), -1
    while (position := content.find(b"\xff", position + 1)) >= 0:
        kind, length = _frame(content[position : position + HEAD])
        behind = position + length
        if kind and (behind + 4 > len(content) or _frame(content[behind : behind + HEAD])[0] == kind):
            return start + position
    return None


def _zeros(file, position, end):
    """Return how many bytes from ``position`` on are zeros."""
    count = 0
    while part := read_at(file, position + count, min(SEARCHED, end - position - count)):
        zeros = len(part) - len(part.lstrip(b"\0"))
        count += zeros
        if zeros < len(part):
            break
    return count


def _frame(head):
    """Return (its Kind, its length in bytes) of the frame that ``head`` begins; (None, 0) if it is none."""
    word = int.from_bytes(head[:4], "big")
    version, layer, kbps, rate = VERSIONS.get(word >> 19 & 3), 4 - (word >> 17 & 3), word >> 12 & 15, word >> 10 & 3
    if len(head) < 4 or word >> 21 != 0x7FF or version is None or layer == 4 or kbps in (0, 15) or rate == 3:
        return None, 0
    kind = Kind(version, layer, RATES[rate] // {1: 1, 2: 2, 2.5: 4}[version], 1 if word >> 6 & 3 == 3 else 2)
    slot = 4 if layer == 1 else 1
    bits = 1000 * KBPS[layer][version != 1][kbps - 1] * kind.samples
    return kind, (bits // (8 * slot * kind.rate) + (word >> 9 & 1)) * slot


def _free_format(head):
    """Return the Kind of a frame whose header leaves the bit rate, and so its length, open; None if it is none."""
    return _frame(bytes([*head[:2], head[2] | 0x10]) + head[3:])[0] if len(head) >= 4 and head[2] < 0x10 else None


def _header(head, kind):
    """Return whether the frame is a header, and the number of frames that it tells, or None.

    Its name stands where the side information of other frames ends, and bit 0 says whether the number is there.
    """
    mono, stereo = (17, 32) if kind.version == 1 else (9, 17)
    place = 4 + (mono if kind.channels == 1 else stereo)
    header = kind.layer == 3 and head[place : place + 4] in (b"Xing", b"Info")
    return header, int.from_bytes(head[place + 8 : place + 12], "big") if header and head[place + 7] & 1 else None
