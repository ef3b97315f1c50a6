"""Recipes: one YAML file per system in ``systems/``, its sizes changed by the configuration."""

import ast
import functools
import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.memo import recall
from workflow_scripts.study.network_input import check_input
from workflow_scripts.study.schema import check, merged, read_yaml

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "systems"

# section of a recipe -> (package of the part that it names, function that takes the parameters, arguments not from
# the recipe)
PARTS = {
    ("front_end", "silence"): ("parts.silence", "find_segments", {"samples", "rate"}),
    ("front_end", "spectrogram"): ("parts.spectrograms", "spectrogram", {"samples", "rate"}),
    ("network",): ("parts.networks", "build", {"classes"}),
    ("windows",): ("parts.windows", "training_windows", {"segments", "rng"}),
    ("training", "sampling"): ("parts.sampling", "batches", {"classes", "batch", "rng"}),
    ("training", "lr_schedule"): ("parts.lr_schedules", "rate", {"epoch", "epochs", "learning_rate"}),
    ("training", "augmentation"): ("parts.augmentations", "draw", {"count", "rng"}),
}
OF_TRAINING = [place for place in PARTS if place[0] == "training"]


DEFAULTS = {"passes": [], "detection": None}  # of Task 4


def read_recipe(name, sizes):
    """Return the complete recipe of the system ``name``.

    A recipe that says ``like: other`` has the other's values where it has none itself. ``sizes`` (system -> changes
    to its recipe, from the configuration) come last. Raises UserError for an unknown system, key or part.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise UserError(f"systems/{name}.yaml: name the file with small letters, digits and hyphens only")
    source = f"systems/{name}.yaml" + (" with the sizes of config.yaml" if name in sizes else "")
    return checked_recipe(DEFAULTS | merged(_read(name), sizes.get(name, {})), source)


def checked_recipe(recipe, source):
    """Return ``recipe``; raises UserError for an unknown key or part in it. ``source``: what it is to be called."""
    check(recipe, "recipe", source)
    for place, part in PARTS.items():
        _check_part(recipe, place, *part, source)
    further = {f"passes.{number}": one["training"] for number, one in enumerate(recipe["passes"])}
    if recipe["self_verification"]:
        further["self_verification.fine_tuning"] = recipe["self_verification"]["fine_tuning"]
    for section, changes in further.items():  # these rounds would come to a mistake only after the whole training
        for place in OF_TRAINING:
            _check_part({"training": recipe["training"] | changes}, place, *PARTS[place], f"{source}: {section}")
    inside, outside = (part.get("sample_rate") for part in (recipe["network"], recipe["front_end"]["spectrogram"]))
    if inside not in (None, outside):
        raise UserError(f"{source}: network.sample_rate: {inside} is another one than the front end's, {outside}")
    check_input(recipe, source)
    if recipe["detection"]:
        _check_detection(recipe, source)
    return recipe


def step_seconds(recipe):
    """Return how many seconds lie between the beginnings of two frames."""
    spectrogram = recipe["front_end"]["spectrogram"]
    return spectrogram["hop"] / spectrogram["sample_rate"]


def _check_detection(recipe, source):
    for key in ("hop", "sample_rate"):
        if key not in recipe["front_end"]["spectrogram"]:
            raise UserError(
                f"{source}: front_end.spectrogram: detection needs its {key}, to tell when an event is heard"
            )
    if recipe["detection"]["trained_folds"] > recipe["folds"]:
        raise UserError(f"{source}: detection.trained_folds: there are only {recipe['folds']} folds")
    for number, one in enumerate(recipe["passes"]):
        if one.get("median_frames", 1) % 2 == 0:
            raise UserError(
                f"{source}: passes.{number}.median_frames: {one['median_frames']} is even; choose an odd one"
            )


def _read(name, readers=frozenset()):
    recipe = dict(_read_once(SYSTEMS / f"{name}.yaml"))
    model = recipe.pop("like", None)
    if not isinstance(model, str | None):
        raise UserError(f"systems/{name}.yaml: like: {model!r} is no name of a system")
    if model in {*readers, name}:
        raise UserError(f"systems/{name}.yaml: like: {model} leads back to where it came from")
    return recipe if model is None else merged(_read(model, {*readers, name}), recipe)


_read_once = functools.cache(read_yaml)


def _check_part(recipe, place, package, function, given, source):
    section = recipe
    for key in place:
        section = section[key]
    if section is None:
        return
    try:
        required, optional = _parameters(package, section["name"], function)
    except UserError as error:
        raise UserError(f"{source}: {error}") from None
    named = set(section) - {"name"}
    unknown, missing = named - required - optional, required - named - given
    where = f"{source}: {'.'.join(place)}: {section['name']}"
    if unknown:
        choices = ", ".join(sorted((required | optional) - given)) or "none"
        raise UserError(f"{where} has no parameter {min(unknown)!r}; its parameters are {choices}")
    if missing:
        raise UserError(f"{where} needs the parameter {min(missing)!r}")


@functools.cache
def _parameters(package, name, function):
    """Return the names of the required and the optional parameters of a part, read without importing it."""
    folder = ROOT.joinpath("workflow_scripts", *package.split("."))
    path = folder / f"{name}.py"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("[!_]*.py")))
        raise UserError(f"there is no {name!r} in {folder.relative_to(ROOT).as_posix()}/; there are {known}")
    text = path.read_text()
    required, optional = recall(__file__, f"{function}\n{text}", lambda: _read_parameters(text, function))
    return frozenset(required), frozenset(optional)


def _read_parameters(text, function):
    body = ast.parse(text).body
    arguments = next(node.args for node in body if isinstance(node, ast.FunctionDef) and node.name == function)
    positional = [argument.arg for argument in arguments.args]
    required = positional[: len(positional) - len(arguments.defaults)]
    keyword = [(a.arg, default) for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    required += [name for name, default in keyword if default is None]
    return required, sorted({*positional, *(name for name, _ in keyword)} - set(required))
