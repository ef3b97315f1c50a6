"""Published ensembles that are a mean of systems: one YAML file each in ``ensembles/``."""

from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.schema import check, read_yaml

ENSEMBLES = Path(__file__).parents[2] / "ensembles"


def read_ensembles(systems):
    """Return name -> content of all ensembles; raises UserError where one names none of ``systems``, all there are."""
    ensembles = {path.stem: read_yaml(path) for path in sorted(ENSEMBLES.glob("*.yaml"))}
    for name, ensemble in ensembles.items():
        check(ensemble, "ensemble", f"ensembles/{name}.yaml")
        for system in ensemble["systems"]:
            if system not in systems:
                raise UserError(
                    f"ensembles/{name}.yaml: no system {system!r} in systems/; there are {', '.join(systems)}"
                )
    return ensembles
