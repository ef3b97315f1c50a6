"""What the rules in ``rules/training.smk`` read, and their parameters: a training a system, stage and fold."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.front_ends.plan import made_from
from workflow_scripts.study.datasets import dataset_name
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.label_noise import base_of, is_noisy
from workflow_scripts.study.parts import named_parts
from workflow_scripts.study.weights import read_weights, weights_file

# section of a stage -> package of the part that it names
PARTS = {
    "loss": "parts.losses",
    "optimizer": "parts.optimizers",
    "sampling": "parts.sampling",
    "augmentation": "parts.augmentations",
    "lr_schedule": "parts.lr_schedules",
    "labels": "parts.labels",
}
DRAWING = ("sampling", "augmentation")  # the parts that draw the batches
FRAMES = ("spectrogram", "embedding", "vectors")  # sections of a front end, one of which says what frames are
UPDATING = (*DRAWING, "loss", "optimizer")  # and those of an update
LABEL_FILES = {  # kind of labels -> what the rules in labels.smk leave in the folder of a stage, for all of its folds
    "given": [],
    "accepted": ["accepted.csv"],
    "transition": ["transition.csv"],
    "tags": ["tags.parquet"],
    "clip_probabilities": ["tags.parquet"],
    "frame_probabilities": ["targets.npy", "targets.csv"],
}


def check(study):
    """Raise UserError where weights would start from a stage that is not there, or from what they lead to."""
    for system in study.all_recipes():
        for stage in study.stages(system):
            if _leads_back(study, (system, stage.number, None)):
                raise UserError(f"{_where(study, system, stage)}: start: leads back to where it came from")


def _leads_back(study, place, path=()):
    system, number, dataset = place
    sources = () if place in path else _sources(study, system, study.stage(system, number), dataset).values()
    return place in path or any(_leads_back(study, source, (*path, place)) for source in sources)


def train(study, wildcards):
    """One rule trains; what the stages differ in stands here."""
    check_clips(study, wildcards.system, wildcards.stage, wildcards.dataset)
    check_classes(study, wildcards.system, wildcards.stage, wildcards.dataset)
    stage = study.stage(wildcards.system, wildcards.stage)
    recipe = stage.of(study.recipe(wildcards.system))
    parts = [*learner_parts(recipe), *stage_parts(stage.settings, PARTS)]
    judging = [s.settings["labels"]["crops"] for s in study.stages(wildcards.system) if s.labels == "accepted"]
    return fingerprint(
        "training.train_model",
        parts,
        system=wildcards.system,
        stage=wildcards.stage,
        fold=int(wildcards.fold),  # said here, too: a cached model is found by its parameters
        seed=recipe.get("seed", study.seed),
        task=recipe["task"],
        classes=study.classes_of(wildcards.system, wildcards.dataset),
        training=stage.settings,
        learner=learner(recipe),
        pool=recipe["detection"]["pool"] if recipe["detection"] else [],
        crops=judging[0] if judging and not stage.pretrains else None,
    )


def data_of_training(study, wildcards):
    """Features and folds; where the weights start, unless that is from scratch; and labels, unless they are given."""
    stage = study.stage(wildcards.system, wildcards.stage)
    folder = stage_folder(wildcards.dataset, wildcards.system, wildcards.stage)
    return data_of_system(study, wildcards) | {
        "folds": split_table(study, wildcards),
        "start": [] if stage.settings["start"] == "scratch" else f"{folder}/start.csv",
        "labels": _label_files(study, wildcards, stage, folder),
    }


def check_clips(study, system, number, dataset):
    """Raise UserError where the data set has none of the clips that a stage asks for.

    It learns from them, validates on them, or its loss treats verified and unverified ones differently.
    """
    stage, data = study.stage(system, number), study.data(dataset)
    counts, tables = data["counts"] or {}, [t for t in data["tables"].values() if t["split"] == "train"]
    flagged = any(table["columns"]["manually_verified"] or not table["manually_verified"] for table in tables)
    if is_noisy(data):  # some of its clips are always verified, and some are not
        counts, flagged = {}, True
    lacking = {
        "verified": counts.get("verified") == 0,
        "unverified": not flagged or counts.get("verified", -1) == counts.get("train"),
    }
    for key in ("learn_from", "validate_on"):
        clips, where = stage.settings[key], f"{_where(study, system, stage)}: {key}"
        if isinstance(clips, dict) and clips["subset"] not in data["subsets"]:
            known = ", ".join(data["subsets"]) or "none"
            raise UserError(
                f"{where}: the dataset {dataset} has no subset {clips['subset']!r}; it has {known} (`subsets` in its "
                "file)"
            )
        if isinstance(clips, str) and lacking.get(clips):
            raise UserError(f"{where}: the dataset {dataset} has no {clips} clips; say all, or a subset of it")
    among = stage.settings["labels"].get("among", "unverified")
    if stage.labels == "pruned" and lacking.get(among):
        where = f"{_where(study, system, stage)}: labels.among"
        raise UserError(f"{where}: the dataset {dataset} has no unverified clips that could be pruned; say all")
    missing = [clips for clips, lacks in lacking.items() if lacks]
    if missing and ("parts.losses", "by_origin") in stage_parts(stage.settings, ["loss"]):
        where = f"{_where(study, system, stage)}: loss: by_origin"
        raise UserError(f"{where}: the dataset {dataset} has no {missing[0]} clips; say one loss for all of its clips")


def check_classes(study, system, number, dataset):
    """Raise UserError where a stage names classes that the data set does not have."""
    stage, known = study.stage(system, number), study.classes_of(system, dataset)
    for name in (stage.settings.get("label_smoothing") or {}).get("noisier", []):
        if name not in known:
            where = f"{_where(study, system, stage)}: label_smoothing.noisier"
            raise UserError(f"{where}: the dataset {dataset} has no class {name!r}; it has {', '.join(known)}")


def start_stage(study, wildcards):
    start = study.stage(wildcards.system, wildcards.stage).settings["start"]
    parts = {"parts": list(start["joined"])} if "joined" in start else {}
    return fingerprint("training.start_stage", folds=len(study.folds_of(wildcards.system)), **parts)


def models_to_start_from(study, wildcards):
    """Of each fold; one model for all where it is of published weights, or has learned another data set.

    Where several systems' are joined, those of the first part of the network, then those of the next one.
    """
    stage = study.stage(wildcards.system, wildcards.stage)
    if stage.settings["start"] == "scratch":
        raise UserError(f"{wildcards.system}: stage {wildcards.stage} ({stage.name}) starts from scratch")
    if "weights" in stage.settings["start"]:
        return [f"{stage_folder(wildcards.dataset, wildcards.system, wildcards.stage)}/weights.safetensors"]
    sources = _sources(study, wildcards.system, stage, wildcards.dataset).values()
    return [model for source in sources for model in _models(study, wildcards, stage, *source)]


def published_weights(study, wildcards):
    """The file of the published weights that a stage starts from."""
    return weights_file(_weights(study, wildcards))


def convert_weights(study, wildcards):
    stage = study.stage(wildcards.system, wildcards.stage)
    recipe = stage.of(study.recipe(wildcards.system))
    return fingerprint(
        "training.convert_weights",
        [("parts.networks", recipe["network"]["name"])],
        network=recipe["network"],
        classes=len(study.classes_of(wildcards.system, wildcards.dataset)),
        left_out=read_weights(_weights(study, wildcards))["runtime"].get("left_out", []),
        fresh=stage.settings["fresh"],
    )


def _weights(study, wildcards):
    stage = study.stage(wildcards.system, wildcards.stage)
    if "weights" not in stage.settings["start"]:
        raise UserError(f"{_where(study, wildcards.system, stage)}: start: it starts from no published weights")
    return stage.settings["start"]["weights"]


def _models(study, wildcards, stage, system, number, dataset):
    """The model of each fold of a stage of ``system``, from which ``stage`` starts; one where the data set differs."""
    models = files_of_folds(study, dataset, system, number, "model.safetensors")
    if dataset != wildcards.dataset:
        return models[:1]
    own, other = ((split_name(study, s), study.folds_of(s)) for s in (wildcards.system, system))
    if own != other:
        where = _where(study, wildcards.system, stage)
        raise UserError(
            f"{where}: start: {system} holds out other clips (folds/{other[0]}.csv, this one "
            f"folds/{own[0]}.csv), so it has learned those that judge; say the same `folds` or `held_out`"
        )
    return models


def _sources(study, system, stage, dataset):
    """{part of the network: (system, number of its stage, data set)} that the weights of a ``stage`` come from.

    The part is None where that is all of it. Empty where the weights are new, or published.
    """
    start, where = stage.settings["start"], f"{_where(study, system, stage)}: start"
    if start == "scratch" or "weights" in start:
        return {}
    if start == "previous":
        return {None: (system, stage.before, dataset)}
    parts = start.get("joined", {None: start})
    return {part: _source(study, source, where, dataset) for part, source in parts.items()}


def _source(study, start, where, dataset):
    other = start["system"]
    if other not in study.all_recipes():
        raise UserError(f"{where}: there is no system {other!r} in systems/; correct the name")
    found = [s for s in study.stages(other) if s.name == start.get("stage", s.name)]
    if not found:
        names = ", ".join(dict.fromkeys(s.name for s in study.stages(other)))
        raise UserError(f"{where}: {other} has no stage {start['stage']!r}; there are {names}")
    return other, found[-1].number, dataset_name(start["dataset"]) if "dataset" in start else dataset


def _where(study, system, stage):
    return f"{study.source(system)}: stages.{stage.name}"


def stages_pattern(study, labels=None):
    """Return a regular expression for system and stage, ``x/stage01``: all, or those of some kinds of labels."""
    pairs = [(s, stage) for s in study.all_recipes() for stage in study.stages(s)]
    return pattern(f"{s}/stage{stage.number}" for s, stage in pairs if labels is None or stage.labels in labels)


# ---------------------------------------------------------------- before the trainings


def measure_speed(study, wildcards):
    recipe = study.recipe(wildcards.system)
    training = recipe["training"]
    front_end = frames_of(recipe)
    parts = [*parts_of(recipe), *stage_parts(training, UPDATING)]
    parts += [("parts.spectrograms", part["name"]) for key, part in front_end.items() if key == "spectrogram"]
    sections = {
        "front_end": front_end,
        "training": {key: training[key] for key in ("batch", "l2", *UPDATING) if key in training},
        **{key: recipe[key] for key in ("network", "windows")},
    }
    classes = len(study.classes_of(wildcards.system, wildcards.dataset))
    return fingerprint("training.measure_speed", parts, classes=classes, task=recipe["task"], recipe=sections)


def speeds(study, wildcards):
    return files_of_systems(wildcards.dataset, _networks(study, wildcards.dataset), "speed.csv")


def awaited_estimate(study, dataset):
    """The estimate, where a main job makes it by itself: where trainings can take long, on GPUs or at full size."""
    long = study.device != "cpu" or study.config["size"] == "published"
    return [f"results/{dataset}/training_hours.csv"] if long and _networks(study, dataset) else []


def estimate_hours(study, wildcards):
    systems = _networks(study, wildcards.dataset)
    if not systems:
        raise UserError(f"results/{wildcards.dataset}/training_hours.csv: no system trains a network; none takes long")
    parts = []
    for system in systems:
        parts.append(("parts.windows", study.recipe(system)["windows"]["name"]))
        parts += [part for stage in study.stages(system) for part in stage_parts(stage.settings, DRAWING)]
    recipes = [estimated_recipe(study, system) for system in systems]
    return fingerprint("training.estimate_hours", parts, recipes=recipes)


def estimated_recipe(study, system):
    """What of a recipe decides how long its trainings take."""
    recipe = study.recipe(system)
    keys = ("batch", *DRAWING, "checkpoint_selection", "labels", "learn_from", "validate_on")
    stages = {}
    for stage in study.stages(system):
        settings = {"epochs": stage.epochs} | {key: stage.settings[key] for key in keys}
        if stage.pretrains:  # the probe measures updates of other batches
            dear = settings["batch"] / recipe["training"]["batch"]
            settings |= {"pretrains": True, "windows": stage.of(recipe)["windows"], "update_cost": dear}
        elif stage.networks > 1:
            settings |= {"update_cost": stage.networks}
        known = stages.setdefault(stage.name, {"name": stage.name, "repeat": 0, **settings})
        known["repeat"] += 1
    return {
        "system": system,
        "stages": list(stages.values()),
        "folds": recipe.get("folds"),
        "held_out": recipe["held_out"],
        "trained_folds": len(study.folds_of(system)),
        "pool": recipe["detection"]["pool"] if recipe["detection"] else [],
        "predicts": "frames" if recipe["detection"] else "test clips",
        **frames_of(recipe),
        **{key: recipe[key] for key in ("network", "windows")},
    }


def frames_of(recipe):
    """The half of a recipe's front end that makes frames."""
    return {key: value for key, value in made_from(recipe["front_end"]).items() if key in FRAMES}


