"""The confusion table: which classes the systems take for which; what never happens has no row.

| column | what |
|---|---|
| system, split | as in the score table |
| label | the true class |
| predicted | the most probable class |
| clips | on how many clips |
"""

import pandas as pd

from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {"system": str, "split": str, "label": str, "predicted": str, "clips": int}


def read_confusion(path):
    return read_table(path, COLUMNS)


def write_confusion(rows, path):
    """Write ``rows``, an iterable of dicts by column."""
    write_table(pd.DataFrame(rows, columns=list(COLUMNS)), path)
