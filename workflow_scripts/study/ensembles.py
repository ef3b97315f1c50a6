"""Published ensembles: one YAML file each in ``ensembles/``, changed by the sizes of the configuration."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.recipes import check_stages
from workflow_scripts.study.schema import check, merged, read_yaml

EVENT_FUSIONS = ("best-per-class", "best-per-class-by-halves")
ENSEMBLES = Path(__file__).parents[2] / "ensembles"


def read_ensembles(recipes, taken, sizes):
    """Return name -> content of all ensembles; ``stages`` is empty where none corrects labels.

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
        source += " with the sizes of this run" if name in sizes else ""
        ensemble = {"stages": {}} | merged(read_yaml(path), sizes.get(name, {}))
        check(ensemble, "ensemble", source)
        ensemble["stages"] = {stage: own for stage, own in ensemble["stages"].items() if own is not None}
        for system in ensemble["systems"]:
            if system not in recipes:
                raise UserError(f"{source}: no system {system!r} in systems/; there are {', '.join(recipes)}")
        detecting = {recipes[system]["task"] == "detection" for system in ensemble["systems"]}
        if detecting != {ensemble["fusion"] in EVENT_FUSIONS}:
            raise UserError(f"{source}: {' and '.join(EVENT_FUSIONS)} are the fusions of systems that detect events")
        if "weights" in ensemble and not ensemble["fusion"].endswith("-mean"):
            raise UserError(f"{source}: weights are those of a mean; the fusion is {ensemble['fusion']}")
        if set(ensemble.get("weights", ensemble["systems"])) != set(ensemble["systems"]):
            raise UserError(f"{source}: weights: name each of the systems once, and no other")
        if ensemble["stages"] and ensemble["fusion"] != "stack":
            raise UserError(f"{source}: correcting labels needs cross-fitted probabilities; set fusion: stack")
        for system in ensemble["systems"] if ensemble["stages"] else ():
            check_stages(recipes[system], recipes[system]["stages"] | ensemble["stages"], source)
        ensembles[name] = ensemble
    return ensembles


def correctors(ensembles, recipes):
    """Return system -> name of the one of ``ensembles`` (those that take part) that corrects its labels.

    Raises UserError where two would do so, and for a system with further stages of its own.
    """
    found = {}
    for name, ensemble in ensembles.items():
        remedy = f"switch that off (sizes: {name}: {{stages: {{...: null}}}}), or leave out a system"
        for system in ensemble["systems"] if ensemble["stages"] else ():
            if len(recipes[system]["stages"]) > 1:
                raise UserError(f"ensembles/{name}.yaml: relabels {system}, which has further stages; {remedy}")
            if system in found:
                other = f"ensembles/{found[system]}.yaml"
                raise UserError(f"ensembles/{name}.yaml: relabels {system}, and so does {other}; {remedy}")
            found[system] = name
    return found
