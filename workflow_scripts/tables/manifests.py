"""The manifest of a folder that was made as a whole, one row per file: path (within the folder), bytes, md5 (hex)."""

import csv

from workflow_scripts.common.files import written_whole

COLUMNS = ["path", "bytes", "md5"]


def write_manifest(rows, path):
    """Write ``rows`` of ``COLUMNS``; by hand, since unpacking needs no pandas, whose import takes longer."""
    with written_whole(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
