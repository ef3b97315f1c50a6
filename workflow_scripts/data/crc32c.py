"""CRC-32C (Castagnoli; RFC 3720, appendix B.4), which the standard library lacks.

A checksum is linear: each byte changes it by what its value and its distance from the end say, whatever the others are.
So a block's checksum is the exclusive or of one number from a table for each of its bytes.
"""

from functools import cache

import numpy as np

POLYNOMIAL = 0x82F63B78  # its bits reversed
BLOCK = 2048  # bytes


def crc32c(content):
    """Return the checksum of bytes, 0 .. 2^32 - 1."""
    tables, state = _tables(), 0xFFFFFFFF
    for start in range(0, len(content), BLOCK):
        block = np.frombuffer(content[start : start + BLOCK], np.uint8)
        count = len(block)
        touched = np.frombuffer(state.to_bytes(4, "little"), np.uint8)[:count]  # the state changes the first four
        block = np.concatenate([block[:4] ^ touched, block[4:]])
        state = (state >> 8 * count) ^ int(np.bitwise_xor.reduce(tables[np.arange(count)[::-1], block]))
    return state ^ 0xFFFFFFFF


@cache
def _tables():
    """Return [bytes that follow, value of a byte] -> what it changes in the checksum, uint32 [``BLOCK``, 256]."""
    tables = np.empty((BLOCK, 256), np.uint32)
    tables[0] = np.arange(256)
    for _ in range(8):
        tables[0] = (tables[0] >> 1) ^ np.where(tables[0] & 1, np.uint32(POLYNOMIAL), np.uint32(0))
    for i in range(1, BLOCK):
        tables[i] = (tables[i - 1] >> 8) ^ tables[0, tables[i - 1] & 255]
    return tables
