"""The listing of a data set: its own tables, checked and brought into one form (see tables/listing.py)."""

import logging
import re
from pathlib import PurePosixPath

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part
from workflow_scripts.data import suffixes
from workflow_scripts.data.file_names import with_file_names

log = logging.getLogger("listing")
PADDING = "Ignored"
USAGES_OF_TEST = ["Public", "Private", PADDING, ""]
NO_LABEL = "None"
NUMBER = r"\s*-?\d+(\.\d*)?\s*"
UNLABELLED_TEST = (
    "test clips without labels cannot be scored: take their table out of the dataset file and have them tagged instead "
    "(`tagging` in config.yaml)"
)
FLAGS = {"0": "0", "1": "1", "false": "0", "true": "1"}
ONE_NAME = (
    "clip {fname!r} already stands in {first}; keep one of the two, or, if they are two files, name a folder above "
    "both as `audio` and write the fnames with their folders"
)


def list_clips(tables, sources, root, padding, subsets=None, further_classes=()):
    """Return the listing: training clips, test clips, those of further classes, each sorted by fname.

    No audio is looked at.

    ``tables``: name -> table as text (:func:`workflow_scripts.data.csv_table.read_csv_table`). ``sources`` says for
    each name where it and its audio folder lie below ``root``, its ``split``, ``format``, ``usage``, ``extension``,
    ``manually_verified`` and ``columns`` (what it calls them; None where it has none: then the table's ``usage`` and
    ``manually_verified`` hold for all clips, and group and fold are empty). ``padding``: whether test clips with the
    usage ``Ignored`` (FSDKaggle2018's unscored ones, label ``None``) stay, without a label. ``subsets``: name ->
    ``column`` and ``value`` of the training clips in it; a training table without the column has none of them.
    ``further_classes``: labels outside the vocabulary; their training clips make the split ``further``, their test
    clips are left out.

    Raises UserError naming the first row that breaks a rule, and how many do.
    """
    subsets = subsets or {}
    clips = pd.concat([_part(tables[name], sources[name], root, subsets) for name in tables], ignore_index=True)
    _check_subsets(clips, sources, root, subsets)
    misnamed = [not _is_relative(fname) for fname in clips["fname"]]
    remedy = "write it from there, as dogs/1.wav"
    _refuse(clips, misnamed, "fname {fname!r} is no file name within the audio folder; " + remedy)
    first_rows = clips.groupby("fname")["row"].transform("first")
    repeated = clips["fname"].duplicated()
    _refuse(clips.assign(first=first_rows), repeated, ONE_NAME)
    clips["manually_verified"] = clips["manually_verified"].map(lambda flag: FLAGS.get(flag.lower(), flag))
    unclear = ~clips["manually_verified"].isin(["0", "1"])
    _refuse(clips, unclear, "manually_verified is {manually_verified!r}; write 0 or 1")

    unscored = (clips["usage"] == PADDING) & (clips["split"] == "test")
    if padding:
        clips["labels"] = clips["labels"].mask(unscored, pd.Series([()] * len(clips)))
        clips["labelled"] &= ~unscored
    else:
        clips = clips[~unscored]
    log.info("%d test clips are padding and %s", unscored.sum(), "stay" if padding else "dropped")
    _check_presence(clips, sources, root)
    _check_labels(clips)
    clips = clips.assign(label=clips["labels"].map(",".join)).astype({"manually_verified": int})
    further = clips["label"].isin(further_classes)
    clips = clips.assign(split=clips["split"].mask(further, "further"))[~further | (clips["split"] == "train")]
    return clips.sort_values(["split", "fname"], ascending=[False, True], ignore_index=True)


