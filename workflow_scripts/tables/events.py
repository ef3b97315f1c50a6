"""The event table: fname, onset and offset in seconds from the clip's start, event_label; one row per sound event.

Clips without events have no row.
"""

from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {"fname": str, "onset": float, "offset": float, "event_label": str}


def read_events(path):
    return read_table(path, COLUMNS)


def write_events(table, path):
    write_table(table[list(COLUMNS)], path)
