"""Writing files so that a killed job never leaves something that looks finished."""

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from workflow_scripts.common.errors import UserError

FULL = (errno.ENOSPC, errno.EDQUOT)  # the disk, or the user's part of it


@contextmanager
def written_whole(path):
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block ends without an error.

    Works for files and folders. On an error the temporary path is removed and ``path`` stays as it was. What a killed
    process left under the temporary name is removed first: one process at a time writes ``path`` (see ``exclusive``).
    An OSError for a full disk names ``path``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    _remove(partial)
    try:
        yield partial
        if path.is_dir():
            shutil.rmtree(path)
        if partial.is_file():  # else, after a power cut, the name could be there without the content
            with open(partial, "rb") as file:
                os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        if error.errno in FULL:
            error.filename = str(path)
        raise
    finally:
        _remove(partial)


def set_aside(path):
    """Rename ``path``, unless another job has, to ``<path>.damaged``: it is made again but can still be looked at.

    Of a link, what it leads to is renamed, or it would come back from Snakemake's cache between workflows.
    """
    with suppress(FileNotFoundError):
        content = path.resolve()
        content.replace(content.with_name(f"{content.name}.damaged"))
        path.unlink()  # only a link is still there


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def exclusive(path):
    """Hold a lock on ``path`` (a file made for the purpose): an orphan of a killed run and its successor take turns.

    An orphan on this machine is told to stop, so that a training saves and its successor goes on from there.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another process that holds {path}", file=sys.stderr, flush=True)
            _tell_to_stop(file)
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            raise UserError(no_locks(path, error)) from None
        file.truncate(0)
        print(os.getpid(), socket.gethostname(), file=file, flush=True)
        yield


def no_locks(path, error):
    """Return what to say where the file system of ``path`` refuses to lock files."""
    return f"{path}: cannot be locked ({error.strerror}); work on a file system with locks (Lustre: mounted with flock)"


def _tell_to_stop(file):
    """Send SIGTERM to the stage that holds the lock on ``file``, where it can be reached."""
    file.seek(0)
    pid, _, host = file.read().strip().partition(" ")
    if host == socket.gethostname():
        with suppress(OSError):  # it has ended, or is another user's
            if b"workflow_scripts" in Path("/proc", pid, "cmdline").read_bytes():  # not one that has its number now
                os.kill(int(pid), signal.SIGTERM)


def md5_of(path):
    """Return the MD5 digest of a file's bytes in hex."""
    return digest_of(path, "md5")


def digest_of(path, algorithm):
    """Return the digest of a file's bytes in hex; ``algorithm``: as in :mod:`hashlib`."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def files_below(folder):
    """Yield the paths of all files below ``folder``. Links are followed, but no folder is entered twice."""
    seen = set()
    for top, folders, names in os.walk(folder, followlinks=True):
        folders.sort(key=lambda name: (Path(top, name).is_symlink(), name))  # a link beside its folder comes second
        real = os.path.realpath(top)
        if real in seen:
            folders.clear()
        else:
            seen.add(real)
            yield from (Path(top, name) for name in names)