def _networks(study, dataset):
    """The systems of this run that train networks: classifiers take a second."""
    return [system for system in study.systems_on(dataset) if "network" in study.recipe(system)]


# ---------------------------------------------------------------- where things are


def data_of_system(study, wildcards):
    """What every training and prediction of a system reads."""
    folder = f"results/{wildcards.dataset}"
    store = store_folder(study, wildcards.dataset, wildcards.system)
    return {"clips": f"{folder}/clips.csv", "frames": f"{store}/frames.npy", "index": f"{store}/index.csv"}


def store_folder(study, dataset, system):
    """Where the features of ``system`` are: noisy labels are of recordings that another data set has."""
    return f"results/{base_of(dataset)}/features/{study.recipe(system)['front_end']['store']}"


def split_name(study, system):
    """How the clips that ``system`` holds out are called in ``folds/``: their number, or what else holds out."""
    recipe = study.recipe(system)
    held_out = recipe["held_out"]
    if held_out is None:
        return str(recipe["folds"])
    if "usage" in held_out:
        return f"held-out-{held_out['usage']}"
    by = f"-by-{held_out['by'].replace('_', '-')}" if "by" in held_out else ""
    return f"held-out-{held_out['share']}{by}"


def split_table(study, wildcards):
    return f"results/{wildcards.dataset}/folds/{split_name(study, wildcards.system)}.csv"


