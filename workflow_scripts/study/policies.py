"""Label-noise policies: one YAML file each in ``policies/``, each a change to whichever recipe is trained under it."""

import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.recipes import check_stages, checked_recipe
from workflow_scripts.study.schema import check, merged, read_yaml
from workflow_scripts.study.stages import FURTHER

POLICIES = Path(__file__).parents[2] / "policies"
# sections of the configuration that train one system under several policies -> how the names of trainings begin
TRAININGS = {"noise_policies": "policy", "noise_robustness": "robustness"}
# what a policy may change of a training
OF_POLICIES = ("unverified_weight", "learn_from", "loss", "label_smoothing", "co_teaching", "noise_layer")
# what a policy may change that a classifier has none of
OF_NETWORKS = ("loss", "label_smoothing", "augmentation", "co_teaching", "noise_layer")
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
        policies[name] = {"training": {}, "first": {}, "stages": {}} | merged(read_yaml(path), sizes.get(name, {}))
        check(policies[name], "policy", source)
    return policies


def under_policies(section, compared, recipes, policies):
    """Return (recipes, ensembles) of the trainings of one system under each policy with each seed, by their names.

    ``compared``: the ``section`` of the configuration, one of ``TRAININGS``. ``recipes``, ``policies``: all, as they
    are read. The trainings are the same but for what a policy changes, and their ``seed``; a policy that the system has
    itself is taken away: of its stages those up to the first one that learns labels stay. A stage that goes on with the
    training of that one has what the recipe says of it, so that both together are as long as it is without a policy,
    and as ``first`` of the policy divides them. The ensembles are those of a single system that correct its labels;
    they are called like it. What a classifier does not heed of a policy, as epochs, changes nothing of it.
    """
    for name in compared["policies"]:
        if name not in policies:
            known = ", ".join(policies)
            raise UserError(f"config.yaml: {section}.policies: no {name!r} in policies/; there are {known}")
    recipe = recipes[compared["system"]]
    plain, plain_first = _without_policies(recipe["training"]), _first_stages(recipe["stages"])
    *_, (of_first, going_on) = plain_first.items()
    found, ensembles = {}, {}
    for policy in compared["policies"]:
        source, content = f"policies/{policy}.yaml", policies[policy]
        if "classifier" in recipe:
            content = _of_classifier(content, source)
        training = merged(plain, content["training"])
        corrected = {name: stage for name, stage in content["stages"].items() if _corrected(stage)}
        first = plain_first | {of_first: merged(going_on, content["first"])}
        own = {n: _continued(stage, going_on) for n, stage in content["stages"].items() if n not in corrected}
        if corrected and own:
            raise UserError(f"{source}: has both corrected labels and other stages; choose one")
        changed = checked_recipe(recipe | {"training": training, "stages": first | own}, source)
        check_stages(changed, first | corrected, source)
        for seed in compared["seeds"]:
            name = training_name(section, policy, seed)
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


def _continued(stage, first):
    """Return ``stage``; one that goes on with what ``first`` has of its own, but for where that starts."""
    if (stage or {}).get("optimizer_state") != "previous":
        return stage
    return merged({key: value for key, value in first.items() if key not in ("start", "fresh")}, stage)


def _of_classifier(content, source):
    """Return what a classifier heeds of a policy; UserError where it changes what only networks have."""
    sections = [content["training"], content["first"], *content["stages"].values()]
    for key in OF_NETWORKS:
        if any(key in (section or {}) for section in sections):
            raise UserError(
                f"{source}: a classifier has no {key} to change; leave out the policy, or name another `system`"
            )
    training, first, *stages = (
        section and {key: value for key, value in section.items() if key in OF_CLASSIFIERS} for section in sections
    )
    return {"training": training, "first": first, "stages": dict(zip(content["stages"], stages, strict=True))}


def training_name(section, policy, seed):
    return f"{TRAININGS[section]}-{policy}-seed{seed}"


def training_names(section, compared):
    """Return those of all trainings of a section, policy by policy and seed by seed."""
    return [training_name(section, policy, seed) for policy in compared["policies"] for seed in compared["seeds"]]


def _corrected(stage):
    return (stage or {}).get("labels", FURTHER["labels"])["name"] == "corrected"
