"""Published ensembles that are a mean of systems: one YAML file each in ``ensembles/``."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.schema import check, read_yaml

ENSEMBLES = Path(__file__).parents[2] / "ensembles"


def read_ensembles(systems, taken):
    """Return name -> content of all ensembles.

    Raises UserError where one names a system that is not in ``systems``, or has a name in ``taken`` (the other rows of
    the score table).
    """
    ensembles = {path.stem: read_yaml(path) for path in sorted(ENSEMBLES.glob("*.yaml"))}
    for name, ensemble in ensembles.items():
        check(ensemble, "ensemble", f"ensembles/{name}.yaml")
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise UserError(f"ensembles/{name}.yaml: name the file with small letters, digits and hyphens only")
        if name in taken:
            raise UserError(f"ensembles/{name}.yaml: the name {name!r} is taken; give the file another one")
        for system in ensemble["systems"]:
            if system not in systems:
                raise UserError(
                    f"ensembles/{name}.yaml: no system {system!r} in systems/; there are {', '.join(systems)}"
                )
    return ensembles
