"""The pages of an Ogg file: whether all are there and undamaged, and which of them make a stream (RFC 3533)."""

import zlib

from workflow_scripts.data.container import ContainerError

FIRST, LAST = 2, 4  # flags of a page
UNKNOWN = 2**64 - 1  # the time of a page on which no packet ends
MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def streams(file, start, end):
    """Return [(start, end), ...] in bytes: several where streams were joined one after the other.

    Streams that were begun together, and are interleaved, count as one. Raises ContainerError, with the place, where a
    page is missing, incomplete or not as its checksum has it.
    """
    found, open_streams, numbers, rates = [], set(), {}, {}
    position, before, seconds = start, 0.0, 0.0
    file.seek(start)
    while position < end:
        where = f"at byte {position:,} (after {seconds:.2f} s)"
        header = file.read(27)
        if not header.startswith(b"OggS"):
            if found and not open_streams and b"OggS" not in header + file.read():
                break  # something else has been put behind the last page
            raise ContainerError(f"damaged {where}, where no Ogg page begins")
        lengths = file.read(header[26]) if len(header) == 27 else b""
        body = file.read(sum(lengths))
        size = 27 + len(lengths) + len(body)
        if len(header) < 27 or len(lengths) < header[26] or len(body) < sum(lengths):
            raise ContainerError("truncated, its end is missing")
        if _checksum(header[:22] + bytes(4) + header[26:] + lengths + body) != int.from_bytes(header[22:26], "little"):
            raise ContainerError(f"damaged {where}: the checksum of the Ogg page there is wrong")
        flags, time = header[5], int.from_bytes(header[6:14], "little")
        serial, number = header[14:18], int.from_bytes(header[18:22], "little")
        if flags & FIRST:
            if serial in open_streams or any(numbers[stream] for stream in open_streams):  # else begun with these
                raise ContainerError(f"truncated {where}: another Ogg stream begins there before this one ends")
            if not open_streams:
                found.append(position)
                before = seconds
            open_streams.add(serial)
            rates[serial] = _rate(body)
        elif serial not in open_streams or number != numbers[serial] + 1:
            raise ContainerError(f"damaged {where}: Ogg pages are missing there")
        numbers[serial] = number
        if time != UNKNOWN and rates[serial]:
            seconds = before + time / rates[serial]
        if flags & LAST:
            open_streams.discard(serial)
        position += size
    if open_streams:
        raise ContainerError("truncated, its end is missing")
    return [*zip(found, [*found[1:], position], strict=True)]


def _checksum(page):
    """Return the CRC of RFC 3533, section 6: zlib's polynomial, but bits in the other order and nothing inverted."""
    mirrored = zlib.crc32(page.translate(MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(MIRRORED), "big")


def _rate(packet):
    """Return how many units of a page's time make a second, by the first packet of Vorbis or Opus; 0: not known."""
    if packet.startswith(b"\1vorbis"):
        return int.from_bytes(packet[12:16], "little")
    return 48000 if packet.startswith(b"OpusHead") else 0
