"""The clip table of a dataset in FSDKaggle2018's layout: two CSV tables, each with a folder of audio.

FSDKaggle2018 (Fonseca et al. 2018) has a training table with fname, label and manually_verified, and a test table with
fname, label and usage: the Public and Private parts are scored, Ignored clips are padding with the label ``None``.
"""

import csv
import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.progress import progress
from workflow_scripts.data.audio import read_audio

log = logging.getLogger("clips")
PADDING = "Ignored"
USAGES = ["Public", "Private", PADDING, ""]
NO_LABEL = "None"


def parse_table(path):
    """Return the CSV at ``path`` as text, one row per clip, indexed by line number (the header is line 1).

    Raises UserError where it is missing, empty, no CSV, or has a row with more or fewer fields than the header.
    """
    lines, rows = [], []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            for row in filter(None, reader):  # a blank line is no row
                lines.append(reader.line_num)
                rows.append(row)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct the table's path") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a CSV table ({error}); fetch it again") from None
    if not header:
        raise UserError(f"{path}: not a CSV table (its first line is empty); fetch it again")
    if len(set(header)) < len(header):
        raise UserError(f"{path}, line 1: a column stands twice in {header}; rename one")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise UserError(f"{path}, line {line}: {len(row)} fields under {len(header)} columns; correct the row")
    return pd.DataFrame(rows, index=lines, columns=header, dtype=str)


def clip_table(tables, settings, root):
    """Return the clip table without what its audio tells: training clips, then scored test clips, each sorted by fname.

    ``tables`` holds the parsed ``train`` and ``test`` tables. Of ``settings``, ``tables`` says where they and the audio
    folders lie below ``root``, ``columns`` what the dataset calls its columns (None where it has none: then all
    training clips count as verified, and the usage is empty), ``classes`` which labels there are and ``counts`` how
    many clips to expect (None: any number). The further column ``row`` names the file and line that a clip comes from.
    No audio is read.

    Raises UserError naming the first row that breaks a rule.
    """
    parts = [_clips_of(split, tables[split], settings, root) for split in ("train", "test")]
    clips = pd.concat(parts, ignore_index=True)
    misnamed = [Path(fname).parts != (fname,) for fname in clips["fname"]]
    _refuse(clips, misnamed, "fname {fname!r} is no file name; correct it")
    first_rows = clips.groupby("fname")["row"].transform("first")
    repeated = clips["fname"].duplicated()
    _refuse(clips.assign(first=first_rows), repeated, "clip {fname!r} already stands in {first}; keep one of the two")
    unclear = ~clips["manually_verified"].isin(["0", "1"])
    _refuse(clips, unclear, "manually_verified is {manually_verified!r}; write 0 or 1")
    unknown = ~clips["usage"].isin(USAGES)
    _refuse(clips, unknown, "usage is {usage!r}; write Public, Private, Ignored or nothing")

    padding = clips["usage"] == PADDING
    log.info("%d test clips are padding (usage %s) and dropped", padding.sum(), PADDING)
    clips = clips[~padding].astype({"manually_verified": int})
    _check_counts(clips, settings, root)
    _check_labels(clips, settings["classes"])
    return clips.sort_values(["split", "fname"], ascending=[False, True], ignore_index=True)


def with_audio(clips, threads):
    """Return ``clips`` with the columns ``seconds``, the length of the audio, and ``md5``; every file is decoded once.

    0 seconds stand for an empty file. Raises UserError naming the first file that is missing, truncated or unreadable.
    """
    _refuse(
        clips,
        [not Path(path).is_file() for path in clips["path"]],
        "its audio file {path!r} does not exist; unpack the audio archive again or remove the row",
    )
    with ThreadPoolExecutor(threads) as pool:
        found = list(progress(pool.map(_seconds_and_md5, clips["path"]), "decoding", "clips", total=len(clips)))
    broken = [(row, error) for row, error in zip(clips["row"], found, strict=True) if isinstance(error, UserError)]
    if broken:
        row, error = broken[0]
        raise UserError(f"{row}: {error} ({len(broken)} such files in all)")
    seconds, md5 = zip(*found, strict=True)
    for fname in clips["fname"][np.equal(seconds, 0)]:
        log.info("%s: empty audio file", fname)
    return clips.assign(seconds=seconds, md5=md5)


def _clips_of(split, table, settings, root):
    source, names = settings["tables"][split], settings["columns"]
    file = root / source["file"]
    own = "manually_verified" if split == "train" else "usage"
    for name in (names["fname"], names["label"], names[own]):
        if name is not None and name not in table:
            raise UserError(f"{file}: column {name!r} is missing, it has {list(table)}; name it in the dataset file")
    clips = pd.DataFrame(
        {
            "row": [f"{file}, line {line}" for line in table.index],
            "fname": table[names["fname"]].array,
            "split": split,
            "label": table[names["label"]].array,
            "manually_verified": "1",
            "usage": "",
            "path": [str(root / source["audio"] / fname) for fname in table[names["fname"]]],
        }
    )
    return clips if names[own] is None else clips.assign(**{own: table[names[own]].array})


def _check_counts(clips, settings, root):
    training = clips[clips["split"] == "train"]
    found = {
        "train": len(training),
        "verified": training["manually_verified"].sum(),
        "test": len(clips) - len(training),
    }
    expected = settings["counts"] or {}
    for part, count in found.items():
        file = root / settings["tables"]["test" if part == "test" else "train"]["file"]
        if expected.get(part, count) != count:
            raise UserError(
                f"{file}: {count} {part} clips, {expected[part]} expected; "
                "fetch the archive anew or correct the counts in the dataset file"
            )
        if count == 0 and part != "verified":
            raise UserError(f"{file}: there are no {part} clips in it; fetch it again")


def _check_labels(clips, classes):
    training = clips["split"] == "train"
    unknown = ~clips["label"].isin(classes)
    _refuse(
        clips,
        unknown & training & (clips["label"] == NO_LABEL),
        "'None' is not a class, it marks a clip without a label; give the clip a label or remove the row",
    )
    _refuse(clips, unknown, "label {label!r} is not a class; correct it or add it to the classes in the dataset file")


def _refuse(clips, wrong, message):
    """Raise a UserError for the first row of ``clips`` where ``wrong``; ``message`` may name columns in braces."""
    refused = clips[wrong]
    if len(refused):
        row = refused.iloc[0]
        raise UserError(f"{row['row']}: {message.format(**row)}")


def _seconds_and_md5(path):
    try:
        samples, rate = read_audio(path)
    except UserError as error:
        return error
    return len(samples) / rate, hashlib.md5(Path(path).read_bytes(), usedforsecurity=False).hexdigest()
