"""What a run is about: configuration, data sets, recipes, ensembles, policies; read once, checked, then immutable."""

import copy
import functools
from dataclasses import dataclass, field
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.datasets import dataset_name, read_dataset, without_labels
from workflow_scripts.study.ensembles import correctors, read_ensembles
from workflow_scripts.study.label_noise import parted
from workflow_scripts.study.layout import check_layout
from workflow_scripts.study.policies import TRAININGS, read_policies, training_name, under_policies
from workflow_scripts.study.recipes import SYSTEMS, check_shared_names, read_recipe
from workflow_scripts.study.schema import check, read_yaml
from workflow_scripts.study.sizes import read_sizes, source_of_sizes
from workflow_scripts.study.stages import unrolled

BASELINES = ("most-frequent", "random-forest")
FITTED = ("log-linear-pool", "stack")  # fusions that learn from labels
FUSIONS = ("arithmetic-mean", "geometric-mean", *FITTED)  # of all systems of a run
OF_SEVERAL_LABELS = ("several_labels", "events")  # formats of tables in which a clip may have any number of labels


@dataclass(frozen=True, eq=False)
class Study:
    """All that a plan follows from. ``Study.read(config)`` reads it; nothing of it changes afterwards."""

    config: dict
    choices: dict = field(repr=False)  # name of a data set, noise apart -> what config.yaml says: a name or a path
    recipes: dict = field(repr=False)  # system -> its recipe, at this run's sizes
    policy_recipes: dict = field(repr=False)  # the same of the trainings under label-noise policies
    ensembles: dict = field(repr=False)  # the published ones whose systems all take part
    event_ensembles: dict = field(repr=False)  # the same of systems that detect events
    policy_ensembles: dict = field(repr=False)  # stacks of a single system, that correct its labels
    corrector_of: dict = field(repr=False)  # system -> name of the ensemble that corrects its labels

    @classmethod
    def read(cls, config):
        """Return the study of ``config``, the content of config.yaml with the command line's changes.

        Raises UserError, one line, for whatever a user may have got wrong in a file that decides what is planned.
        """
        config = copy.deepcopy(config)
        check(config, "config", "config.yaml")
        check_layout(Path("results"))
        if config["local_archives"] and not Path(config["local_archives"]).is_dir():
            raise UserError(f"config.yaml: local_archives: {config['local_archives']} is no folder; correct it")
        sizes = read_sizes(config)
        recipes = {path.stem: read_recipe(path.stem, sizes) for path in sorted(SYSTEMS.glob("*.yaml"))}
        _check_systems(config, recipes)
        check_shared_names(recipes)
        ensembles = read_ensembles(recipes, taken={*recipes, *BASELINES, *FUSIONS}, sizes=sizes)
        policies = read_policies(sizes)
        for name in sizes:
            if name not in {*recipes, *ensembles, *policies}:
                where = source_of_sizes(config)
                raise UserError(f"{where}: {name!r} is neither in systems/, nor ensembles/, nor policies/")
        systems, detectors = set(config["systems"]), set(config["task4"]["systems"])
        of_run = {name: ensemble for name, ensemble in ensembles.items() if set(ensemble["systems"]) <= systems}
        policy_recipes, policy_ensembles = {}, {}
        for section in filter(config.get, TRAININGS):
            found = under_policies(section, config[section], recipes, policies)
            policy_recipes, policy_ensembles = policy_recipes | found[0], policy_ensembles | found[1]
        return cls(
            config,
            _choices(config, recipes),
            recipes,
            policy_recipes,
            of_run,
            {name: ensemble for name, ensemble in ensembles.items() if set(ensemble["systems"]) <= detectors},
            policy_ensembles,
            correctors(of_run, recipes) | {name: name for name in policy_ensembles},
        )

    # ---------------------------------------------------------------- what is run, and where

    @property
    def seed(self):
        return self.config["seed"]

    @property
    def systems(self):
        return self.config["systems"]

    @property
    def detectors(self):
        return self.config["task4"]["systems"]

    @property
    def device(self):
        return self.config["device"]

    @property
    def gpus(self):
        return 0 if self.device == "cpu" else 1

    @property
    def deterministic(self):
        return int(self.config["deterministic"])

    @property
    def checkpoint_seconds(self):
        return self.config["checkpoint_seconds"]

    # ---------------------------------------------------------------- data sets

    @property
    def dataset(self):
        return dataset_name(self.config["dataset"])

    @property
    def task4_dataset(self):
        return dataset_name(self.config["task4"]["dataset"])

    def data(self, name):
        """The dataset file of results/<name>/."""
        base, *noise = parted(name)
        return read_dataset("+".join([self.choices.get(base, base), *noise]))

    def task(self, dataset):
        """A module in workflow_scripts/tasks."""
        return self.data(dataset)["task"]

    def classes(self, dataset):
        """The classes that taggers tell apart."""
        self._check_labels_of_tests(dataset)
        if self.task(dataset) == "detection":
            raise UserError(
                f"dataset {dataset}: its task is detection, and the systems of config.yaml tag whole clips; ask for "
                f"results/{dataset}/clips.csv or data_report.csv, or name it as the dataset of task4"
            )
        for name, table in self.data(dataset)["tables"].items():
            if table["format"] in OF_SEVERAL_LABELS and self.task(dataset) == "multiclass":
                raise UserError(
                    f"dataset {dataset}: tables.{name} has the format {table['format']}, but the task is multiclass, "
                    "one label a clip; say `task: multilabel`, or `task: detection`, in the dataset file"
                )
        return self.known_classes(dataset)

    def event_classes(self, dataset):
        """The classes whose events systems of Task 4 detect."""
        self._check_labels_of_tests(dataset)
        if self.task(dataset) != "detection":
            raise UserError(
                f"dataset {dataset}: its task is {self.task(dataset)}, and systems of Task 4 detect events; say "
                "`task: detection` in the dataset file, and `format: several_labels` of its tables"
            )
        return self.known_classes(dataset)

    def classes_of(self, system, dataset):
        """The classes that ``system`` tells apart; raises UserError where its task is another than the data set's."""
        task = self.recipe(system)["task"]
        if task == "detection":
            return self.event_classes(dataset)
        if self.task(dataset) not in (task, "detection"):
            raise UserError(
                f"systems/{system}.yaml: its task is {task}, that of the dataset {dataset} {self.task(dataset)}; name "
                "another system, or one `like` it with that task"
            )
        return self.classes(dataset)

    def _check_labels_of_tests(self, dataset):
        if refusal := without_labels(self.data(dataset), dataset):
            raise UserError(refusal)

    def known_classes(self, dataset):
        """The classes in the dataset file, whatever its task."""
        classes = self.data(dataset)["classes"]
        if not classes:
            raise UserError(
                f"dataset {dataset}: its file has no `classes`, which systems need; "
                f"results/{dataset}/data_report.md lists the labels found, ready to be copied"
            )
        return classes

    # ---------------------------------------------------------------- systems and their stages

    def recipe(self, system):
        found = self.policy_recipes.get(system) or self.recipes.get(system)
        if found is None:
            raise UserError(f"config.yaml: no system {system!r} in systems/; there are {', '.join(self.recipes)}")
        return found

    def source(self, system):
        """The file that says how ``system`` is trained: a recipe, or the policy that changes one."""
        for section in filter(self.config.get, TRAININGS):
            compared = self.config[section]
            for policy in compared["policies"]:
                if system in [training_name(section, policy, seed) for seed in compared["seeds"]]:
                    return f"policies/{policy}.yaml"
        return f"systems/{system}.yaml"

    def systems_on(self, dataset):
        """The systems that this run has for a data set."""
        return self.detectors if self.task(dataset) == "detection" else self.systems

    @functools.cache  # noqa: B019 - there is one study
    def stages(self, system):
        """The :class:`Stage` objects of ``system``: its own, and those of the ensemble that corrects its labels."""
        recipe, corrector = self.recipe(system), self.corrector_of.get(system)
        further = self.ensemble(corrector)["stages"] if corrector else {}
        return unrolled(recipe["training"], recipe["stages"] | further)

    def answering_stages(self, system):
        """Those that learn labels to the end: neither pre-training, nor what another stage goes on with."""
        return tuple(stage for stage in self.stages(system) if not stage.pretrains and stage.ends)

    def stage(self, system, number):
        found = next((stage for stage in self.stages(system) if stage.number == number), None)
        if found is None:
            numbers = ", ".join(stage.number for stage in self.stages(system))
            raise UserError(f"{system}: there is no stage {number}; there are {numbers}")
        return found

    def stages_that_learn(self, labels, systems):
        """(system, stage) of all stages of ``systems`` that learn labels of one of these kinds."""
        return [(s, stage) for s in systems for stage in self.stages(s) if stage.labels in labels]

    def folds_of(self, system):
        """The folds that are held out, one after the other."""
        recipe = self.recipe(system)
        if recipe["held_out"]:
            return range(1)
        return range(recipe["detection"]["trained_folds"] if recipe["detection"] else recipe["folds"])

    def holds_out_a_part(self, name):
        """Whether a system, a baseline, or some system of an ensemble predicts a part of the training clips only."""
        if name in self.all_recipes():
            return self.recipe(name)["held_out"] is not None
        return name not in BASELINES and any(map(self.holds_out_a_part, self.ensemble(name)["systems"]))

    def partial(self, names):
        """The setting ``partial`` of what reads their out-of-fold predictions; none where these are complete."""
        parts = [self.holds_out_a_part(name) for name in names]
        return {"partial": parts} if any(parts) else {}

    def all_recipes(self):
        return self.recipes | self.policy_recipes

    # ---------------------------------------------------------------- ensembles

    @functools.cached_property
    def fused(self):
        """What is fused: all systems, in each way; and the published ensembles."""
        return {name: {"systems": self.systems, "fusion": name, "stages": {}} for name in FUSIONS} | self.ensembles

    def ensemble(self, name):
        """An ensemble's systems, how they are fused, and maybe the stages in which it corrects their labels."""
        return (self.fused | self.policy_ensembles)[name]

    # ---------------------------------------------------------------- as published

    @functools.cached_property
    def published_recipes(self):
        """All recipes, without this run's sizes."""
        return {system: read_recipe(system, {}) for system in self.recipes}

    @functools.cached_property
    def published_ensembles(self):
        """All ensembles, without this run's sizes."""
        return read_ensembles(self.published_recipes, taken=(), sizes={})


