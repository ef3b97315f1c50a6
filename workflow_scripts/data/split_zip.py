"""A split zip archive (x.z01, x.z02, ..., x.zip) read as if it were a plain one, without a joined copy on the disk.

Such an archive is a plain one that was cut, but for its directory: there each place is a pair, the number of a part
and an offset within that part. So the parts are read as one file, and a directory with plain offsets is appended.
The formats are those of PKWARE's APPNOTE 6.3, sections 4.3 (records), 4.5.3 (ZIP64) and 8 (splitting).
"""

import struct
from bisect import bisect_right
from contextlib import ExitStack, contextmanager
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, BytesIO, RawIOBase
from itertools import accumulate
from zipfile import BadZipFile

# Signatures, little-endian like all numbers of the format.
LOCAL_HEADER, RECORD, END, ZIP64_END, ZIP64_LOCATOR = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7"

# What follows a signature.
RECORD_FIELDS = struct.Struct("<6H3L5H2L")
END_FIELDS = struct.Struct("<4H2LH")
ZIP64_END_FIELDS = struct.Struct("<Q2H2L4Q")
ZIP64_LOCATOR_FIELDS = struct.Struct("<LQL")

ZIP64_FIELD = 1
SEE_ZIP64_16, SEE_ZIP64_32 = 0xFFFF, 0xFFFF_FFFF  # in place of numbers that need more than 16 or 32 bits
LONGEST_COMMENT = 0xFFFF


@contextmanager
def joined(parts):
    """Yield a read-only binary file that ``zipfile.ZipFile`` reads as a plain archive of all that is in ``parts``.

    ``parts`` are the paths of all parts in order. Raises FileNotFoundError where one is absent, and BadZipFile or
    struct.error where they are no split archive, incomplete or in a wrong order. What cannot be seen from the
    directory (say, a part that lost a few bytes) shows later, in the members' headers and checksums.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(open(part, "rb", buffering=0)) for part in parts]
        archive = _Joined(files)
        directory = _plain_directory(BufferedReader(archive), archive.starts, parts)
        yield BufferedReader(_Joined([*files, BytesIO(directory)]))


def _plain_directory(archive, starts, parts):
    """Return a directory, with its end records, that stands behind all parts and holds plain offsets.

    ``starts``: where each part starts in ``archive``, and behind them where the last one ends.
    """
    count, directory = _split_directory(archive, starts)
    records, first_offsets = [], {}
    for part, offset, record in _plain_records(directory, starts):
        records.append(record)
        first_offsets[part] = min(offset, first_offsets.get(part, offset))
    if len(records) != count:
        raise BadZipFile(f"{count} members by its end record, {len(records)} in its directory")
    for part, offset in first_offsets.items():
        if _read(archive, starts[part] + offset, len(LOCAL_HEADER)) != LOCAL_HEADER:
            raise BadZipFile(f"no member where the first one of {parts[part]} should begin")
    return b"".join(records) + _plain_end(count, sum(map(len, records)), starts[-1])


def _split_directory(archive, starts):
    """Return the number of members and the bytes of their directory."""
    tail_start = max(starts[-1] - len(END) - END_FIELDS.size - LONGEST_COMMENT, 0)
    tail = _read(archive, tail_start, starts[-1] - tail_start)
    before, end, after = tail.rpartition(END)
    if not end:
        raise BadZipFile("the last part has no end record")
    last_part, part, _, count, size, offset, comment_length = END_FIELDS.unpack(after[: END_FIELDS.size])
    if len(after) != END_FIELDS.size + comment_length:
        raise BadZipFile("the last part does not end with the end record")
    given, needed, directory_end = len(starts) - 1, last_part + 1, tail_start + len(before)

    locator = before[-len(ZIP64_LOCATOR) - ZIP64_LOCATOR_FIELDS.size :]
    is_zip64 = locator.startswith(ZIP64_LOCATOR)
    if is_zip64:
        zip64_part, zip64_offset, needed = ZIP64_LOCATOR_FIELDS.unpack(locator[len(ZIP64_LOCATOR) :])
    if needed != given:
        raise BadZipFile(f"{needed} parts by its end record, {given} given")
    if is_zip64:
        directory_end = _position(starts, zip64_part, zip64_offset)
        zip64_end = _read(archive, directory_end, len(ZIP64_END) + ZIP64_END_FIELDS.size)
        if not zip64_end.startswith(ZIP64_END):
            raise BadZipFile("no ZIP64 end record where one should be")
        _, _, _, _, part, _, count, size, offset = ZIP64_END_FIELDS.unpack(zip64_end[len(ZIP64_END) :])

    start = _position(starts, part, offset)
    if start + size != directory_end:
        raise BadZipFile("the directory does not end where the end record begins")
    return count, _read(archive, start, size)


def _plain_records(directory, starts):
    """Yield each member's part, its offset there, and its record as it stands in a plain archive."""
    directory = BytesIO(directory)
    while signature := directory.read(len(RECORD)):
        if signature != RECORD:
            raise BadZipFile("damaged directory")
        *others, compressed, size, name_length, extra_length, comment_length, part, internal, external, offset = (
            RECORD_FIELDS.unpack(directory.read(RECORD_FIELDS.size))
        )
        name, extra, comment = map(directory.read, (name_length, extra_length, comment_length))

        # The ZIP64 field holds what did not fit into the record, in this order: sizes, offset, part.
        wide, extra = _zip64_field(extra)
        sizes = wide.read(8 * [size, compressed].count(SEE_ZIP64_32))
        if offset == SEE_ZIP64_32:
            (offset,) = struct.unpack("<Q", wide.read(8))
        if part == SEE_ZIP64_16:
            (part,) = struct.unpack("<L", wide.read(4))

        wide = sizes + struct.pack("<Q", _position(starts, part, offset))
        extra = struct.pack("<2H", ZIP64_FIELD, len(wide)) + wide + extra
        lengths = name_length, len(extra), comment_length
        fixed = RECORD_FIELDS.pack(*others, compressed, size, *lengths, 0, internal, external, SEE_ZIP64_32)
        yield part, offset, RECORD + fixed + name + extra + comment


