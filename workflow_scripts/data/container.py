"""What the containers of audio have in common: damage in them, tags around the sound, and excerpts of a file."""

import os

# What programs write for a size that they do not know: all bits, or numbers about 2^31 such as SoX's, also rounded down
# to whole frames, with the header added or taken off.
UNKNOWN = [(number - 8192, number + 256) for number in (2**31, 2**32, 2**63, 2**64, 0x7F000000)]


class ContainerError(Exception):
    """Something in the file is not as its format has it. The message says what and where."""


class ForeignFormatError(Exception):
    """The file is of a format, or a form of it, that is not read here. The message says so, without a subject."""


class Excerpt:
    """``head``, bytes ``start`` to ``end`` of a file, and ``padding`` zeros, as a file that soundfile reads."""

    def __init__(self, path, start, end, head=b"", padding=0):
        self.file = open(path, "rb")  # noqa: SIM115
        self.head, self.start = head, start
        self.bytes = len(head) + end - start
        self.length, self.position = self.bytes + padding, 0

    def seek(self, offset, whence=os.SEEK_SET):
        self.position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.length}[whence]
        return self.position

    def tell(self):
        return self.position

    def read(self, size):
        first, last = self.position, min(self.position + size, self.length)
        content = self.head[first:last]
        if (behind := max(first, len(self.head))) < min(last, self.bytes):
            self.file.seek(self.start + behind - len(self.head))
            content += self.file.read(min(last, self.bytes) - behind)
        if last > max(first, self.bytes):
            content += bytes(last - max(first, self.bytes))
        self.position += len(content)
        return content

    def close(self):
        self.file.close()


def length_of_tag(content):
    """Return how many bytes the tag takes that ``content``, 32 bytes or more, begins with; 0 if it is none.

    ID3v2 (its size has 7 bits a byte; 10 bytes more where it has a footer), APEv2 and ID3v1, the old and the longer.
    """
    if content.startswith(b"ID3") and max(content[6:10], default=255) < 128:
        size = sum(byte << 7 * (3 - place) for place, byte in enumerate(content[6:10]))
        return 10 + size + (10 if content[5] & 0x10 else 0)
    if content.startswith(b"APETAGEX"):
        return 32 + int.from_bytes(content[12:16], "little")
    return 227 if content.startswith(b"TAG+") else 128 if content.startswith(b"TAG") else 0


def behind_tags(file, start=0):
    """Return where in ``file`` that begins which stands behind the ID3v2 tags from ``start`` on."""
    while (head := read_at(file, start, 32)).startswith(b"ID3") and (size := length_of_tag(head)):
        start += size
    return start


def without_tags(file, length):
    """Return (start, end) of what lies between the tags at both ends of ``file``, whose length is ``length``."""
    start, end = min(behind_tags(file), length), length
    while end > start:
        if read_at(file, end - 128, 3) == b"TAG":
            end -= 128
        elif (footer := read_at(file, end - 32, 32)).startswith(b"APETAGEX"):
            header = 32 if footer[23] & 0x80 else 0
            end -= max(32, int.from_bytes(footer[12:16], "little")) + header
        elif footer.endswith(b"LYRICS200") and footer[-15:-9].isdigit():  # Lyrics3 2.00; it tells its length before
            end -= int(footer[-15:-9]) + 15
        else:
            break
    return start, max(start, end)


def read_at(file, position, size):
    """Return up to ``size`` bytes of ``file`` from ``position`` on."""
    file.seek(max(position, 0))
    return file.read(size)


def is_unknown(size):
    """Whether ``size``, in bytes, is one that programs write into a header where they do not know it."""
    return any(low <= size < high for low, high in UNKNOWN)
