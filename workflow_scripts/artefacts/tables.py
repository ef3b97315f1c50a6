"""CSV tables: read with their columns checked, joined by clip name, written whole."""

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole


def read_table(path, columns):
    """Return the CSV at ``path`` with ``columns``, a mapping of name to dtype; the text ``None`` stays text.

    Raises UserError where the file is missing, is no CSV, lacks a column or holds a value of another type.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a CSV table ({str(error).strip()})") from None
    missing = [name for name in columns if name not in table]
    if missing:
        raise UserError(f"{path}: column {missing[0]!r} is missing; it has {', '.join(table.columns)}")
    for name, dtype in columns.items():
        try:
            table[name] = table[name].astype(dtype)
        except (ValueError, TypeError):
            raise UserError(f"{path}: column {name!r} holds a value that is not {dtype}") from None
    return table


def write_table(table, path):
    """Write ``table`` as CSV without its index; floats in the shortest form that reads back the same."""
    with written_whole(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")


def rows_of(table, fnames, source, subset=False):
    """Return the rows of ``table`` (indexed by fname) in the order of ``fnames``.

    Raises UserError naming clips that ``table`` lacks, holds twice or, unless a ``subset`` is meant, has beside
    ``fnames``: a join never loses or adds a row silently.
    """
    twice = table.index[table.index.duplicated()]
    if len(twice):
        rows = (table.index == twice[0]).sum()
        raise UserError(f"{source}: clip {twice[0]} stands in {rows} rows; keep one")
    lacking = pd.Index(fnames).difference(table.index)
    if len(lacking):
        raise UserError(f"{source}: {len(lacking)} clips are missing, the first is {lacking[0]}")
    surplus = table.index.difference(fnames)
    if len(surplus) and not subset:
        raise UserError(f"{source}: {len(surplus)} clips do not belong here, the first is {surplus[0]}")
    return table.loc[fnames]
