"""Reading YAML files against their JSON schemas, merging them; a mistake is one line that names the key."""

import functools
import importlib
from pathlib import Path

import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.memo import recall

SCHEMAS = Path(__file__).parents[2] / "schemas"
SHARED = ("published.schema.yaml", "stage.schema.yaml")  # sections of several kinds of files
_VALIDATION = Path(__file__).with_name("validation.py")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast


def load_yaml(text):
    """Return what the YAML ``text`` says; raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)


def read_yaml(path):
    """Return the mapping in the YAML file ``path``; raises UserError where it is missing or no mapping."""
    try:
        content = load_yaml(Path(path).read_text(encoding="utf-8"))
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
    if error := recall(_VALIDATION, f"{_texts(schema)}\n{content!r}", lambda: _first_error(content, schema)):
        raise UserError(f"{source}: {error}; the keys are explained in schemas/{schema}.schema.yaml")


@functools.cache
def _texts(schema):
    """Return all that decides what is valid by ``schema``."""
    return "\n".join(_text(name) for name in (f"{schema}.schema.yaml", *SHARED))


def _text(name):
    return (SCHEMAS / name).read_text(encoding="utf-8")


def _first_error(content, schema):
    return _validation().first_error(content, _validator(schema))


@functools.cache
def _validator(schema):
    sections = {name: load_yaml(_text(name)) for name in SHARED}
    return _validation().validator(load_yaml(_text(f"{schema}.schema.yaml")), sections)


def _validation():
    return importlib.import_module("workflow_scripts.study.validation")  # seldom needed, so not imported above
