"""Progress of long work: a bar on a terminal, plain lines in the log."""

import logging
import sys
import time
from contextlib import nullcontext

log = logging.getLogger("progress")
SECONDS_BETWEEN_LINES = 10


def progress(items, description, unit="it", total=None, done=0):
    """Iterate over ``items``, showing how far it is, how fast, and how long the rest will take.

    ``done`` counts what an earlier, interrupted run has already finished; it is included in ``total``.
    """
    total = done + len(items) if total is None else total
    started = last_line = time.monotonic()
    with _bar(total=total, initial=done, desc=description, unit=unit) as bar:
        for count, item in enumerate(items, start=1):
            yield item
            if bar:
                bar.update()
            now = time.monotonic()
            if now - last_line >= SECONDS_BETWEEN_LINES or done + count == total:
                last_line = now
                rate = count / max(now - started, 1e-9)
                left = (total - done - count) / rate
                log.info("%s: %d of %d, %.3g %s/s, %.0f s left", description, done + count, total, rate, unit, left)


def _bar(**options):
    """Return a bar where there is a terminal, else a context without one: there tqdm's import would be for nothing."""
    if not sys.stderr.isatty():
        return nullcontext()
    from tqdm import tqdm  # noqa: PLC0415

    return tqdm(**options)
