"""Reading a CSV that somebody else has written: as text, with every row's line number."""

import csv

import pandas as pd

from workflow_scripts.common.errors import UserError

DELIMITERS = ";\t,"


def read_csv_table(path, delimiter=","):
    """Return the CSV at ``path`` as text, one row per clip, indexed by line number (the header is line 1).

    A row that ends early for want of its last, empty fields is completed where ``delimiter`` is a tab (as DCASE 2018
    Task 4 writes clips without events); empty columns behind the last name, as of spreadsheets, are none. Raises
    UserError where the file is missing, empty, no CSV, or has a row with more or fewer fields than the header.
    """
    lines, rows = [], []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True, delimiter=delimiter)
            header = _without_empty_end(next(reader, []), 0)
            for row in filter(any, reader):  # a blank line, or one of empty fields, is no row
                missing = len(header) - len(row) if delimiter == "\t" else 0
                lines.append(reader.line_num)
                rows.append(_without_empty_end(row, len(header)) + [""] * missing)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct the table's path") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a CSV table in UTF-8 ({error.reason}); save it as that") from None
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: not a CSV table ({error}); correct it") from None
    if not header:
        raise UserError(f"{path}: not a CSV table (its first line is empty); correct it")
    other = next((sign for sign in DELIMITERS if sign in header[0]), None)
    if len(header) == 1 and other:
        raise UserError(f"{path}, line 1: columns separated by {other!r}; say `delimiter: {other!r}` for this table")
    if len(set(header)) < len(header):
        raise UserError(f"{path}, line 1: a column stands twice in {header}; rename one")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            more = len(row) - len(header)
            decimal = delimiter == "," and more > 0 and sum(field.strip().isdigit() for field in row) >= 2 * more
            remedy = "correct the row" + (" (write decimal points for decimal commas)" if decimal else "")
            raise UserError(f"{path}, line {line}: {len(row)} fields under {len(header)} columns; {remedy}")
    return pd.DataFrame(rows, index=lines, columns=header, dtype=str)


def _without_empty_end(row, least):
    """Return ``row`` without the empty fields at its end, but for those of the first ``least``."""
    while len(row) > least and not row[-1]:
        row = row[:-1]
    return row
