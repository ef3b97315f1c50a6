"""Label-noise policies: one YAML file each in ``policies/``, each a change to whichever recipe is trained under it."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.recipes import check_stages, checked_recipe
from workflow_scripts.study.schema import check, merged, read_yaml
from workflow_scripts.study.stages import FURTHER

POLICIES = Path(__file__).parents[2] / "policies"
# what a policy may change of a training
OF_POLICIES = ("unverified_weight", "learn_from", "loss", "co_teaching", "noise_layer")
# and of these, what a classifier has none of
OF_NETWORKS = {"loss": "loss", "co_teaching": "updates", "noise_layer": "layers"}
# Of a stage, what a classifier heeds (schemas/recipe.schema.yaml): each fits it anew, without epochs.
OF_CLASSIFIERS = ("repeat", "labels", "learn_from", "validate_on", "unverified_weight", "checkpoint_selection")


def read_policies(sizes):
    """Return name -> content of all policies, changed by ``sizes``; complete."""
    policies = {}
    for path in sorted(POLICIES.glob("*.yaml"), key=lambda path: path.stem):
        name, source = path.stem, f"policies/{path.name}"
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise UserError(f"{source}: name the file with small letters, digits and hyphens only")
        source += " with the sizes of this run" if name in sizes else ""
        policies[name] = {"training": {}, "stages": {}} | merged(read_yaml(path), sizes.get(name, {}))
        check(policies[name], "policy", source)
    return policies


def under_policies(compared, recipes, policies):
    """Return (recipes, ensembles) of the trainings of one system under each policy with each seed, by their names.

    ``compared``: the section ``noise_policies`` of the configuration. ``recipes``, ``policies``: all, as they are read.
    The trainings are the same but for what a policy changes, and their ``seed``; a policy that the system has itself is
    taken away: of its stages those up to the first one that learns labels stay. The ensembles are those of a single
    system that correct its labels; they are called like it. What a classifier does not heed of a policy, as epochs,
    changes nothing of it.
    """
    for name in compared["policies"]:
        if name not in policies:
            known = ", ".join(policies)
            raise UserError(f"config.yaml: noise_policies.policies: no {name!r} in policies/; there are {known}")
    recipe = recipes[compared["system"]]
    plain, first = _without_policies(recipe["training"]), _first_stages(recipe["stages"])
    found, ensembles = {}, {}
    for policy in compared["policies"]:
        source, content = f"policies/{policy}.yaml", policies[policy]
        if "classifier" in recipe:
            content = _of_classifier(content, source)
        training = merged(plain, content["training"])
        corrected = {name: stage for name, stage in content["stages"].items() if _corrected(stage)}
        own = {name: stage for name, stage in content["stages"].items() if name not in corrected}
        if corrected and own:
            raise UserError(f"{source}: has both corrected labels and other stages; choose one")
        changed = checked_recipe(recipe | {"training": training, "stages": first | own}, source)
        check_stages(changed, first | corrected, source)
        for seed in compared["seeds"]:
            name = training_name(policy, seed)
            found[name] = changed | {"seed": seed}
            if corrected:
                ensembles[name] = {"systems": [name], "fusion": "stack", "stages": corrected}
    return found, ensembles


def _first_stages(stages):
    """Return those up to the first one that learns labels; those of pre-training have nothing of a policy."""
    first = {}
    for name, stage in stages.items():
        if stage is not None:
            first[name] = stage if "task" in stage else _without_policies(stage)
            if "task" not in stage:
                break
    return first


def _without_policies(settings):
    return {key: value for key, value in settings.items() if key not in OF_POLICIES}


def _of_classifier(content, source):
    """Return what a classifier heeds of a policy; UserError where it changes what only networks have."""
    sections = [content["training"], *content["stages"].values()]
    for key, what in OF_NETWORKS.items():
        if any(key in (section or {}) for section in sections):
            raise UserError(
                f"{source}: a classifier has no {what} to change; leave out the policy, or name another `system`"
            )
    training, *stages = (
        section and {key: value for key, value in section.items() if key in OF_CLASSIFIERS} for section in sections
    )
    return {"training": training, "stages": dict(zip(content["stages"], stages, strict=True))}


def training_name(policy, seed):
    return f"policy-{policy}-seed{seed}"


def _corrected(stage):
    return (stage or {}).get("labels", FURTHER["labels"])["name"] == "corrected"
