"""Label-noise policies: one YAML file each in ``policies/``, each a change to whichever recipe is trained under it."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.recipes import checked_recipe
from workflow_scripts.study.schema import check, merged, read_yaml

POLICIES = Path(__file__).parents[2] / "policies"
NO_POLICY = {"unverified_weight": 1.0, "self_verification": None, "training": {"mask_losses_above": None}}


def read_policies(sizes):
    """Return name -> content of all policies, changed by ``sizes``; ``relabelling`` is None where there is none."""
    policies = {}
    for path in sorted(POLICIES.glob("*.yaml"), key=lambda path: path.stem):
        name, source = path.stem, f"policies/{path.name}"
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise UserError(f"{source}: name the file with small letters, digits and hyphens only")
        source += " with the sizes of config.yaml" if name in sizes else ""
        policies[name] = {"relabelling": None} | merged(read_yaml(path), sizes.get(name, {}))
        check(policies[name], "policy", source)
    return policies


def under_policies(recipe, policies, seeds):
    """Return (recipes, ensembles) of the trainings of one system under each policy with each seed, by their names.

    ``recipe``: the system's; the trainings are the same but for what a policy changes, and their ``seed``; a policy
    that the system has itself is taken away. ``policies``: as :func:`read_policies` returns them. The ensembles are
    those of a single system that correct its labels; they are called like it.
    """
    recipes, ensembles = {}, {}
    for policy, content in policies.items():
        changed = checked_recipe(merged(merged(recipe, NO_POLICY), content["recipe"]), f"policies/{policy}.yaml")
        if content["relabelling"] and changed["self_verification"]:
            raise UserError(f"policies/{policy}.yaml: has both self-verification and relabelling; choose one")
        for seed in seeds:
            name = training_name(policy, seed)
            recipes[name] = changed | {"seed": seed}
            if content["relabelling"]:
                ensembles[name] = {"systems": [name], "fusion": "stack", "relabelling": content["relabelling"]}
    return recipes, ensembles


def training_name(policy, seed):
    return f"policy-{policy}-seed{seed}"