def stage_folder(dataset, system, number):
    return f"results/{dataset}/systems/{system}/stage{number}"


def files_of_folds(study, dataset, system, number, name):
    """``name`` in the folders of all folds of a stage."""
    folder = stage_folder(dataset, system, number)
    return [f"{folder}/fold{fold}/{name}" for fold in study.folds_of(system)]


def files_of_stages(study, dataset, system, name):
    """``name`` in the folders of all stages of a system that learn labels."""
    return [f"{stage_folder(dataset, system, stage.number)}/{name}" for stage in study.answering_stages(system)]


def files_of_systems(dataset, systems, name):
    return [f"results/{dataset}/systems/{system}/{name}" for system in systems]


def corrected_labels(dataset, ensemble, number):
    """What an ensemble's systems learn from in stage ``number``."""
    return f"results/{dataset}/ensemble/{ensemble}/stage{number}/labels.csv"


def pattern(names):
    return "|".join(names) or "(?!)"  # the latter matches nothing


def parts_of(recipe):
    """The modules that training and prediction import by a name: in the recipe, and its task."""
    kinds = {"network": "parts.networks", "windows": "parts.windows", "classifier": "parts.classifiers"}
    return [(package, recipe[key]["name"]) for key, package in kinds.items() if key in recipe] + [
        ("tasks", recipe["task"])
    ]


def learner(recipe):
    """What learns by a recipe, see :mod:`workflow_scripts.learners`."""
    if "classifier" in recipe:
        return {"name": "classifier", "classifier": recipe["classifier"]}
    name = "contrastive" if recipe["task"] == "contrastive" else "network"
    return {"name": name, **{key: recipe[key] for key in ("network", "windows", "aggregation")}}


def learner_parts(recipe):
    """The modules that learn, and predict, by a recipe."""
    return [("learners", learner(recipe)["name"]), *parts_of(recipe)]


def stage_parts(settings, sections):
    """The modules that ``sections`` of a stage's settings name."""
    return [part for key in sections if settings.get(key) for part in named_parts(PARTS[key], settings[key])]


def _label_files(study, wildcards, stage, folder):
    if stage.labels == "corrected":
        return [corrected_labels(wildcards.dataset, study.corrector_of[wildcards.system], wildcards.stage)]
    if stage.labels == "pruned":
        return [f"{folder}/fold{wildcards.fold}/pruned.csv"]
    return [f"{folder}/{name}" for name in LABEL_FILES[stage.labels]]
