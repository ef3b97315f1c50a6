"""Scaled-down sizes of a run: changes to recipes, ensembles and policies, one YAML file each in ``configs/sizes/``."""

from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.schema import check, merged, read_yaml

SIZES = Path(__file__).parents[2] / "configs" / "sizes"
PUBLISHED = "published"  # no changes


def read_sizes(config):
    """Return system, ensemble or policy -> changes to its file, of the size that ``config`` names.

    What the section ``sizes`` of ``config`` says of that size comes on top of a file of the same name.
    """
    size = config["size"]
    if size == PUBLISHED:
        return {}
    own = config.get("sizes", {})
    path = SIZES / f"{size}.yaml"
    if not path.is_file() and size in own:
        return own[size]
    if not path.is_file():
        known = ", ".join(sorted({PUBLISHED, *own, *(file.stem for file in SIZES.glob("*.yaml"))}))
        raise UserError(
            f"config.yaml: size {size!r} is neither published nor a file in configs/sizes/; there are {known}"
        )
    sizes = read_yaml(path)
    check(sizes, "size", f"configs/sizes/{path.name}")
    return merged(sizes, own.get(size, {}))


def source_of_sizes(config):
    """Return where the sizes of this run stand, as an error names it."""
    size = config["size"]
    return f"config.yaml: sizes.{size}" if size in config.get("sizes", {}) else f"configs/sizes/{size}.yaml"