def _zip64_field(extra):
    """Return the ZIP64 field among a record's extra fields as a stream, and the bytes of the others."""
    wide = others = b""
    while len(extra) >= 4:
        tag, length = struct.unpack_from("<2H", extra)
        field, extra = extra[: 4 + length], extra[4 + length :]
        if tag == ZIP64_FIELD:
            wide = field[4:]
        else:
            others += field
    return BytesIO(wide), others + extra  # some writers pad with less than a field


def _plain_end(count, size, start):
    """Return the three end records for a directory of ``count`` records, ``size`` bytes, that begins at ``start``."""
    version = 45  # the first with ZIP64
    following = ZIP64_END_FIELDS.size - 8  # the record's own length, without signature and this number
    return (
        ZIP64_END
        + ZIP64_END_FIELDS.pack(following, version, version, 0, 0, count, count, size, start)
        + ZIP64_LOCATOR
        + ZIP64_LOCATOR_FIELDS.pack(0, start + size, 1)
        + END
        + END_FIELDS.pack(0, 0, SEE_ZIP64_16, SEE_ZIP64_16, SEE_ZIP64_32, SEE_ZIP64_32, 0)
    )


def _position(starts, part, offset):
    """Return where ``offset`` in ``part`` is in the joined file."""
    if part > len(starts) - 2 or starts[part] + offset > starts[part + 1]:
        raise BadZipFile(f"it refers to byte {offset} of part {part + 1}, which does not exist")
    return starts[part] + offset


def _read(archive, position, size):
    archive.seek(position)
    return archive.read(size)


class _Joined(RawIOBase):
    """Files one behind the other as one, read-only."""

    def __init__(self, files):
        self._files = files
        self.starts = [0, *accumulate(file.seek(0, SEEK_END) for file in files)]
        self._position = 0

    def readinto(self, buffer):
        index = bisect_right(self.starts, self._position) - 1
        if index >= len(self._files):
            return 0
        file = self._files[index]
        file.seek(self._position - self.starts[index])
        count = file.readinto(buffer)  # ends with the part: the next call continues in the next one
        self._position += count
        return count

    def seek(self, offset, whence=SEEK_SET):
        self._position = offset + {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self.starts[-1]}[whence]
        return self._position

    def readable(self):
        return True

    def seekable(self):
        return True
