"""The segment table: the non-silent parts of each clip, as an index; audio is never copied.

Columns: fname, segment (0, 1, ... within the clip), start and end in samples at the file's own rate, end exclusive.
An empty clip has no row.
"""

from workflow_scripts.tables.tables import read_table, write_rows

COLUMNS = {"fname": str, "segment": int, "start": int, "end": int}


def read_segments(path):
    return read_table(path, COLUMNS)


def write_segments(rows, path):
    """Write ``rows``, an iterable of (fname, segment, start, end)."""
    write_rows(rows, COLUMNS, path)
