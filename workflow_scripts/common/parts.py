"""Parts of a recipe that are chosen by name: one module of a package each."""

import functools
import importlib
from pathlib import Path

from workflow_scripts.common.errors import UserError


def load_part(package, name):
    """Return the module ``name`` of ``workflow_scripts.<package>``; no other module of the package is imported.

    Raises UserError that lists the package's modules where there is none of that name.
    """
    folder = Path(__file__).parents[1].joinpath(*package.split("."))
    available = sorted(path.stem for path in folder.glob("[!_]*.py"))
    if name not in available:
        raise UserError(f"{package}: there is no {name!r}; choose one of {', '.join(available)}")
    return importlib.import_module(f"workflow_scripts.{package}.{name}")


def part_function(package, section, function):
    """Return ``function`` of the part that ``section`` names, {name: ..., parameter: value ...}, with its parameters.

    What else the function takes is passed when it is called. Raises UserError as :func:`load_part` does.
    """
    parameters = {key: value for key, value in section.items() if key != "name"}
    return functools.partial(getattr(load_part(package, section["name"]), function), **parameters)
