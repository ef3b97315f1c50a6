"""The one parameter of each rule: its settings and a hash of the code that it really uses.

Snakemake reruns a job whose parameters changed, but its own view of code misses imported modules, and it compares
several parameters as an unnamed set. So every rule has one parameter, a canonical JSON text. Comments, docstrings,
blank lines and file times do not enter the hash, nor do the modules that only watch the work. That the settings are
those that the stage declares (common/settings.py) is seen from its source, too: importing it would take seconds.
"""

import ast
import functools
import hashlib
import io
import json
import tokenize
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.settings import OF_FINGERPRINT, check_keys
from workflow_scripts.study.memo import recall

ROOT = Path(__file__).parents[2]
PACKAGE = "workflow_scripts"
WITHOUT_EFFECT = {f"{PACKAGE}.common.benchmark", f"{PACKAGE}.common.progress"}  # they only watch the work
_LAYOUT = {tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE}


def fingerprint(stage, parts=(), /, **settings):
    """Return the parameter of a rule whose job runs the module ``workflow_scripts.<stage>``.

    ``parts``: further modules, as (package, name), that the stage imports by a name in its settings, e.g.
    ``("parts.networks", "vgg13")``: only the ones named, so that editing one network leaves the others' models valid.
    Raises ValueError where the keys of ``settings`` are not those of the class ``Settings`` in the stage.
    """
    if declared := _read(_source(f"{PACKAGE}.{stage}")).settings:
        try:
            check_keys(settings.keys() | OF_FINGERPRINT, *map(set, declared))
        except ValueError as error:
            raise ValueError(f"{stage}: {error}") from None
    modules = [f"{PACKAGE}.{stage}", *(f"{PACKAGE}.{package}.{name}" for package, name in parts)]
    return json.dumps({"code": code_hash(tuple(modules)), "modules": modules, **settings}, sort_keys=True)


def check_code(settings):
    """Raise UserError where the code is no longer that of the plan whose ``settings`` a job was given.

    Else the result of an edit that is taken back would stay, recorded and cached as that of the code before it.
    """
    if "modules" in settings and code_hash(tuple(settings["modules"])) != settings["code"]:
        raise UserError("the code was edited since this run was planned; run the same command again")


@functools.cache
def code_hash(modules):
    """Return a short hash of ``modules`` (dotted names) and of every project module that they import, transitively."""
    digest = hashlib.sha256()
    for path in sorted(set().union(*(_closure(_source(module)) for module in modules))):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\n{_read(path).code}\n".encode())
    return digest.hexdigest()[:12]


@functools.cache
def _closure(start):
    """Return the files reachable from ``start`` by import statements; nothing is executed."""
    found, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imports(path))
    return frozenset(found)


@functools.cache
def _imports(path):
    """Return the project files that ``path`` imports, the ``__init__`` of the packages on the way included."""
    names = _read(path).imports
    packages = {name.rsplit(".", i)[0] for name in names for i in range(name.count(".") + 1)}
    sources = (_source(name) for name in packages - WITHOUT_EFFECT)
    return frozenset(source for source in sources if source)


@functools.cache
def _source(module):
    """Return the file of the dotted name ``module``, or None where it names no module (a function, say)."""
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


class _Module(NamedTuple):
    """What counts of a file of code."""

    imports: list  # dotted names; some are of functions
    code: str  # a hash
    settings: list | None  # names of the required and of the optional fields of its class Settings, if it has one


@functools.cache
def _read(path):
    text = path.read_text()
    return _Module(*recall(__file__, text, lambda: _parsed(text, path)))


def _parsed(text, path):
    """Return the fields of a :class:`_Module`; comments, docstrings and blank lines do not enter its hash."""
    tree = ast.parse(text, path)
    imports, docstrings = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: relative import; write the whole name, as elsewhere")
            imports |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add((node.lineno, node.col_offset))
    code = hashlib.sha256(_tokens(text, docstrings).encode()).hexdigest()
    return sorted(name for name in imports if name.split(".")[0] == PACKAGE), code, _settings(tree)


def _settings(tree):
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Settings":
            fields = [field for field in node.body if isinstance(field, ast.AnnAssign)]
            required = [field.target.id for field in fields if field.value is None]
            return required, [field.target.id for field in fields if field.value is not None]
    return None


def _tokens(text, docstrings):
    """Return the code in ``text`` but for comments, blank lines and what is at ``docstrings`` (line, column)."""
    tokens, after_docstring = [], False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL):
            continue
        if token.start in docstrings:
            after_docstring = True
        elif not (after_docstring and token.type == tokenize.NEWLINE):
            tokens.append(tokenize.tok_name[token.type] if token.type in _LAYOUT else token.string)
            after_docstring = False
    return " ".join(tokens)
