"""TFRecord files, read without TensorFlow: records of bytes one after the other, each with its length and checksums.

A record is its length (8 bytes), the checksum of these, the content, and the checksum of that; numbers are
little-endian. A checksum is masked: rotated by 15 bits, and a constant added.
"""

from itertools import count

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.crc32c import crc32c

MASK = 0xA282EAD8


def read_records(path):
    """Yield the content of every record of the file at ``path``, bytes, one at a time.

    Raises UserError that names the file and the record, counted from 1, where the file cannot be read, ends within a
    record or does not hold what its checksums say.
    """
    try:
        with open(path, "rb") as file:
            for number in count(1):
                head = file.read(12)
                if not head:
                    return
                _check(head, 12, f"{path}, record {number}")
                size = int.from_bytes(head[:8], "little")
                content = file.read(size + 4)
                _check(content, size + 4, f"{path}, record {number}")
                yield content[:-4]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct the path") from None


def masked_crc32c(content):
    """Return the checksum of bytes as TFRecord files have it, 4 bytes."""
    value = crc32c(content)
    return (((value >> 15 | value << 17) + MASK) & 0xFFFFFFFF).to_bytes(4, "little")


def _check(checked, size, where):
    """Raise UserError unless ``checked`` has ``size`` bytes, the last four of which are the checksum of the others."""
    if len(checked) < size:
        raise UserError(f"{where}: truncated, the file ends within it; get the file again")
    if masked_crc32c(checked[:-4]) != checked[-4:]:
        raise UserError(f"{where}: damaged (its checksum differs), or the file is no TFRecord; get the file again")
