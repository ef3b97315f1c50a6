"""The reference of all files that flow between the stages, from their declarations, as Markdown."""

import ast
import importlib
import inspect
import pkgutil
import re
from types import NoneType
from typing import Literal, get_args, get_origin

from workflow_scripts import tables
from workflow_scripts.tables.declaration import Table

TYPES = {str: "text", int: "integer", float: "number"}
HEAD = "| column | type | unit or range | meaning |\n|---|---|---|---|\n"


def reference():
    """Return the reference: a section per kind of file, in the order of their names."""
    sections = {}
    for found in pkgutil.iter_modules(tables.__path__, f"{tables.__name__}."):
        module = importlib.import_module(found.name)
        if hasattr(module, "FILE"):
            sections[module.FILE] = [_plain(module.__doc__)]
        for kind in declared_in(module):
            sections.setdefault(kind.file, []).append(_described(kind, module))
    texts = [f"## {_file(file)}\n\n" + "\n\n".join(sections[file]) for file in sorted(sections)]
    return "# The files that flow between the stages\n\nPaths are below `results/`.\n\n" + "\n\n".join(texts) + "\n"


def declared_in(module):
    """Return the tables that ``module`` declares."""
    kinds = [kind for kind in vars(module).values() if inspect.isclass(kind) and kind.__module__ == module.__name__]
    return [kind for kind in kinds if issubclass(kind, Table) and kind.file]


def meanings(kind):
    """Return column -> (unit or range, meaning) of a table, both empty where its source says nothing."""
    source = inspect.getsource(kind)
    lines, statements = source.splitlines(), ast.parse(source).body[0].body
    found = {}
    for number, statement in enumerate(statements):
        if isinstance(statement, ast.AnnAssign):
            end = statements[number + 1].lineno - 1 if number + 1 < len(statements) else len(lines)
            comment = [lines[statement.end_lineno - 1][statement.end_col_offset :], *lines[statement.end_lineno : end]]
            text = " ".join(line.strip().removeprefix("#").strip() for line in comment).strip()
            found[statement.target.id] = re.fullmatch(r"(?:\[(.*?)\])? ?(.*)", text).groups(default="")
    return found


def _described(kind, module):
    rows = [
        f"| `{name}` | {_type(kind.columns[name])} | {unit} | {meaning.replace('|', chr(92) + '|')} |"
        for name, (unit, meaning) in meanings(kind).items()
    ]
    key = f"\n\nNo two rows have the same {', '.join(f'`{name}`' for name in kind.key)}." if kind.key else ""
    return f"{_plain(kind.__doc__ or module.__doc__)}{key}\n\n{HEAD}" + "\n".join(rows)


def _plain(docstring):
    """Return a docstring as Markdown."""
    return re.sub(r"(:\w+:)?`+(.*?)`+", r"`\2`", inspect.cleandoc(docstring))


def _file(file):
    return ", ".join(f"`{name}`" for name in file.split(", "))


def _type(declaration):
    parts = get_args(declaration) if NoneType in get_args(declaration) else [declaration]
    words = {NoneType: "empty"} | TYPES
    texts = [
        " or ".join(f"`{value}`" for value in get_args(part)) if get_origin(part) is Literal else words[part]
        for part in parts
    ]
    return " or ".join(texts)
