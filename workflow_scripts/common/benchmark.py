"""What a job has cost: a table beside its log, one row per attempt that led to the result.

| column | what |
|---|---|
| settings | digest of the job's settings |
| outcome | ``done``, ``interrupted`` or ``failed`` |
| wall_seconds | from the start of the process, imports included |
| cpu_seconds | processor time of all its threads and children |
| peak_memory_mb | largest resident memory of the process, MB of 10^6 bytes |
| device | name of the GPU that it computed on, or ``CPU`` |
| peak_gpu_memory_mb | largest memory that torch held on the GPU; 0 on a CPU |
| clips | what it worked through in the end: a training counts a clip once an epoch; 0 where clips tell nothing |

Snakemake's own ``benchmark`` directive knows neither the GPU nor the attempts before, and forbids the output cache. An
attempt that was killed at once (SIGKILL) leaves no row.
"""

import csv
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

from workflow_scripts.common.digest import digest
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.memory import peak_memory_mb

SUFFIX = ".benchmark.csv"
NUMBERS = {"wall_seconds", "cpu_seconds", "peak_memory_mb", "peak_gpu_memory_mb", "clips"}
COLUMNS = {"settings", "outcome", "device"} | NUMBERS


def add_attempt(log_file, settings, outcome, clips=0):
    """Add this process to the table beside ``log_file``; begin a new one after a success, or with other ``settings``.

    That it cannot be written is no reason to fail: no result depends on it.
    """
    path = Path(log_file).with_suffix(SUFFIX)
    row = {"settings": digest(settings), "outcome": outcome, **_costs(), "clips": clips}
    earlier = read_attempts(path)
    if earlier and (earlier[-1]["outcome"] == "done" or earlier[-1]["settings"] != row["settings"]):
        earlier = []
    with suppress(OSError), written_whole(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*earlier, row])


def read_attempts(path):
    """Return the rows of the table at ``path`` as dicts, numbers as floats; what is missing or damaged is left out."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return []
    return [row for row in map(_parsed, rows) if row]


def _parsed(row):
    try:
        return row | {name: float(row[name]) for name in NUMBERS} if row.keys() == COLUMNS else None
    except (ValueError, TypeError):
        return None


def _costs():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    device, memory = _gpu() or ("CPU", 0)
    return {
        "wall_seconds": round(_age(), 2),
        "cpu_seconds": round(sum(usage.ru_utime + usage.ru_stime for usage in (own, children)), 2),
        "peak_memory_mb": round(peak_memory_mb(), 1),
        "device": device,
        "peak_gpu_memory_mb": round(memory / 1e6, 1),
    }


def _age():
    """Return for how many seconds this process has been there (Linux)."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()  # of proc(5), from the third on
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _gpu():
    """Return (name, peak memory in bytes) of the GPU that this process has used, or None."""
    torch = sys.modules.get("torch")  # a stage without torch shall not import it for this
    if torch is None or not torch.cuda.is_initialized():
        return None
    return torch.cuda.get_device_name(), torch.cuda.max_memory_reserved()
