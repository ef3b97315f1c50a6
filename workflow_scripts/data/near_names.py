"""Audio files that are there under nearly the name that a table has: many sets come with one such difference."""

import re
import unicodedata
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from workflow_scripts.common.files import files_below
from workflow_scripts.data import suffixes

MOST_FILES = 100_000  # of a folder that are looked at
SUFFIX = r"\.[a-z][a-z0-9]{1,4}$"
OF_A_COLUMN = "or, where a column tells the folder, say `columns: {fname: 'fold{fold}/{fname}'}` in the dataset file"


class Near(NamedTuple):
    """One kind of difference, and the clips that have it."""

    fnames: list
    note: str  # what is there for the first of them, and the remedy for all


class _Match(NamedTuple):
    fname: str
    folder: Path  # of the table's audio
    wanted: str  # the file's name from there
    there: list  # paths of the files that may be meant


def near_names(listing, missing):
    """Return a :class:`Near` for each kind of difference, in the order of the first clip of each.

    ``missing``: [clips] of the ``listing`` whether the audio is; a file that another clip has is meant by none of them,
    unless both spell the same name (events of one clip, say). One without a file of nearly its name is in no kind.
    """
    kinds, table = {}, listing["row"].str.rpartition(", line ")[0]
    fine = set(table[~missing])
    for match in _matches(listing[missing], set(listing.loc[~missing, "path"])):
        kinds.setdefault(_difference(match), []).append(match)
    found = []
    for kind, matches in kinds.items():
        fnames = [match.fname for match in matches]
        found.append(Near(fnames, _note(*kind, matches, all_alike=fine.isdisjoint(table[fnames]))))
    return found


def _matches(clips, taken):
    indices = {}
    for fname, path, row in clips[["path", "row"]].itertuples(name=None):
        folder = Path(path).parents[len(PurePosixPath(fname).parts) - 1]
        wanted = Path(path).relative_to(folder).as_posix()
        of_table = Path(row.rpartition(", line ")[0]).parent
        above = [folder.parent] if of_table in (folder.parent, *folder.parent.parents) else []
        for place in (folder, *above):  # the latter in case that `audio` names the wrong one
            if place not in indices:
                indices[place] = _index(place, taken)
            if there := _found(indices[place], wanted):
                yield _Match(fname, folder, wanted, there)
                break


def _index(folder, taken):
    """Return key -> paths of the audio files below ``folder`` by all that a table may say; ``taken`` ones by name."""
    index = {}
    for path in islice(files_below(folder), MOST_FILES):
        if path.suffix.lower() in suffixes.READ:
            name = _meaning(path.relative_to(folder).as_posix())
            last = name.rpartition("/")[2]
            keys = [("all", name), ("stem", _stem(name)), ("last", last), ("last stem", _stem(last))]
            for key in keys[:1] if str(path) in taken else keys:
                index.setdefault(key, []).append(path)
    return index


def _found(index, wanted):
    name = _meaning(wanted)
    last = name.rpartition("/")[2]
    whole = [("all", name), ("all", _stem(name)), ("stem", name), ("stem", _stem(name))]
    parts = [("last", last), ("last", _stem(last)), ("last stem", last), ("last stem", _stem(last))]
    return next((index[key] for key in whole + parts if key in index), [])


def _difference(match):
    """Return (which files may be meant, whether they are elsewhere, backslashes, suffix, folder, spelling)."""
    if len(match.there) > 1:
        return "several", False, False, "", False, False
    there, wanted = match.there[0], PurePosixPath(match.wanted.replace("\\", "/"))
    elsewhere = match.folder not in there.parents
    suffix, called = "", wanted.name
    if _meaning(wanted.name) != _meaning(there.name):
        kinds = {_stem(_meaning(wanted.name)): "other", _meaning(wanted.name): "missing"}
        suffix = kinds.get(_stem(_meaning(there.name)), "surplus")
        called = {"missing": wanted.name, "other": wanted.stem}.get(suffix, wanted.stem.removesuffix(there.suffix))
        called += there.suffix
    moved = not elsewhere and _meaning(_folder(match)) != _meaning(_asked_folder(match))
    spelled = called != there.name or (not elsewhere and not moved and _folder(match) != _asked_folder(match))
    return "one", elsewhere, "\\" in match.wanted, suffix, moved, spelled


def _note(number, elsewhere, backslashes, suffix, moved, spelled, matches, all_alike):
    first = matches[0]
    if number == "several":
        names = " and ".join(map(str, first.there[:2]))
        return f"{names} are there; say which, with folder and extension"
    there = first.there[0]
    remedies = ["write / for \\"] if backslashes else []
    if elsewhere:
        remedies.append("correct the folder `audio` of the table")
    if moved:
        remedies.append(_remedy_of_folders(matches))
    suffixes = {match.there[0].suffix for match in matches}
    has_key = first.wanted != first.fname
    by_key = len(suffixes) == 1 and (has_key or (suffix == "missing" and all_alike))
    if suffix == "surplus":
        added = ", which `extension` adds" if has_key else ""
        remedies.append(f"leave {PurePosixPath(first.wanted).suffix} away{added}")
    elif suffix:
        old = PurePosixPath(first.wanted).suffix
        in_names = "write the extension, too" if suffix == "missing" else f"write {there.suffix} for {old}"
        remedies.append(f"say `extension: {there.suffix}` for the table" if by_key else in_names)
    if spelled:
        remedies.append("write names as the files have them: letter case, accents, spaces")
    return f"{there} is there; {', and '.join(remedies)}"


def _remedy_of_folders(matches):
    first, moves = matches[0], {(_asked_folder(match), _folder(match)) for match in matches}
    before, after = _asked_folder(first), _folder(first)
    if before == ".":
        audio = f"or name {first.folder / after} as `audio` of the table"
        return f"put `{after}/` before the name, {audio if len(moves) == 1 else OF_A_COLUMN}"
    if after == ".":
        above = f", or name {first.folder.parent} as `audio` of the table" if before == first.folder.name else ""
        return f"leave `{before}/` away{above}"
    return f"write `{after}/` for `{before}/`"


def _asked_folder(match):
    """Return the folder in the name that the table has."""
    return PurePosixPath(match.wanted.replace("\\", "/")).parent.as_posix()


def _folder(match):
    """Return the folder of the one file that is meant, from that of the table's audio."""
    there = match.there[0]
    return there.relative_to(match.folder).parent.as_posix() if match.folder in there.parents else ""


def _meaning(name):
    name = unicodedata.normalize("NFC", unquote(name.replace("\\", "/"))).casefold()
    return "/".join(part.strip() for part in name.split("/"))


def _stem(name):
    return re.sub(SUFFIX, "", name)
