"""The fold table: fname, fold (0, 1, ...) of every training clip; made once, read by all later stages."""

from workflow_scripts.tables.tables import read_table, rows_of, write_table

COLUMNS = {"fname": str, "fold": int}


def read_folds(path, fnames, subset=False):
    """Return the fold of each clip of ``fnames``, all in the table unless a ``subset`` is meant, as an int array."""
    table = read_table(path, COLUMNS).set_index("fname")
    return rows_of(table, fnames, path, subset)["fold"].to_numpy()


def write_folds(table, path):
    write_table(table[list(COLUMNS)], path)
