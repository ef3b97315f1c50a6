"""A stage's settings: a frozen dataclass that its command line, its check and its fingerprint follow from.

A stage module declares ``Settings`` with a typed field per key and a comment that says what it means. The JSON object
on its command line is read into it here; study/fingerprint.py reads the same declaration when a run is planned.
"""

import dataclasses
import inspect
import reprlib
import types
from contextlib import suppress
from typing import get_args, get_origin

from workflow_scripts.common.errors import UserError

OF_FINGERPRINT = {"code", "modules"}  # keys that each fingerprint has; a stage that reads one declares it


def check_keys(keys, required, optional):
    """Raise ValueError where ``keys`` (a set) lack a ``required`` one, or have one that is not known."""
    unknown, missing = keys - required - optional - OF_FINGERPRINT, required - keys
    if unknown:
        known = ", ".join(sorted(required | optional)) or "none"
        raise ValueError(f"there is no key {min(unknown)!r} in its settings; the keys are {known}")
    if missing:
        raise ValueError(f"the key {min(missing)!r} is missing in its settings")


def read_settings(form, given, stage):
    """Return ``given``, the content of a JSON object, as the dataclass ``form``.

    Types may be ``int``, ``float`` (an integer will do), ``str``, ``bool``, ``dict``, ``dict[str, T]``, ``list[T]``,
    ``tuple[T, U]`` (a JSON list of this length) and unions of these and ``None``. Raises UserError that names ``stage``
    and the key for a key that is unknown or missing, or a value of another type.
    """
    fields = dataclasses.fields(form)
    required = {field.name for field in fields if not _has_default(field)}
    try:
        check_keys(given.keys(), required, {field.name for field in fields} - required)
    except ValueError as error:
        raise UserError(f"{stage}: {error}; see --help") from None
    values = {}
    for field in fields:
        if field.name in given:
            try:
                values[field.name] = _typed(given[field.name], field.type)
            except TypeError:
                kind = field.type.__name__ if isinstance(field.type, type) else field.type
                found = reprlib.repr(given[field.name])
                raise UserError(f"{stage}: settings: {field.name} is {found}, which is no {kind}; see --help") from None
    return form(**values)


def fields_in_source(form):
    """Return the text of the fields of the dataclass ``form``, with their comments."""
    return inspect.getsource(form).partition(f"class {form.__name__}:\n")[2]


def _has_default(field):
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _typed(value, form):
    """Return the JSON ``value`` as ``form``; raises TypeError where it is of another type."""
    origin, inner = get_origin(form), get_args(form)
    if origin is types.UnionType:
        for one in inner:
            with suppress(TypeError):
                return _typed(value, one)
    elif origin is list and isinstance(value, list):
        return [_typed(item, *inner) for item in value]
    elif origin is tuple and isinstance(value, list) and len(value) == len(inner):
        return tuple(map(_typed, value, inner))
    elif origin is dict and isinstance(value, dict):
        return {key: _typed(item, inner[1]) for key, item in value.items()}
    elif type(value) is form or (form is float and type(value) is int):  # True is an int, too, but meant otherwise
        return value
    raise TypeError
