"""Parts that a recipe names: their names, parameters and values, read from their modules without importing them.

Importing one could import torch, and planning would take seconds. A part named in another one's parameter ``of``, or in
those that its ``OF`` lists, is of the same package: a loss that changes another loss, a schedule that changes another
schedule.
"""

import ast
import functools
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.memo import recall

PACKAGE = Path(__file__).parents[1]
CONSTANTS = (  # what modules of parts, and tasks, say of themselves
    *("BEST", "DEFAULT_LOSS", "INPUT", "KEEPS_LABELS", "OF", "OF_TASK", "REMEMBERS", "TASKS", "VALUES"),
)


def named_parts(package, section):
    """Return (package, name) of the part that ``section`` names, and of those named in it; [] where it is None."""
    if not section:
        return []
    inner = [part for other in inner_parts(package, section) for part in named_parts(package, other)]
    return [(package, section["name"]), *inner]


def inner_parts(package, section):
    """Return the sections in ``section`` that name parts themselves."""
    return [section[key] for key in _naming(package, section["name"]) if key in section]


def _naming(package, name):
    """Return the parameters of a part that name other parts."""
    return constant(package, name, "OF") or ("of",)


def check_part(section, package, function, given, where):
    """Raise UserError where ``section`` names no part, or gives it parameters that it does not take.

    ``section``: name and parameters, or None. ``function``: the one of the module that takes these; ``given``: its
    arguments that are not from a recipe. ``where``: what to call the section. A part can say in ``VALUES`` what a
    parameter may be: the least and the most number (None: no limit), or the texts that there are to choose from.
    """
    if section is None:
        return
    try:
        part = _read(package, section["name"], function)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    named, required, optional = set(section) - {"name"}, set(part["required"]), set(part["optional"])
    unknown, missing = named - required - optional, required - named - given
    what = f"{where}: {section['name']}"
    if unknown:
        choices = ", ".join(sorted((required | optional) - given)) or "none"
        raise UserError(f"{what} has no parameter {min(unknown)!r}; its parameters are {choices}")
    if missing:
        raise UserError(f"{what} needs the parameter {min(missing)!r}")
    values = part["constants"].get("VALUES", {})
    for parameter in sorted(named & set(values)):
        _check_value(section[parameter], values[parameter], f"{what}: {parameter}")
    for key in _naming(package, section["name"]):
        if key not in named:
            continue
        if not isinstance(section[key], dict) or "name" not in section[key]:
            raise UserError(f"{what}: {key}: {section[key]!r} names no part; write {{name: ...}}, with its parameters")
        check_part(section[key], package, function, given, f"{where}.{key}")


def constant(package, name, constant):
    """Return what the module of a part calls ``constant``, one of ``CONSTANTS``; None where there is none."""
    return _read(package, name)["constants"].get(constant)


def _check_value(value, allowed, what):
    if all(isinstance(one, str) for one in allowed):
        if value not in allowed:
            raise UserError(f"{what}: {value!r} is none of {', '.join(allowed)}")
        return
    least, most = allowed
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not (least is None or least <= value) or not (most is None or value <= most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise UserError(f"{what}: {value!r} is no number {limits}")


@functools.cache
def _read(package, name, function=None):
    """Return what planning needs of a part: names of parameters, required and optional, of a function; constants."""
    folder = PACKAGE.joinpath(*package.split("."))
    path = folder / f"{name}.py"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("[!_]*.py")))
        raise UserError(f"there is no {name!r} in {folder.relative_to(PACKAGE.parent).as_posix()}/; there are {known}")
    text = path.read_text()
    return recall(__file__, f"{function}\n{text}", lambda: _parsed(text, function))


def _parsed(text, function):
    body, constants = ast.parse(text).body, {}
    for node in body:
        if isinstance(node, ast.Assign) and (name := ast.unparse(node.targets[0])) in CONSTANTS:
            constants[name] = ast.literal_eval(node.value)
    required, optional = _parameters(body, function) if function else ([], [])
    return {"required": required, "optional": optional, "constants": constants}


def _parameters(body, function):
    arguments = next(node.args for node in body if isinstance(node, ast.FunctionDef) and node.name == function)
    positional = [argument.arg for argument in arguments.args]
    required = positional[: len(positional) - len(arguments.defaults)]
    keyword = [(a.arg, default) for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    required += [name for name, default in keyword if default is None]
    return required, sorted({*positional, *(name for name, _ in keyword)} - set(required))
