"""The parameter of the rule in ``rules/catalogue.smk``."""

from pathlib import Path

from workflow_scripts.study.contents import content_of
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.network_input import values_of_a_frame
from workflow_scripts.study.recipes import default_loss, pretrained
from workflow_scripts.study.stages import FURTHER, OF_LABELS, unrolled

TABLES = ("scores.csv", "event_scores.csv")  # of Tasks 2 and 4


def catalogue_systems(study, wildcards):
    recipes, ensembles = study.published_recipes, study.published_ensembles
    corrected = {system: name for name, e in ensembles.items() if e["stages"] for system in e["systems"]}
    systems = {
        name: {key: recipe[key] for key in ("title", "source")}
        | {key: recipe[key] for key in ("network", "classifier") if key in recipe}
        | ({"values": values_of_a_frame(recipe["front_end"], name)} if "classifier" in recipe else {})
        | {"front_end": _frames(recipe["front_end"]), "published": recipe["published"]["scores"]}
        | {"pretrained": ", ".join(pretrained([recipe]))}
        | {"label_noise": _label_noise(recipe, corrected.get(name))}
        | {"classes": _number_of_classes(study.data(recipe["published"]["dataset"]))}
        for name, recipe in recipes.items()
    }
    fused = {
        name: {key: ensemble[key] for key in ("title", "source", "systems")}
        | {"published": ensemble["published"]["scores"], "label_noise": ensemble["fusion"]}
        for name, ensemble in ensembles.items()
    }
    parts = sorted({part for recipe in recipes.values() for part in _sized(recipe)})
    return fingerprint(
        "catalogue.catalogue_systems",
        parts,
        systems=systems,
        ensembles=fused,
        content=content_of(sorted(path for name in TABLES for path in Path("results").glob(f"*/{name}"))),
    )


def _number_of_classes(dataset):
    return len(dataset["classes"]) if dataset["classes"] else dataset["counts"]["classes"]


def _sized(recipe):
    """The module that tells how many parameters a system has."""
    packages = {"network": "parts.networks", "classifier": "parts.classifiers"}
    return [(package, recipe[key]["name"]) for key, package in packages.items() if key in recipe]


def _frames(front_end):
    """What makes the frames: a spectrogram, or the name of a pretrained network; or that nothing does."""
    if "vectors" in front_end:
        return {"name": "vectors of the data set", **front_end["vectors"]}
    if "spectrogram" in front_end:
        return front_end["spectrogram"]
    return {"name": front_end["embedding"]["weights"], "pool": front_end["embedding"].get("pool")}


def _label_noise(recipe, corrector):
    """Return in words what a system does about labels that nobody has verified."""
    stages = unrolled(recipe["training"], recipe["stages"])
    accepting = [stage for stage in stages if stage.labels == "accepted"]
    if accepting:
        return f"self-verification, {len(accepting)} rounds"
    if recipe["task"] == "detection":
        taught = [stage for stage in stages if stage.labels != "given"]
        return f"weak labels; {len(taught)} rounds that learn from teachers"
    training = FURTHER | recipe["training"]
    words = [f"unverified clips weigh {training['unverified_weight']}"]
    if training.get("loss", default_loss(recipe["task"])) != default_loss(recipe["task"]):
        words.append(f"loss {_in_words(training['loss'])}")
    selections = {stage.settings["labels"]["by"]["name"]: None for stage in stages if stage.labels == "pruned"}
    words += [f"pruned by {name}" for name in selections]
    words += [key.replace("_", " ") for key in OF_LABELS if training.get(key)]
    if corrector:
        words.append(f"relabelled by {corrector}")
    return "; ".join(words)


def _in_words(loss):
    """Return e.g. ``masked_in_batch, above 0.8, of cross_entropy``."""
    parameters = [f"{key} {value}" for key, value in loss.items() if key not in ("name", "of")]
    inner = [f"of {_in_words(loss['of'])}"] if "of" in loss else []
    return ", ".join([loss["name"], *parameters, *inner])
