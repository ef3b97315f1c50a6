"""Recipes: one YAML file per system in ``systems/``, its sizes changed by the configuration."""

import functools
import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.network_input import check_input
from workflow_scripts.study.parts import check_part, constant, inner_parts
from workflow_scripts.study.schema import check, merged, read_yaml
from workflow_scripts.study.stages import SECTIONS, STAGES, TAUGHT, unrolled
from workflow_scripts.study.weights import read_weights

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "systems"

# section of a recipe -> (package of the part that it names, function that takes the parameters, arguments not from
# the recipe)
PARTS = {
    ("front_end", "silence"): ("parts.silence", "find_segments", {"samples", "rate"}),
    ("front_end", "spectrogram"): ("parts.spectrograms", "spectrogram", {"samples", "rate"}),
    ("network",): ("parts.networks", "build", {"classes"}),
    ("classifier",): ("parts.classifiers", "candidates", {"vectors", "targets", "weights", "exclusive"}),
    ("windows",): ("parts.windows", "training_windows", {"segments", "rng"}),
    ("training", "loss"): ("parts.losses", "losses", {"outputs", "targets", "doubt", "memory", "clips"}),
    ("training", "optimizer"): ("parts.optimizers", "build", {"parameters"}),
    ("training", "sampling"): ("parts.sampling", "batches", {"classes", "targets", "batch", "rng"}),
    ("training", "lr_schedule"): ("parts.lr_schedules", "rate", {"place", "learning_rate"}),
    ("training", "labels"): ("parts.labels", "apply", {"lesson", "files"}),
    ("training", "augmentation"): ("parts.augmentations", "draw", {"count", "rng"}),
}
OF_TRAINING = [place for place in PARTS if place[0] == "training"]
OF_ALL = {("training", "augmentation"): ("partner", "after")}  # what all parts of a place have, and none takes


DEFAULTS = {"stages": STAGES, "choose_stage": "lowest_loss", "folds": None, "held_out": None, "detection": None}
# kinds of labels that are made where a clip has exactly one
ONE_LABEL = ("accepted", "pruned", "corrected", "transition")
JUDGED = {"accepted": "accepted", "pruned": "judged"}  # and those that a stage before must have accepted, or judged


