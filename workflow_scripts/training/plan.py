"""The plan of the systems, and of the rounds they are trained in (see graph/plan.py)."""

import functools

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.plan import DataPlan
from workflow_scripts.study.datasets import without_labels
from workflow_scripts.study.ensembles import correctors, read_ensembles
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.policies import read_policies, under_policies
from workflow_scripts.study.recipes import SYSTEMS, read_recipe
from workflow_scripts.study.schema import check

DRAWING = {"sampling": "sampling", "augmentation": "augmentations"}  # section of a training -> package of its part
BASELINES = ["most-frequent", "random-forest"]
FUSIONS = ["arithmetic-mean", "geometric-mean", "stack"]  # of all systems of a run


class SystemPlan(DataPlan):
    """The input and parameter functions of the rules for front ends, trainings, rounds and predictions."""

    def __init__(self, config):
        check(config, "config", "config.yaml")
        super().__init__(config)
        if config["size"] not in {"published", *config["sizes"]}:
            raise UserError(f"config.yaml: size {config['size']!r} is neither published nor one of `sizes`")
        # Where and how a job runs: resources, which invalidate nothing.
        self.device = config["device"]
        self.gpus = 0 if self.device == "cpu" else 1
        self.deterministic = int(config["deterministic"])
        self.checkpoint_seconds = config["checkpoint_seconds"]
        self.systems = config["systems"]
        self.detectors = config["task4"]["systems"]
        sizes = config["sizes"].get(config["size"], {})
        self.policy_recipes = {}
        self.recipes = {path.stem: read_recipe(path.stem, sizes) for path in sorted(SYSTEMS.glob("*.yaml"))}
        for system in {*self.systems, config["baseline"]["front_end_of"]}:
            if self.recipe(system)["detection"]:
                raise UserError(f"config.yaml: systems: {system} detects events; name it in the systems of task4")
        for system in self.detectors:
            if not self.recipe(system)["detection"]:
                raise UserError(
                    f"config.yaml: task4.systems: {system} says nothing of single frames, so detects no events"
                )
        self._check_shared_names()
        ensembles = read_ensembles(self.recipes, taken={*self.recipes, *BASELINES, *FUSIONS}, sizes=sizes)
        policies = read_policies(sizes)
        for name in sizes:
            if name not in {*self.recipes, *ensembles, *policies}:
                raise UserError(f"config.yaml: sizes: {name!r} is neither in systems/, nor ensembles/, nor policies/")
        # The published ensembles that take part: those with all their systems. Some correct the labels of these.
        self.ensembles = {name: e for name, e in ensembles.items() if set(e["systems"]) <= set(self.systems)}
        self.event_ensembles = {name: e for name, e in ensembles.items() if set(e["systems"]) <= set(self.detectors)}
        self.corrector_of = correctors(self.ensembles, self.recipes)
        self._add_policies(config["noise_policies"], policies)

    def _add_policies(self, compared, policies):
        """Add the trainings of one system under each label-noise policy with several seeds."""
        for name in compared["policies"]:
            if name not in policies:
                raise UserError(
                    f"config.yaml: noise_policies.policies: no {name!r} in policies/; there are {', '.join(policies)}"
                )
        recipe = self.recipe(compared["system"])
        if recipe["detection"]:
            raise UserError(f"config.yaml: noise_policies.system: {compared['system']} detects events; name a tagger")
        chosen = {name: policies[name] for name in compared["policies"]}
        self.policy_recipes, self.policy_ensembles = under_policies(recipe, chosen, compared["seeds"])
        self.corrector_of |= {name: name for name in self.policy_ensembles}

    def recipe(self, system):
        found = self.policy_recipes.get(system) or self.recipes.get(system)
        if found is None:
            raise UserError(f"config.yaml: no system {system!r} in systems/; there are {', '.join(self.recipes)}")
        return found

    @functools.cached_property
    def published_recipes(self):
        """All recipes, without this run's sizes."""
        return {system: read_recipe(system, {}) for system in self.recipes}

    @functools.cached_property
    def published_ensembles(self):
        """All ensembles, without this run's sizes."""
        return read_ensembles(self.published_recipes, taken=(), sizes={})

    def systems_on(self, dataset):
        """The systems that this run has for a data set: those of Task 4 where clips have any number of labels."""
        return self.systems if self.labels(dataset) == "one_label" else self.detectors

    # ---------------------------------------------------------------- data

    def data_report(self, wildcards):
        data = self.data(wildcards.dataset)
        folds = {self.recipe(system)["folds"] for system in self.systems_on(wildcards.dataset)}
        return fingerprint(
            "data.report_data",
            root=self.root(wildcards),
            folds=sorted({*folds, self.config["stack"]["folds"]}),
            unlabelled=without_labels(data, wildcards.dataset),
            **{key: data[key] for key in ("title", "tables", "classes", "counts", "unusable_audio")},
            **self._content(wildcards, self._places(wildcards, "file") + self._places(wildcards, "audio")),
        )

    # ---------------------------------------------------------------- front ends

    def features(self, wildcards):
        front_end = self._front_end(wildcards.store)
        silence, spectrogram = front_end["silence"], front_end["spectrogram"]
        parts = [("parts.silence", silence["name"]), ("parts.spectrograms", spectrogram["name"])]
        return fingerprint("front_ends.extract_features", parts, silence=silence, spectrogram=spectrogram)

    def problems(self, wildcards):
        systems = self.systems_on(wildcards.dataset)
        stores = dict.fromkeys(self.recipe(system)["front_end"]["store"] for system in systems)
        folder = f"results/{wildcards.dataset}"
        return [f"{folder}/clip_problems.csv", *(f"{folder}/features/{store}/problems.csv" for store in stores)]

    def collection(self, wildcards):
        return fingerprint("data.collect_problems")

    # ---------------------------------------------------------------- systems

    def rounds(self, system):
        """The rounds of ``system`` as in its paths: 00 is the training on given labels.

        A system of Task 4 that does not teach itself in round 1 has no round 0.
        """
        recipe = self.recipe(system)
        further = self._relabelling(system) or recipe["self_verification"] or {"rounds": len(recipe["passes"])}
        first = 1 if recipe["passes"] and system not in self.teachers(system, "01") else 0
        return [f"{number:02d}" for number in range(first, 1 + further["rounds"])]

    def pass_of(self, system, number):
        """The section of the recipe on round ``number``, which learns from teachers."""
        return self.recipe(system)["passes"][int(number) - 1]

    def teachers(self, system, number):
        """The systems whose round before teaches ``system`` in its round ``number``."""
        return self.pass_of(system, number)["teachers"] or [system]

    def folds_of(self, system):
        """The folds that are held out, one after the other: all of them, but for some systems of Task 4."""
        recipe = self.recipe(system)
        return range(recipe["detection"]["trained_folds"] if recipe["detection"] else recipe["folds"])

    def systems_pattern(self, self_verification):
        """Return a regular expression for the systems with, or without, self-verification."""
        return pattern(
            system
            for system, recipe in (self.recipes | self.policy_recipes).items()
            if bool(recipe["self_verification"]) == self_verification
        )

    def retrained_pattern(self):
        """Return a regular expression for the systems that are trained again on labels that an ensemble corrected."""
        return pattern(self.corrector_of)

    def data_of_system(self, wildcards):
        """What every training and prediction of a system reads."""
        recipe = self.recipe(wildcards.system)
        folder = f"results/{wildcards.dataset}"
        store = f"{folder}/features/{recipe['front_end']['store']}"
        return {"clips": f"{folder}/clips.csv", "frames": f"{store}/frames.npy", "index": f"{store}/index.csv"}

    def data_of_training(self, wildcards):
        folds = self.recipe(wildcards.system)["folds"]
        return self.data_of_system(wildcards) | {"folds": f"results/{wildcards.dataset}/folds/{folds}.csv"}

    def files_of_folds(self, wildcards, rounds, name):
        """``name`` in the folders of all folds of ``rounds``, round by round."""
        folds = self.folds_of(wildcards.system)
        folder = f"results/{wildcards.dataset}/systems/{wildcards.system}"
        return [f"{folder}/round{number}/fold{fold}/{name}" for number in rounds for fold in folds]

    def training(self, wildcards):
        return self._training(wildcards, "00", self.recipe(wildcards.system)["training"])

    def fine_tuning(self, wildcards):
        recipe = self.recipe(wildcards.system)
        changes = recipe["self_verification"]["fine_tuning"]
        return self._training(wildcards, wildcards.round, recipe["training"] | changes)

    def retraining(self, wildcards):
        relabelling = self._relabelling(wildcards.system)
        weights = {key: relabelling[key] for key in ("unverified_weight", "promoted_weight")}
        return self._training(wildcards, wildcards.round, self.recipe(wildcards.system)["training"], **weights)

    def labels_of_round(self, wildcards):
        return corrected_labels(wildcards.dataset, self.corrector_of[wildcards.system], wildcards.round)

    def models_before(self, wildcards):
        return self.files_of_folds(wildcards, [round_before(wildcards.round)], "model.safetensors")

    def verdicts_before(self, wildcards):
        return self.files_of_folds(wildcards, self._judging_rounds(wildcards), "judged.parquet")

    def acceptance(self, wildcards):
        accept = dict(self.recipe(wildcards.system)["self_verification"]["accept"])
        del accept["accumulate"]  # it decides which rounds' verdicts are read
        rounds = len(self._judging_rounds(wildcards))
        return fingerprint(
            "labels.accept_labels", accept=accept, rounds=rounds, classes=self.classes(wildcards.dataset)
        )

    def fold_models(self, wildcards):
        return self.files_of_folds(wildcards, [wildcards.round], "model.safetensors")

    def held_out(self, wildcards):
        return self.files_of_folds(wildcards, [wildcards.round], "held_out.parquet")

    def prediction(self, wildcards):
        recipe = self.recipe(wildcards.system)
        settings = {key: recipe[key] for key in ("windows", "aggregation")}
        return fingerprint(
            "prediction.predict_round", parts_of(recipe), classes=self.classes(wildcards.dataset), **settings
        )

    def oof_of_all_rounds(self, wildcards):
        return self._files_of_rounds(wildcards, "oof.parquet")

    def test_of_all_rounds(self, wildcards):
        return self._files_of_rounds(wildcards, "test.parquet")

    def choice(self, wildcards):
        choose = "last" if wildcards.system in self.corrector_of else "lowest_loss"
        return fingerprint("prediction.choose_round", classes=self.classes(wildcards.dataset), choose=choose)

    def speed(self, wildcards):
        recipe = self.recipe(wildcards.system)
        labels = self.labels(wildcards.dataset)
        parts = [
            *parts_of(recipe, labels),
            *_drawing(recipe["training"]),
            ("parts.spectrograms", recipe["front_end"]["spectrogram"]["name"]),
        ]
        sections = {
            "front_end": {"spectrogram": recipe["front_end"]["spectrogram"]},
            "training": {key: recipe["training"][key] for key in ("batch", "sampling", "augmentation")},
            **{key: recipe[key] for key in ("network", "windows")},
        }
        classes = len(self._classes_of(wildcards))
        return fingerprint("training.measure_speed", parts, classes=classes, labels=labels, recipe=sections)

    def speeds(self, wildcards):
        return self._files_of_systems(wildcards, self.systems_on(wildcards.dataset), "speed.csv")

    def awaited_estimate(self, dataset):
        """The estimate, where a main job makes it by itself: where trainings can take long, on GPUs or at full size."""
        long = self.device != "cpu" or self.config["size"] == "published"
        return [f"results/{dataset}/training_hours.csv"] if long else []

    def estimate(self, wildcards):
        parts = []
        systems = self.systems_on(wildcards.dataset)
        for system in systems:
            recipe = self.recipe(system)
            tuning = [recipe["self_verification"]["fine_tuning"]] if recipe["self_verification"] else []
            changes = [{}, *tuning, *(one["training"] for one in recipe["passes"])]
            parts.append(("parts.windows", recipe["windows"]["name"]))
            parts += [part for change in changes for part in _drawing(recipe["training"] | change)]
        recipes = [self.estimated_recipe(system) for system in systems]
        return fingerprint("training.estimate_hours", parts, recipes=recipes)

    def estimated_recipe(self, system):
        """What of a recipe decides how long its trainings take."""
        recipe, relabelling = self.recipe(system), self._relabelling(system)
        training = {
            key: recipe["training"][key]
            for key in ("epochs", "batch", "sampling", "augmentation", "checkpoint_selection")
        }
        sections = {key: recipe[key] for key in ("network", "windows", "self_verification", "folds")}
        sections["spectrogram"] = recipe["front_end"]["spectrogram"]
        rounds = relabelling["rounds"] if relabelling else 0
        estimated = {"system": system, "training": training, "relabelling_rounds": rounds, **sections}
        if not recipe["detection"]:
            return estimated
        detection = {key: recipe["detection"][key] for key in ("trained_folds", "pool")}
        taught = [{key: one[key] for key in ("learn_labelled", "training")} for one in recipe["passes"]]
        return estimated | {"detection": detection, "passes": taught, "rounds": self.rounds(system)}

    # ---------------------------------------------------------------- helpers

    def _front_end(self, store):
        """The front end whose feature store is ``store``; the same for every system that names it."""
        found = [recipe["front_end"] for recipe in self.recipes.values()]
        return next(front_end for front_end in found if front_end["store"] == store)

    def _judging_rounds(self, wildcards):
        """The rounds whose verdicts decide what the round in ``wildcards`` accepts."""
        before = self.rounds(wildcards.system)[: int(wildcards.round)]
        accumulate = self.recipe(wildcards.system)["self_verification"]["accept"]["accumulate"]
        return before if accumulate else before[-1:]

    def _relabelling(self, system):
        """How the labels that ``system`` is trained again on are corrected, or None."""
        ensemble = self.corrector_of.get(system)
        return ensemble and (self.ensembles | self.policy_ensembles)[ensemble]["relabelling"]

    def _training(self, wildcards, number, training, **others):
        recipe = self.recipe(wildcards.system)
        settings = {key: recipe[key] for key in ("network", "windows", "aggregation", "unverified_weight")} | others
        if recipe["self_verification"]:
            settings["crops"] = recipe["self_verification"]["crops"]
        if recipe["detection"]:
            settings["pool"] = recipe["detection"]["pool"]
        labels = self.labels(wildcards.dataset)
        return fingerprint(
            "training.train_model",
            [*parts_of(recipe, labels), *_drawing(training), ("parts.lr_schedules", training["lr_schedule"]["name"])],
            system=wildcards.system,
            round=number,
            fold=int(wildcards.fold),  # said here, too: a cached model is found by its parameters
            seed=recipe.get("seed", self.seed),
            classes=self._classes_of(wildcards),
            labels=labels,
            training=training,
            **settings,
        )

    def _classes_of(self, wildcards):
        """The classes that a system tells apart; raises UserError where the data set is not of its task."""
        detects = self.recipe(wildcards.system)["detection"]
        return (self.event_classes if detects else self.classes)(wildcards.dataset)

    def _files_of_systems(self, wildcards, systems, name):
        return [f"results/{wildcards.dataset}/systems/{system}/{name}" for system in systems]

    def _files_of_rounds(self, wildcards, name):
        folder = f"results/{wildcards.dataset}/systems/{wildcards.system}"
        return [f"{folder}/round{number}/{name}" for number in self.rounds(wildcards.system)]

    def _check_shared_names(self):
        """Two recipes that name the same feature store must mean the same front end."""
        stores = {}
        for system, recipe in self.recipes.items():
            front_end = recipe["front_end"]
            first, same = stores.setdefault(front_end["store"], (system, front_end))
            if same != front_end:
                raise UserError(
                    f"systems/{system}.yaml: the feature store {front_end['store']!r} has other settings than in "
                    f"systems/{first}.yaml; give it another name"
                )


def parts_of(recipe, labels="one_label"):
    """The modules that training and prediction import by a name: in the recipe, and the kind of ``labels``."""
    parts = [("parts.networks", recipe["network"]["name"]), ("parts.windows", recipe["windows"]["name"])]
    return [*parts, ("tasks", labels)]


def _drawing(training):
    """The modules that draw the batches of a training."""
    return [(f"parts.{package}", training[key]["name"]) for key, package in DRAWING.items() if training[key]]


def pattern(names):
    return "|".join(names) or "(?!)"  # the latter matches nothing


def round_before(number):
    return f"{int(number) - 1:02d}"


def corrected_labels(dataset, ensemble, number):
    """What an ensemble's systems learn from in round ``number``."""
    return f"results/{dataset}/ensemble/{ensemble}/round{number}/labels.csv"
