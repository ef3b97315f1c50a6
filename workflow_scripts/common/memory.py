"""How much memory a process has held."""

import re
from pathlib import Path


def peak_memory_mb():
    """Return the largest resident memory that this process has ever had, in MB of 10^6 bytes (Linux).

    It is the process's own: getrusage counts that of the process that started this one, too.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[1]) * 1024 / 1e6
