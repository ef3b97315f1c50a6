"""The stages' CSV tables: read with their columns checked, joined by clip name, written whole.

pandas is imported where a data frame is asked for only: its import takes longer than many a small stage's work.
"""

import csv
import io
from functools import partial
from pathlib import Path
from types import NoneType
from typing import NamedTuple, get_args

from workflow_scripts.common.errors import DamagedError, UserError, parsing
from workflow_scripts.common.files import written_whole


def read_texts(path, columns):
    """Return the CSV at ``path``, which must have ``columns``, as a dict of each column's name to its texts.

    Raises UserError where there is no file; DamagedError where it is not what :func:`write_table` writes: a line is cut
    short, it is no text or lacks a column.
    """
    with parsing(path, "a CSV table"):
        text = Path(path).read_bytes().decode()
        if not text.endswith("\n"):
            raise DamagedError(path, "not a CSV table (its end is missing)")
        if "\0" in text:
            raise DamagedError(path, "not a CSV table (it holds zero bytes)")
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        if any(len(row) != len(header) for row in rows):
            raise DamagedError(path, "not a CSV table (a row has fewer or more fields than the header)")
    missing = [name for name in columns if name not in header]
    if missing:
        raise DamagedError(path, f"column {missing[0]!r} is missing; it has {', '.join(header)}")
    return {name: [row[number] for row in rows] for number, name in enumerate(header)}


class Column(NamedTuple):
    """What a column holds, as its declaration says."""

    dtype: type  # str, int or float
    allowed: tuple  # the values there are; empty where any is
    may_be_empty: bool

    @classmethod
    def declared(cls, declaration):
        """Return the column of ``str``, ``int``, ``float`` or a ``Literal``; with ``| None``, a cell may be empty."""
        kinds = get_args(declaration)
        may_be_empty = NoneType in kinds
        kind = kinds[0] if may_be_empty else declaration
        allowed = get_args(kind)
        return cls(type(allowed[0]) if allowed else kind, allowed, may_be_empty)


def read_table(path, columns):
    """Return the CSV at ``path`` as a data frame; ``columns``: name to declaration, see :meth:`Column.declared`.

    Numbers that may be empty are floats, NaN where they are. A text is never refused for being empty, and columns that
    are not declared are texts. Raises what :func:`read_texts` does, and DamagedError for a value that is not as
    declared.
    """
    import pandas as pd  # noqa: PLC0415

    table = pd.DataFrame(read_texts(path, columns), dtype=str)
    for name, declaration in columns.items():
        table[name] = _values(table[name], Column.declared(declaration), path)
    return table


def _values(texts, column, path):
    def refuse(wrong, why):
        row = wrong.to_numpy().argmax()
        raise DamagedError(path, f"column {texts.name!r} holds {texts.iloc[row]!r} in row {row + 1}, which is {why}")

    values, empty = texts, (texts == "") & column.may_be_empty
    if column.dtype is not str:
        try:
            values = texts.mask(empty).astype(float) if column.may_be_empty else texts.astype(column.dtype)
        except (ValueError, TypeError):
            refuse(~texts.map(partial(_is_a, column.dtype)) & ~empty, f"not {column.dtype.__name__}")
    if column.allowed:
        wrong = ~values.isin(column.allowed) & ~empty
        if wrong.any():
            refuse(wrong, f"none of {', '.join(map(str, column.allowed))}")
    return values


def _is_a(dtype, text):
    try:
        dtype(text)
    except ValueError:
        return False
    return True


def write_table(table, path):
    """Write the data frame ``table`` as CSV without its index; floats in the shortest form that reads back the same."""
    with written_whole(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")


def write_rows(rows, columns, path):
    """Write ``rows``, tuples in the order of ``columns``, as :func:`write_table` does."""
    with written_whole(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def rows_of(table, fnames, source, subset=False):
    """Return the rows of ``table`` (indexed by fname) in the order of ``fnames``.

    Raises UserError naming clips that ``table`` lacks, holds twice or, unless a ``subset`` is meant, has beside
    ``fnames``: a join never loses or adds a row silently.
    """
    import pandas as pd  # noqa: PLC0415

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
