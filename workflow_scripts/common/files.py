"""Writing files so that a killed job never leaves something that looks finished."""

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path):
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block ends without an error.

    Works for files and folders. On an error the temporary path is removed and ``path`` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        if path.is_dir():
            shutil.rmtree(path)
        partial.replace(path)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)


@contextmanager
def exclusive(path):
    """Hold a lock on ``path`` (a file made for the purpose): an orphan of a killed run and its successor take turns."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