def read_recipe(name, sizes):
    """Return the complete recipe of the system ``name``.

    A recipe that says ``like: other`` has the other's values where it has none itself. ``sizes`` (system -> changes
    to its recipe) come last. Raises UserError for an unknown system, key or part.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise UserError(f"systems/{name}.yaml: name the file with small letters, digits and hyphens only")
    source = f"systems/{name}.yaml" + (" with the sizes of this run" if name in sizes else "")
    return checked_recipe(DEFAULTS | merged(_read(name), sizes.get(name, {})), source)


def checked_recipe(recipe, source):
    """Return ``recipe`` with the defaults of its training; raises UserError for an unknown key or part in it.

    ``source``: what it is to be called.
    """
    _check_choices(recipe, source)
    check(recipe, "recipe", source)
    task = recipe["task"]
    if "network" in recipe:
        recipe = recipe | {"training": {"loss": default_loss(task), "optimizer": {"name": "adam"}} | recipe["training"]}
    for place, part in PARTS.items():
        _check_part(recipe, place, *part, source)
    if "network" in recipe:
        check_loss(recipe["training"]["loss"], task, f"{source}: training.loss")
    if embedding := recipe["front_end"].get("embedding"):
        read_weights(embedding["weights"])
    _check_metric(recipe["training"], task, f"{source}: training")
    for key in SECTIONS:
        if key in recipe["training"]:
            raise UserError(f"{source}: training.{key}: of a single stage, which pre-trains; say it in `stages`")
    if recipe.get("aggregation", {}).get("renormalise") and task != "multiclass":
        raise UserError(f"{source}: aggregation.renormalise: only of multiclass do probabilities sum to one; say false")
    if (recipe["held_out"] is None) == (recipe["folds"] is None):
        remedy = "say null of the other one"
        raise UserError(
            f"{source}: say either `folds` or `held_out`, which clips a model does not learn from; {remedy}"
        )
    if recipe["held_out"] and ("share" in recipe["held_out"]) == ("usage" in recipe["held_out"]):
        raise UserError(f"{source}: held_out: say either a `share` of the training clips, or the `usage` of some")
    check_stages(recipe, recipe["stages"], source)
    spectrogram = recipe["front_end"].get("spectrogram", {})
    inside, outside = (part.get("sample_rate") for part in (recipe.get("network", {}), spectrogram))
    if inside not in (None, outside):
        raise UserError(f"{source}: network.sample_rate: {inside} is another one than the front end's, {outside}")
    check_input(recipe, source)
    if recipe["detection"]:
        _check_detection(recipe, source)
    if bool(recipe["detection"]) != (recipe["task"] == "detection"):
        raise UserError(f"{source}: the section `detection` belongs to the task detection; add it, or correct `task`")
    _check_labels(recipe, source)
    return recipe


def check_stages(recipe, stages, source):
    """Raise UserError for a mistake in any of ``stages``: it would show only after the trainings before it."""
    listed = unrolled(recipe["training"], stages)
    numbers = [stage.number for stage in listed]
    answering = [stage.number for stage in listed if not stage.pretrains]
    for before, stage in zip([None, *listed[:-1]], listed, strict=True):
        where = f"{source}: stages.{stage.name}"
        _check_sections(recipe, stage, where)
        task = stage.of(recipe)["task"]
        for place in OF_TRAINING:
            _check_part({"training": stage.settings}, place, *PARTS[place], where)
        if "network" in recipe:
            check_loss(stage.settings["loss"], task, f"{where}: loss")
            _check_memory(stage.settings, where)
            _check_smoothing(stage, where)
        _check_metric(stage.settings, task, where)
        if stage.pretrains and numbers[-1] == stage.number:
            raise UserError(f"{where}: task: no stage after it learns the labels; add one that starts from it")
        if stage.labels in ONE_LABEL and recipe["task"] != "multiclass":
            raise UserError(
                f"{where}: labels: {stage.labels} ones are made where a clip has one label, and the task is "
                f"{recipe['task']}; choose another kind"
            )
        if stage.settings["start"] == "previous" and stage.before not in numbers:
            raise UserError(f"{where}: start: there is no stage before this one; say scratch")
        _check_start(stage.settings, where)
        if stage.goes_on:
            _check_going_on(before, stage, where)
        _check_layers(stage.settings, where)
        _check_co_teaching(stage, where)
        _check_noise_layer(stage, task, where)
        if stage.settings.get("class_weights") and recipe["task"] != "multiclass":
            raise UserError(f"{where}: class_weights: only of multiclass does a clip have one class; leave them out")
        if stage.labels == "transition":
            earlier = next((one for one in listed if one.number == stage.before and not one.pretrains), None)
            _check_transition(recipe, stage, earlier, where)
        labels = stage.settings["labels"]
        if stage.labels in JUDGED and stage.number == answering[0]:
            did = JUDGED[stage.labels]
            raise UserError(f"{where}: labels: there is no stage before this one whose networks could have {did} any")
        if stage.labels == "pruned":
            _check_pruning(labels, stage.before in answering, task, f"{where}: labels")
        if labels.get("median_frames", 1) % 2 == 0:
            raise UserError(f"{where}: labels.median_frames: {labels['median_frames']} is even; choose an odd one")


def _check_start(settings, where):
    """Published weights suit a network in torch, and inputs that are as they were where these were learned."""
    start = settings["start"]
    if not isinstance(start, dict) or "weights" not in start:
        return
    try:
        runtime = read_weights(start["weights"])["runtime"]["name"]
    except UserError as error:
        raise UserError(f"{where}: start: {error}") from None
    if runtime != "network":
        raise UserError(
            f"{where}: start: weights/{start['weights']}.yaml is run by {runtime}, and only a network in torch, run by "
            "`network`, has weights to start from; choose other ones"
        )
    if settings["normalisation"] is not None:
        raise UserError(
            f"{where}: start: published weights know inputs as they are, and these would be standardised; say "
            "`normalisation: null`"
        )


def _check_going_on(before, stage, where):
    """The optimizer's state fits the one of the stage before, and something is left to do."""
    where = f"{where}: optimizer_state"
    if stage.settings["start"] != "previous":
        raise UserError(f"{where}: of the previous stage, whose weights it belongs to; say `start: previous`, too")
    if before.pretrains or stage.pretrains:
        raise UserError(f"{where}: of pre-training, whose network is another one; leave it out")
    for key in ("optimizer", "rates"):
        if before.settings.get(key) != stage.settings.get(key):
            raise UserError(f"{where}: {key}: is another one in the stage before; say the same, or leave this out")
    if constant("parts.losses", loss := stage.settings["loss"]["name"], "REMEMBERS"):
        raise UserError(f"{where}: loss: what {loss} remembers of clips would be lost; leave this out")
    if stage.settings["fresh"]:
        raise UserError(f"{where}: layers that begin from scratch (`fresh`) have none; leave out either")
    if stage.epochs < 1:
        begins, ends = stage.settings["begins_after"], stage.settings["epochs"]
        raise UserError(
            f"{where}: epochs: the stage before ends with epoch {begins}, and this one with epoch {ends} of the same "
            "training; say more here, or fewer there"
        )


