"""One run at a time in a folder, by a lock that the operating system releases however its holder ends."""

import fcntl
import os
import socket
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from workflow_scripts.common.files import no_locks


@contextmanager
def run_lock(path):
    """Hold an flock on the file ``path``, in which the holder says who it is; also to be used as a decorator.

    Where another process holds it, the process ends with one line that names that one. Children do not inherit the
    descriptor, so that those of a killed run do not keep the lock. It works on NFS, too (Linux 2.6.12 or newer; there
    the lock of a machine that has crashed is released when its lease runs out).
    """
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            remedy = "wait for its end, or stop it, and run the same command again"
            sys.exit(f"error: {path}: held by {holder}, which works in this folder; {remedy}")
        except OSError as error:
            sys.exit(f"error: {no_locks(path, error)}")
        file.truncate(0)
        print(f"process {os.getpid()} on {socket.gethostname()} since {datetime.now():%Y-%m-%d %H:%M:%S}", file=file)
        file.flush()
        yield
