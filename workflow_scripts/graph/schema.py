"""Reading YAML files against their JSON schemas; a mistake is one line that names the key."""

import functools
from pathlib import Path

import jsonschema
import yaml

from workflow_scripts.common.errors import UserError

SCHEMAS = Path(__file__).parents[2] / "schemas"


def read_yaml(path):
    """Return the mapping in the YAML file ``path``; raises UserError where it is missing or no mapping."""
    try:
        content = yaml.safe_load(Path(path).read_text())
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: not a mapping of keys to values")
    return content


def check(content, schema, source):
    """Raise UserError where ``content`` does not follow ``schemas/<schema>.schema.yaml``."""
    errors = sorted(_validator(schema).iter_errors(content), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        error = errors[0]
        place = ".".join(map(str, error.absolute_path)) or "top level"
        raise UserError(f"{source}: {place}: {error.message}; the keys are explained in schemas/{schema}.schema.yaml")


@functools.cache
def _validator(schema):
    return jsonschema.Draft202012Validator(yaml.safe_load((SCHEMAS / f"{schema}.schema.yaml").read_text()))