def _check_pruning(labels, judged, task, where):
    """What is pruned by is there, and the stage before has learned what it judges."""
    if not judged:
        raise UserError(f"{where}: the stage before this one has learned none, so it judges none; choose another kind")
    check_part(labels["by"], "parts.selections", "select", {"losses", "seed"}, f"{where}.by")
    check_part(labels["loss"], *PARTS["training", "loss"], f"{where}.loss")
    check_loss(labels["loss"], task, f"{where}.loss")
    if constant("parts.losses", loss := labels["loss"]["name"], "REMEMBERS"):
        raise UserError(f"{where}.loss: {loss} remembers clips of its training, and this is none; choose another loss")


def _check_sections(recipe, stage, where):
    """What a stage changes of the recipe's sections fits together, and is of no use to predictions of classes."""
    if not stage.pretrains:
        for key in stage.sections:
            raise UserError(f"{where}: {key}: only a stage with `task: contrastive` has its own; change the recipe's")
        return
    if recipe["task"] != "multiclass":
        raise UserError(
            f"{where}: task: neighbours vote for the one label of a clip, and this recipe is {recipe['task']}; leave "
            "the stage out"
        )
    if stage.labels != "given":
        raise UserError(f"{where}: labels: pre-training learns none, {stage.labels} ones neither; leave that out")
    whole = stage.of(recipe)
    for place in (("network",), ("windows",)):
        _check_part(whole, place, *PARTS[place], where)
    if not whole["network"].get("projection"):
        raise UserError(f"{where}: network: views are compared by projections; say e.g. `network: {{projection: 512}}`")
    check_input(whole, where)


def _check_memory(settings, where):
    """A loss with a memory of each clip learns from examples of one clip each."""
    loss, mixing = settings["loss"]["name"], settings["augmentation"]
    if not mixing or not constant("parts.losses", loss, "REMEMBERS"):
        return
    if not constant("parts.augmentations", mixing["name"], "KEEPS_LABELS"):
        raise UserError(
            f"{where}: loss: {loss} remembers clips, and {mixing['name']} mixes them; say `augmentation: null`"
        )


def _check_smoothing(stage, where):
    smoothing, where = stage.settings.get("label_smoothing"), f"{where}: label_smoothing"
    if not smoothing:
        return
    epsilon, delta = smoothing["epsilon"], smoothing.get("delta", 0)
    if stage.pretrains:
        raise UserError(f"{where}: pre-training learns no labels; say it in a later stage")
    if stage.labels == "frame_probabilities":
        raise UserError(f"{where}: of frames the teachers' probabilities are learned as they are; leave it out")
    if delta > epsilon or epsilon + delta >= 1:
        raise UserError(f"{where}: delta: {epsilon} - {delta} is below 0, or {epsilon} + {delta} not below 1; say less")


