"""The names of classes in a dataset file."""

import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.class_names import groups_alike, quoted

TAKEN_FOR = {bool: "a truth value", int: "a number", float: "a number", type(None): "nothing"}


def check_classes(classes, path):
    """Raise UserError for names that are no text, stand twice or mean the same, or are too few to tell apart.

    ``classes``: of the dataset file at ``path``, or what stands in their place: no list is left to the schema.
    """
    if not isinstance(classes, list) or not classes:
        return
    for number, name in enumerate(classes):
        if isinstance(name, list | dict):
            raise UserError(f"{path}: classes: {name!r} is no name; write a plain list of names: [Bark, Meow]")
        if not isinstance(name, str):
            written = _as_written(path) or list(map(str, classes))
            taken, names = TAKEN_FOR.get(type(name), f"a {type(name).__name__}"), ", ".join(map('"{}"'.format, written))
            remedy = f"put it in quotes: [{names}]"
            raise UserError(f"{path}: classes: YAML takes {written[number]} for {taken}, not for a name; {remedy}")
        if name != name.strip() or not name:
            raise UserError(f"{path}: classes: {name!r} is empty, or begins or ends with a space; correct it")
        if name in classes[:number]:
            raise UserError(f"{path}: classes: {name!r} stands twice; keep one")
    for group in groups_alike(classes):
        remedy = "keep one of them, and write it so in the tables"
        raise UserError(f"{path}: classes: {quoted(group)} differ in case, spaces or underscores only; {remedy}")
    if len(classes) == 1:
        remedy = "add another one, with clips of it (of other sounds, say)"
        raise UserError(f"{path}: classes: there is only {classes[0]!r}, and systems tell classes apart; {remedy}")


def _as_written(path):
    """Return the names as they stand in the file, whatever YAML takes them for; None where it has none itself."""
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader).get("classes")
    return list(map(str, found)) if isinstance(found, list) else None
