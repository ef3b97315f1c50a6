"""How much memory a process has held, and what becomes of freed memory."""

import ctypes
import re
from pathlib import Path


def peak_memory_mb():
    """Return the largest resident memory that this process has ever had, in MB of 10^6 bytes (Linux).

    It is the process's own: getrusage counts that of the process that started this one, too.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[1]) * 1024 / 1e6


def keep_freed_memory():
    """Let glibc keep up to 64 MiB of freed memory (a thread) for what comes next; another C library does as it does.

    Else arrays of a megabyte or so, one after the other, cost more in the kernel, which clears every page of them anew,
    than some of the arithmetic on them.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(-1, 64 * 2**20)  # M_TRIM_THRESHOLD
        mallopt(-3, 32 * 2**20)  # M_MMAP_THRESHOLD
