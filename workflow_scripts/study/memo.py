"""What planning has worked out before, kept in ``.snakemake/plan.json`` for the next plan and for the jobs of this one.

Every job on a cluster plans anew, and nearly always finds the same code, recipes and schemas.
"""

import atexit
import functools
import hashlib
import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

FILE = Path(".snakemake/plan.json")


def recall(code, text, work):
    """Return ``work()``, or what it returned for the same ``text`` before, by the same code.

    ``code``: the ``__file__`` of the module that does the work. The result, anything JSON can hold, must follow from
    these two alone: they are what it is known by, together with the version of Python. So nothing in the file goes out
    of date, and it may be deleted at any time.
    """
    known = _memory(FILE.absolute())
    key = hashlib.sha256(f"{_version(code)}\n{text}".encode(errors="surrogatepass")).hexdigest()
    if key not in known:
        known[key] = work()
    return known[key]


@functools.cache
def _version(code):
    return f"{sys.version} {hashlib.sha256(Path(code).read_bytes()).hexdigest()}"


@functools.cache
def _memory(path):
    """Return key -> result of ``path``; what this process adds is written when it ends."""
    known = _read(path)
    atexit.register(_save, path, known, frozenset(known))
    return known


def _save(path, known, before):
    if known.keys() == before or not path.parent.is_dir():  # nothing new, or not where Snakemake works
        return
    with suppress(OSError):  # it only saves time
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump(_read(path) | known, file)  # another process may have written since
        Path(file.name).replace(path)


def _read(path):
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):  # not there, or cut short with the power
        return {}