def _part(table, source, root, subsets):
    """Return the clips of one table, its values still text; ``labels`` are tuples."""
    part, names, file = load_part("data.table_formats", source["format"]), source["columns"], root / source["file"]
    table = with_file_names(table, names, file)
    own = [key for key in ("manually_verified", "usage", "group", "fold") if names[key] is not None]
    if source["split"] == "test" and names["group"] not in table:  # folds are of the training clips
        own = [key for key in own if key != "group"]
    for key in (*part.COLUMNS, *own):
        if names[key] not in table:
            null = f" (or `{key}: null` if there is none)" if key in own else ""
            null = f"; {UNLABELLED_TEST}" if (key, source["split"]) == ("label", "test") else null
            null = "; its first line must be names of columns: add them" if _lacks_header(table) else null
            raise UserError(
                f"{file}: column {names[key]!r} is missing, it has {list(table)}; name it in the dataset file{null}"
            )
    clips = part.clips(table, names)
    verified = "1" if source["manually_verified"] and source["format"] != "no_labels" else "0"
    values = {"manually_verified": verified, "usage": source["usage"], "group": "", "fold": ""}
    values |= {key: table.loc[clips.index, names[key]] for key in own}
    files = clips["fname"] + source["extension"]
    clips = clips.assign(
        **values,
        split=source["split"],
        subsets=_subsets_of(table.loc[clips.index], subsets if source["split"] == "train" else {}),
        labelled=part.LABELLED,
        path=[str(root / source["audio"] / name) for name in files],
        row=[f"{file}, line {line}" for line in clips.index],
    )
    if source["split"] == "test" and names["usage"] is not None:
        unknown = ~clips["usage"].isin(USAGES_OF_TEST)
        _refuse(clips, unknown, "usage is {usage!r}; write Public, Private, Ignored or nothing")
    return clips


def _subsets_of(table, subsets):
    """Return of each row the names of the subsets it is in, joined."""
    there = {name: subset for name, subset in subsets.items() if subset["column"] in table}
    if not there:
        return ""
    return [
        ";".join(name for name, subset in there.items() if row[subset["column"]] == str(subset["value"]))
        for row in table.to_dict("records")
    ]


def _check_subsets(clips, sources, root, subsets):
    """Every subset has clips."""
    there = {name for names in clips["subsets"].unique() for name in names.split(";")}
    for name, subset in subsets.items():
        if name not in there:
            files = [str(root / source["file"]) for source in sources.values() if source["split"] == "train"]
            raise UserError(
                f"{', '.join(files)}: no clip has {str(subset['value'])!r} in the column {subset['column']!r}, so the "
                f"subset {name!r} is empty; correct `subsets` in the dataset file"
            )


def _lacks_header(table):
    """Whether what ought to be names of columns looks like a clip or an event: by a number, or a file of audio."""
    return any(re.fullmatch(NUMBER, name) or PurePosixPath(name).suffix.lower() in suffixes.READ for name in table)


def _is_relative(fname):
    path = PurePosixPath(fname)
    return (
        str(path) == fname and not path.is_absolute() and not {"..", "."} & {*path.parts, fname} and "\0" not in fname
    )


def _check_labels(clips):
    remedy = "give the clip one or remove the row"
    empty, tests = clips["labelled"] & (clips["labels"].map(len) == 0), clips["split"] == "test"
    lacking = tests & (empty | (clips["labels"] == (NO_LABEL,)))
    if lacking[tests].all():
        _refuse(clips, lacking, f"there is no label; {remedy}; {UNLABELLED_TEST}")
    _refuse(clips, empty, f"there is no label; {remedy}")
    labels = clips.explode("labels").dropna(subset="labels")
    none = labels["labels"] == NO_LABEL
    remedy = "give the clip a label or remove the row"
    _refuse(labels, none, "'None' is not a class, it marks a clip without a label; " + remedy)
    odd = [label != label.strip() or not label.isprintable() for label in labels["labels"]]
    _refuse(labels, odd, "label {labels!r} begins or ends with a space or holds a control character; correct it")
    joined = labels["labels"].str.contains("[,;]")
    remedy = "rename it, or say `format: several_labels` in the dataset file (an event has a row for each)"
    _refuse(labels, joined, "label {labels!r} holds a comma or semicolon, which separate several labels; " + remedy)


def _check_presence(clips, sources, root):
    """Every split that has a table has clips."""
    for source in sources.values():
        if not (clips["split"] == source["split"]).any():
            raise UserError(
                f"{root / source['file']}: there are no {source['split']} clips in it; add some or correct the path"
            )


def _refuse(clips, wrong, message):
    """Raise a UserError for the first row of ``clips`` where ``wrong``; ``message`` may name columns in braces."""
    refused = clips[wrong]
    if len(refused):
        row = refused.iloc[0]
        more = f" ({len(refused)} such rows in all)" if len(refused) > 1 else ""
        raise UserError(f"{row['row']}: {message.format(**row)}{more}")
