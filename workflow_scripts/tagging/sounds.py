"""Which sounds are to be tagged: the files of a folder, or those of a list."""

import csv
import os
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import files_below
from workflow_scripts.data import suffixes

WINDOW_SECONDS = 30  # the longest clips of FSDKaggle2018
COLUMNS = ("path", "fname")  # of a table; the first that it has
DELIMITERS = {".csv": ",", ".tsv": "\t"}  # of tables


def sounds_in(place):
    """Return [(name, path), ...] of ``place``: of a folder all files, also in subfolders, sorted; or those of a list.

    A list is a text file with one path per line, or a table (.csv, .tsv) with a column ``path`` or ``fname``. A path in
    it starts at the list's folder; whether it is there is not looked at. Names are relative to the folder, or as they
    stand in the list; what is no UTF-8 in them is written as \\xNN. Raises UserError where there is no such folder or
    list, or it cannot be read.
    """
    place = Path(place)
    try:
        place.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise UserError(f"{place}: {reason}; correct `sounds` under `tagging` in config.yaml") from None
    if place.is_dir():
        return [(as_text(path.relative_to(place).as_posix()), path) for path in sorted(files_below(place))]
    if place.suffix.lower() in suffixes.READ | suffixes.CONVERTED:
        remedy = "name a folder, which may hold this file alone, or a text file with its path"
        raise UserError(f"{place}: cannot be read as a list, its name is that of a sound; {remedy}")
    return [(line, Path(place.parent, line)) for line in _listed(place)]


def is_file(path):
    """Whether there is such a file, as far as one can see: not where its name is too long, or its folder closed."""
    try:
        return path.is_file()
    except OSError:
        return False


def as_text(name):
    """Return a file name, or what names one, with bytes that are no UTF-8 written as \\xNN."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _listed(path):
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            delimiter = DELIMITERS.get(path.suffix.lower())
            if delimiter is None:
                return [line.rstrip("\r") for line in file.read().split("\n") if line.strip()]
            rows = [row for row in csv.reader(file, strict=True, delimiter=delimiter) if any(row)]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct its permissions") from None
    except (UnicodeDecodeError, csv.Error) as error:
        kind = "a folder, a text file with one path per line, or a CSV or TSV; in UTF-8"
        raise UserError(f"{path}: cannot be read ({error}); name {kind}") from None
    header = rows[0] if rows else []
    column = next((name for name in COLUMNS if name in header), None)
    if column is None:
        raise UserError(f"{path}: has the columns {', '.join(header)}; it needs one of {' or '.join(COLUMNS)}")
    short = [number for number, row in enumerate(rows, start=1) if len(row) != len(header)]
    if short:
        raise UserError(f"{path}, row {short[0]}: not as many fields as columns; correct it")
    return [row[header.index(column)] for row in rows[1:]]
