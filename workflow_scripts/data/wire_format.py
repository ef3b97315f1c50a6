"""Protocol Buffers' wire format: a message is a sequence of fields, each with its number and the form of its value.

https://protobuf.dev/programming-guides/encoding. What a field means only the message's definition tells; a reader looks
for the numbers that it knows and passes over all others.
"""

import struct
from enum import IntEnum

LONGEST = 10  # bytes of a number


class Form(IntEnum):
    NUMBER = 0
    EIGHT_BYTES = 1
    BYTES = 2  # with their length in front: bytes, texts, messages and packed lists
    FOUR_BYTES = 5


class WireError(Exception):
    """Bytes that are no message, in a few words."""


def fields(message):
    """Yield (number, :class:`Form`, value) of every field of ``message``, in order; value: int (unsigned) or bytes.

    Raises WireError where the message is cut or has groups, which no message has had since 2008.
    """
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        form, size = key & 7, None
        if form == Form.NUMBER:
            value, at = _number(message, at)
        elif form == Form.BYTES:
            size, at = _number(message, at)
        elif form in (Form.EIGHT_BYTES, Form.FOUR_BYTES):
            size = 8 if form == Form.EIGHT_BYTES else 4
        else:
            raise WireError(f"a field of the unknown form {form}")
        if size is not None:
            value, at = message[at : at + size], at + size
            if at > len(message):
                raise WireError("a field ends behind its message")
        yield key >> 3, Form(form), value


def contents(message, number):
    """Return the values, bytes, of all fields of this ``number`` that are bytes, texts or messages."""
    return [value for found, form, value in fields(message) if found == number and form == Form.BYTES]


def integers(message, number):
    """Return the int64 values of the repeated field ``number``, packed or not."""
    found = []
    for own, form, value in fields(message):
        if own == number and form == Form.NUMBER:
            found.append(_signed(value))
        elif own == number and form == Form.BYTES:
            at = 0
            while at < len(value):
                unsigned, at = _number(value, at)
                found.append(_signed(unsigned))
    return found


def floats(message, number):
    """Return the float32 values of the repeated field ``number``, packed or not."""
    found = []
    for own, form, value in fields(message):
        if own == number and form in (Form.FOUR_BYTES, Form.BYTES):
            if len(value) % 4:
                raise WireError(f"a list of numbers of 4 bytes has {len(value)} bytes")
            found += struct.unpack(f"<{len(value) // 4}f", value)
    return found


def _number(message, at):
    """Return the number of variable length that begins at ``at``, below 2^64, and where it ends."""
    value = 0
    for i, byte in enumerate(message[at : at + LONGEST]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at + i + 1
    raise WireError("a number has no end")


def _signed(value):
    return value - 2**64 if value >= 2**63 else value
