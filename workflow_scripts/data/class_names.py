"""Names of classes that mean the same to people: they differ in case, spaces and underscores only."""

import re
import unicodedata


def groups_alike(names):
    """Return those of ``names`` that are alike, as lists of two or more, in the order of the first of each."""
    groups = {}
    for name in dict.fromkeys(names):
        groups.setdefault(_meaning(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def correction(label, classes):
    """Return what to do about a ``label`` that is none of ``classes``, in words."""
    meant = {_meaning(name): name for name in classes}.get(_meaning(label))
    if meant is not None:
        return f"{meant!r} is; write it like that"
    return "correct it or add it to the classes in the dataset file"


def quoted(names):
    return " and ".join([", ".join(map(repr, names[:-1])), repr(names[-1])])


def _meaning(name):
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", name)).strip().casefold()
