"""Whether a file's content follows a JSON schema; most plans find that all has been checked before, and import none."""

import math

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012


def validator(schema, sections):
    """Return what :func:`first_error` needs; ``sections``: name -> schema of what ``schema`` refers to by that name."""
    registry = Registry().with_resources((name, _section(section)) for name, section in sections.items())
    return _Validator(schema, registry=registry)


def first_error(content, validator):
    """Return where in ``content`` the first mistake is, and which, in one line; None where there is none."""
    errors = validator.iter_errors(content)
    error = min(errors, key=lambda error: list(map(str, error.absolute_path)), default=None)
    hint = "; put it in quotes" if error and error.validator == "type" and _is_meant_as_text(error) else ""
    return error and f"{'.'.join(map(str, error.absolute_path)) or 'top level'}: {error.message}{hint}"


def _is_meant_as_text(error):
    """Whether YAML has made something else of a text: a number, a truth value, a date."""
    return "string" in error.validator_value and not isinstance(error.instance, str | list | dict | None)


def _section(schema):
    """Return it without its ``$schema``, at which jsonschema would go back to its own types."""
    return DRAFT202012.create_resource({key: value for key, value in schema.items() if key != "$schema"})


def _is_integer(_, value):
    return isinstance(value, int) and not isinstance(value, bool)  # JSON Schema takes 1.0 as one, too


def _is_number(_, value):
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_TYPES)
