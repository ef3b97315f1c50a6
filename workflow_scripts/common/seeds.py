"""Seeds derived from what is computed, never from the clock or the order of jobs."""

import hashlib


def derive_seed(*parts):
    """Return an integer in 0..2**63-1 that depends only on ``parts``, e.g. (seed, system, round, fold)."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