def _check_layers(settings, where):
    """What is frozen or begins afresh makes sense where the others come from another model."""
    for key in ("frozen", "fresh"):
        if settings[key] and settings["start"] == "scratch":
            raise UserError(f"{where}: {key}: all layers start from scratch; say from which model (`start`)")
    for frozen in settings["frozen"]:
        for fresh in settings["fresh"]:
            if f"{frozen}.".startswith(f"{fresh}.") or f"{fresh}.".startswith(f"{frozen}."):
                raise UserError(f"{where}: frozen: {frozen!r} would begin from scratch (`fresh`) and never learn")
        for layer in settings.get("rates") or {}:
            if f"{layer}.".startswith(f"{frozen}."):
                raise UserError(f"{where}: rates: {layer!r} is frozen and never learns; leave it out of either")


def _check_co_teaching(stage, where):
    """Two networks that choose for each other are two, and there is something that they may forget."""
    options, where = stage.settings.get("co_teaching"), f"{where}: co_teaching"
    if not options:
        return
    if stage.pretrains:
        raise UserError(f"{where}: pre-training learns no labels that could be forgotten; say it in a later stage")
    if stage.settings["start"] != "scratch":
        raise UserError(
            f"{where}: both networks would start from the same weights, and be one; say `start: scratch`, or leave it "
            "out"
        )
    if "of" in (loss := stage.settings["loss"]):
        raise UserError(
            f"{where}: the smallest losses decide, and {loss['name']} changes those of {loss['of']['name']}; choose a "
            "loss that changes no other"
        )
    _check_learns_unverified(stage, options, where)


def _check_noise_layer(stage, task, where):
    options, where = stage.settings.get("noise_layer"), f"{where}: noise_layer"
    if not options:
        return
    if task != "multiclass":
        raise UserError(f"{where}: only of multiclass is one class taken for another, and this is {task}; leave it out")
    if stage.settings.get("co_teaching"):
        raise UserError(f"{where}: co_teaching deals with the same noise; choose one of them")
    if stage.labels == "transition":
        raise UserError(f"{where}: labels of the kind transition have a matrix already; choose one of them")
    _check_learns_unverified(stage, options, where)


def _check_learns_unverified(stage, options, where):
    if stage.settings["learn_from"] == "verified" and options.get("clips", "unverified") == "unverified":
        raise UserError(
            f"{where}: it concerns unverified clips, and the stage learns from verified ones; say `clips: all`, or "
            "leave it out"
        )


def _check_transition(recipe, stage, before, where):
    """The stage before tells by which noise labels come about where it has learned nothing but them."""
    where = f"{where}: labels: transition"
    if "classifier" in recipe:
        raise UserError(f"{where}: a classifier has no loss to correct; choose another kind")
    if before is None:
        raise UserError(f"{where}: there is no stage before this one to estimate a matrix from; add one")
    if before.settings["learn_from"] in ("all", "verified", "unlabelled"):
        raise UserError(
            f"{where}: it is estimated by networks that have learned unverified clips alone, and the stage before "
            f"learns from {before.settings['learn_from']}; say `learn_from: unverified` there"
        )


def check_shared_names(recipes):
    """Raise UserError where two of ``recipes`` (system -> recipe) mean other front ends by the name of one store."""
    stores = {}
    for system, recipe in recipes.items():
        front_end = recipe["front_end"]
        first, same = stores.setdefault(front_end["store"], (system, front_end))
        if same != front_end:
            raise UserError(
                f"systems/{system}.yaml: the feature store {front_end['store']!r} has other settings than in "
                f"systems/{first}.yaml; give it another name"
            )


def check_loss(loss, task, where, inside=None):
    """Raise UserError where a loss, or one that it names, does not suit the ``task``; ``where``: what to call it.

    ``inside``: the name of the loss that names it, if there is one.
    """
    package, name = "parts.losses", loss["name"]
    tasks, remembers = (constant(package, name, key) for key in ("TASKS", "REMEMBERS"))
    if task not in tasks:
        remedy = "choose another loss"
        if constant(package, "per_class", "OF_TASK") in tasks and task in constant(package, "per_class", "TASKS"):
            remedy += "" if remembers else f", or {{name: per_class, of: {{name: {name}, ...}}}}"
        raise UserError(f"{where}: {name} is of {' and '.join(tasks)}, and this is {task}; {remedy}")
    if inside and remembers:
        raise UserError(f"{where}: {name} remembers clips, which {inside} tells it nothing of; name it around {inside}")
    for inner in inner_parts(package, loss):
        check_loss(inner, constant(package, name, "OF_TASK") or task, where, name)


