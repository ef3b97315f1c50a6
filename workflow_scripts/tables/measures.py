"""What the tables of measures share: columns of text, and columns of numbers, of which any may be undefined."""

import pandas as pd

from workflow_scripts.common.errors import parsing
from workflow_scripts.tables.tables import read_table, write_table


def read_measures(path, columns, numbers):
    """Return the CSV at ``path``; those of its ``columns`` that are ``numbers`` as floats, NaN where empty.

    Raises UserError where there is no file, DamagedError where it is no such table.
    """
    table = read_table(path, dict.fromkeys(columns, str))
    with parsing(path, "a table of measures"):
        return table.assign(**{name: pd.to_numeric(table[name]).astype(float) for name in numbers})


def write_measures(rows, path, columns, numbers):
    """Write ``rows``, an iterable of dicts by column: integers as they are, else six decimals, NaN and None empty."""
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    write_table(table.assign(**{name: table[name].map(_text) for name in numbers}), path)


def _text(number):
    if pd.isna(number):
        return ""
    return f"{number}" if isinstance(number, int) else f"{number:z.6f}"  # z: no minus before zero
