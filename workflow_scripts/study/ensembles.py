"""Published ensembles: one YAML file each in ``ensembles/``, changed by the sizes of the configuration."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.schema import check, merged, read_yaml

EVENT_FUSIONS = ("best-per-class", "best-per-class-by-halves")
ENSEMBLES = Path(__file__).parents[2] / "ensembles"


def read_ensembles(recipes, taken, sizes):
    """Return name -> content of all ensembles; ``relabelling`` is None where there is none.

    ``recipes``: of all systems. ``taken``: the other rows of the score table. ``sizes``: ensemble -> changes to its
    file. Raises UserError where an ensemble has a name in ``taken``, names a system without a recipe, fuses events like
    tags or tags like events, weighs others than its systems, or relabels without being a stack.
    """
    ensembles = {}
    for path in sorted(ENSEMBLES.glob("*.yaml"), key=lambda path: path.stem):
        name, source = path.stem, f"ensembles/{path.name}"
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise UserError(f"{source}: name the file with small letters, digits and hyphens only")
        if name in taken:
            raise UserError(f"{source}: the name {name!r} is taken; give the file another one")
        source += " with the sizes of config.yaml" if name in sizes else ""
        ensemble = {"relabelling": None} | merged(read_yaml(path), sizes.get(name, {}))
        check(ensemble, "ensemble", source)
        for system in ensemble["systems"]:
            if system not in recipes:
                raise UserError(f"{source}: no system {system!r} in systems/; there are {', '.join(recipes)}")
        detecting = {bool(recipes[system]["detection"]) for system in ensemble["systems"]}
        if detecting != {ensemble["fusion"] in EVENT_FUSIONS}:
            raise UserError(f"{source}: {' and '.join(EVENT_FUSIONS)} are the fusions of systems that detect events")
        if "weights" in ensemble and not ensemble["fusion"].endswith("-mean"):
            raise UserError(f"{source}: weights are those of a mean; the fusion is {ensemble['fusion']}")
        if set(ensemble.get("weights", ensemble["systems"])) != set(ensemble["systems"]):
            raise UserError(f"{source}: weights: name each of the systems once, and no other")
        if ensemble["relabelling"] and ensemble["fusion"] != "stack":
            raise UserError(f"{source}: relabelling needs cross-fitted probabilities; set fusion: stack")
        ensembles[name] = ensemble
    return ensembles


def correctors(ensembles, recipes):
    """Return system -> name of the one of ``ensembles`` (those that take part) that corrects its labels.

    Raises UserError where two would do so, and for a system with rounds of its own.
    """
    found = {}
    for name, ensemble in ensembles.items():
        remedy = f"switch that off (sizes in config.yaml: {name}: {{relabelling: null}}), or leave out a system"
        for system in ensemble["systems"] if ensemble["relabelling"] else ():
            if recipes[system]["self_verification"]:
                raise UserError(f"ensembles/{name}.yaml: relabels {system}, which has self-verification; {remedy}")
            if system in found:
                other = f"ensembles/{found[system]}.yaml"
                raise UserError(f"ensembles/{name}.yaml: relabels {system}, and so does {other}; {remedy}")
            found[system] = name
    return found