def default_loss(task):
    """Return the loss, its name and parameters, of a recipe of ``task`` that says none."""
    return constant("tasks", task, "DEFAULT_LOSS")


def pretrained(recipes):
    """Return the names in weights/ of the pretrained networks that ``recipes`` build on, each once."""
    named = []
    for recipe in recipes:
        starts = [stage.settings["start"] for stage in unrolled(recipe["training"], recipe["stages"])]
        sections = [recipe["front_end"].get("embedding"), *starts]
        named += [section["weights"] for section in sections if isinstance(section, dict) and "weights" in section]
    return list(dict.fromkeys(named))


def started_from(recipe):
    """Return the set of the systems whose weights the stages of ``recipe`` start from."""
    starts = [stage.settings["start"] for stage in unrolled(recipe["training"], recipe["stages"])]
    given = [start for start in starts if isinstance(start, dict)]
    sources = [source for start in given for source in start.get("joined", {"whole": start}).values()]
    return {source["system"] for source in sources if "system" in source}


def step_seconds(recipe):
    """Return how many seconds lie between the beginnings of two frames."""
    spectrogram = recipe["front_end"]["spectrogram"]
    return spectrogram["hop"] / spectrogram["sample_rate"]


def _check_choices(recipe, source):
    """A schema says these in a way that few understand."""
    front_end = recipe.get("front_end")
    for section, keys, where in (
        (recipe, ("network", "classifier"), ""),
        (front_end, ("spectrogram", "embedding", "vectors"), "."),
    ):
        if isinstance(section, dict) and len(section.keys() & set(keys)) != 1:
            what = f"{source}: front_end" if where else source
            raise UserError(f"{what}: say either {' or '.join(map('`{}`'.format, keys))}")
    if isinstance(front_end, dict) and ("silence" in front_end) == ("vectors" in front_end):
        remedy = (
            "vectors have none, leave it out"
            if "vectors" in front_end
            else "say what is cut, {name: keep_all} for none"
        )
        raise UserError(f"{source}: front_end.silence: {remedy}")
    if "classifier" not in recipe:
        return
    if recipe.get("task") == "detection" or recipe["detection"]:
        raise UserError(f"{source}: a classifier says nothing of single frames; detection needs a `network`")
    for key in ("windows", "aggregation"):
        if key in recipe:
            raise UserError(f"{source}: {key}: a classifier hears each clip as a whole; leave it out")


def _check_detection(recipe, source):
    for key in ("hop", "sample_rate"):
        if key not in recipe["front_end"].get("spectrogram", {}):
            raise UserError(
                f"{source}: front_end.spectrogram: detection needs its {key}, to tell when an event is heard"
            )
    folds = recipe["folds"] or 1
    if recipe["detection"]["trained_folds"] > folds:
        raise UserError(f"{source}: detection.trained_folds: there are only {folds} folds")


def _check_metric(training, task, where):
    selection, best = training["checkpoint_selection"], constant("tasks", task, "BEST")
    metric = selection["metric"]
    if metric not in best:
        known = ", ".join(best)
        raise UserError(f"{where}: checkpoint_selection.metric: {metric} is none of {task}; there are {known}")
    if "neighbours" in selection and metric != "knn":
        raise UserError(f"{where}: checkpoint_selection.neighbours: of the metric knn, not of {metric}; leave it out")


def _check_labels(recipe, source):
    """Labels that a recipe's stages learn are made by its own system, or by teachers; those of detectors only."""
    for stage in unrolled(recipe["training"], recipe["stages"]):
        where = f"{source}: stages.{stage.name}: labels"
        if stage.labels == "corrected":
            raise UserError(f"{where}: an ensemble makes corrected ones; name the stage in ensembles/, or in a policy")
        if stage.labels in TAUGHT and not recipe["detection"]:
            raise UserError(f"{where}: teachers make {stage.labels} in the task detection only; choose another kind")


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
        section = section.get(key)
        if section is None:
            return
    section = {key: value for key, value in section.items() if key not in OF_ALL.get(place, ())}
    check_part(section, package, function, given, f"{source}: {'.'.join(place)}")
