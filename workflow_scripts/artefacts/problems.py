"""The table of data problems: what was wrong with a clip and how the pipeline carried on.

Columns: fname, problem, consequence.
"""

import pandas as pd

from workflow_scripts.artefacts.tables import read_table, write_table

COLUMNS = {"fname": str, "problem": str, "consequence": str}


def read_problems(path):
    return read_table(path, COLUMNS)


def write_problems(rows, path):
    """Write ``rows``, an iterable of (fname, problem, consequence)."""
    write_table(pd.DataFrame(rows, columns=list(COLUMNS)), path)
