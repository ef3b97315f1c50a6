"""Published ensembles: one YAML file each in ``ensembles/``, changed by the sizes of the configuration."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.schema import check, merged, read_yaml

ENSEMBLES = Path(__file__).parents[2] / "ensembles"


def read_ensembles(recipes, taken, sizes):
    """Return name -> content of all ensembles; ``relabelling`` is None where there is none.

    ``recipes``: of all systems. ``taken``: the other rows of the score table. ``sizes``: ensemble -> changes to its
    file. Raises UserError where an ensemble has a name in ``taken``, names a system without a recipe, or relabels
    what it cannot.
    """
    ensembles = {}
    for path in sorted(ENSEMBLES.glob("*.yaml")):
        name, source = path.stem, f"ensembles/{path.name}"
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise UserError(f"{source}: name the file with small letters, digits and hyphens only")
        if name in taken:
            raise UserError(f"{source}: the name {name!r} is taken; give the file another one")
        ensemble = {"relabelling": None} | merged(read_yaml(path), sizes.get(name, {}))
        check(ensemble, "ensemble", source + (" with the sizes of config.yaml" if name in sizes else ""))
        for system in ensemble["systems"]:
            if system not in recipes:
                raise UserError(f"{source}: no system {system!r} in systems/; there are {', '.join(recipes)}")
        if ensemble["relabelling"]:
            _check_relabelling(name, ensemble, recipes, ensembles)
        ensembles[name] = ensemble
    return ensembles


def _check_relabelling(name, ensemble, recipes, others):
    source = f"ensembles/{name}.yaml: relabelling"
    if ensemble["fusion"] != "stack":
        raise UserError(f"{source} needs out-of-fold probabilities that are cross-fitted; set fusion: stack")
    for system in ensemble["systems"]:
        if recipes[system]["self_verification"]:
            raise UserError(f"{source}: {system} has rounds of self-verification already; leave it out")
        for other, content in others.items():
            if content["relabelling"] and system in content["systems"]:
                raise UserError(f"{source}: {system} is relabelled by ensembles/{other}.yaml already; leave it out")