def _choices(config, recipes):
    """Return name -> name or path of the data sets of a run.

    Of those that config.yaml names, that stages start from models of, and whose recordings soundscapes are mixed of.
    """
    starts = [settings.get("start") for recipe in recipes.values() for settings in _settings(recipe)]
    choices = [start["dataset"] for start in starts if isinstance(start, dict) and "dataset" in start]
    choices += [config["task4"]["dataset"], config["dataset"]]
    choices = [parted(choice)[0] for choice in choices]
    chosen = {dataset_name(choice): choice for choice in choices}
    if mixed := read_dataset(config["task4"]["dataset"]).get("soundscapes"):
        chosen |= {dataset_name(mixed["of"]): mixed["of"]}
    return chosen


def _settings(recipe):
    """What the training, and each stage of it, says."""
    return [recipe["training"], *filter(None, recipe["stages"].values())]


def _check_systems(config, recipes):
    """Each system named in config.yaml is there, and is of the kind that its place is for."""

    def detects(system):
        if system not in recipes:
            raise UserError(f"config.yaml: no system {system!r} in systems/; there are {', '.join(recipes)}")
        return recipes[system]["task"] == "detection"

    for system in (*config["systems"], config["baseline"]["front_end_of"]):
        if detects(system):
            raise UserError(f"config.yaml: systems: {system} detects events; name it in the systems of task4")
    for system in config["task4"]["systems"]:
        if not detects(system):
            raise UserError(f"config.yaml: task4.systems: {system} says nothing of single frames, so detects no events")
    for section in filter(config.get, TRAININGS):
        if detects(compared := config[section]["system"]):
            raise UserError(f"config.yaml: {section}.system: {compared} detects events; name a tagger")


def published_study():
    """Return the study of the checkout's config.yaml, with all systems at their published sizes."""
    return Study.read(read_yaml(Path(__file__).parents[2] / "config.yaml") | {"size": "published"})
