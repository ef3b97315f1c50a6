"""The table of data problems: what was wrong with a clip and how the pipeline carried on.

Columns: fname, problem, consequence.
"""

from workflow_scripts.tables.tables import read_table, write_rows

COLUMNS = {"fname": str, "problem": str, "consequence": str}


def read_problems(path):
    return read_table(path, COLUMNS)


def write_problems(rows, path):
    """Write ``rows``, an iterable of (fname, problem, consequence)."""
    write_rows(rows, COLUMNS, path)
