"""What the tables of measures share: they are written with six decimals."""

import pandas as pd

from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.tables import write_table


class Measures(Table):
    """A kind of table of measures, which may be undefined."""

    @classmethod
    def write(cls, rows, path, task=None):
        """Write ``rows``, an iterable of dicts by column: integers as they are, else six decimals, NaN and None empty.

        Texts stay as they are. ``task``: whose columns the table has, where these depend on it.
        """
        table = pd.DataFrame(rows, columns=cls.names(task), dtype=object)
        write_table(table.map(_text), path)


def _text(cell):
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return ""
    return f"{cell}" if isinstance(cell, int) else f"{cell:z.6f}"  # z: no minus before zero
