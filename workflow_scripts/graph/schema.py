"""Reading YAML files against their JSON schemas, merging them; a mistake is one line that names the key."""

import functools
import math
from pathlib import Path

import jsonschema
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from workflow_scripts.common.errors import UserError

SCHEMAS = Path(__file__).parents[2] / "schemas"
SHARED = ("published.schema.yaml", "relabelling.schema.yaml")  # sections of several kinds of files


def read_yaml(path):
    """Return the mapping in the YAML file ``path``; raises UserError where it is missing or no mapping."""
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text in UTF-8; save it as that") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: not a mapping of keys to values")
    _check_keys(content, path)
    return content


def _check_keys(content, path):
    for key, value in content.items():
        if not isinstance(key, str):
            raise UserError(f"{path}: the key {key!r} is no text; put it in quotes")
        if isinstance(value, dict):
            _check_keys(value, path)


def merged(base, changes):
    """Return ``base`` with ``changes``, key by key; but a section that names another part replaces the old one."""
    result = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        same_part = both and value.get("name", old.get("name")) == old.get("name")
        result[key] = merged(old, value) if same_part else value
    return result


def check(content, schema, source):
    """Raise UserError where ``content`` does not follow ``schemas/<schema>.schema.yaml``."""
    errors = sorted(_validator(schema).iter_errors(content), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        error = errors[0]
        place = ".".join(map(str, error.absolute_path)) or "top level"
        raise UserError(f"{source}: {place}: {error.message}; the keys are explained in schemas/{schema}.schema.yaml")


def _is_integer(_, value):
    return isinstance(value, int) and not isinstance(value, bool)  # JSON Schema takes 1.0 as one, too


def _is_number(_, value):
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_TYPES)


@functools.cache
def _validator(schema):
    registry = Registry().with_resources((name, _shared(name)) for name in SHARED)
    return _Validator(_schema(f"{schema}.schema.yaml"), registry=registry)


def _shared(name):
    """Return a part of other schemas, without its ``$schema``, at which jsonschema would go back to its own types."""
    return DRAFT202012.create_resource({key: value for key, value in _schema(name).items() if key != "$schema"})


def _schema(name):
    return yaml.safe_load((SCHEMAS / name).read_text())
