"""The plan of a run: what each rule reads, and its one parameter (see :mod:`workflow_scripts.graph.fingerprint`).

The methods that take ``wildcards`` are the input and parameter functions of the rules in ``rules/``.
"""

from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.contents import content_of
from workflow_scripts.graph.data_plan import DataPlan
from workflow_scripts.graph.ensembles import read_ensembles
from workflow_scripts.graph.fingerprint import fingerprint
from workflow_scripts.graph.recipes import SYSTEMS, read_recipe
from workflow_scripts.graph.schema import check

BASELINES = ["most-frequent", "random-forest"]
MEANS = {"arithmetic-mean": "arithmetic", "geometric-mean": "geometric"}
STACK = "stack"


class Plan(DataPlan):
    """Everything follows from ``config``, the content of config.yaml with the command line's changes."""

    def __init__(self, config):
        check(config, "config", "config.yaml")
        super().__init__(config)
        if config["size"] not in {"published", *config["sizes"]}:
            raise UserError(f"config.yaml: size {config['size']!r} is neither published nor one of `sizes`")
        # Where and how a job runs: resources, which invalidate nothing.
        self.device = config["device"]
        self.gpus = 1 if self.device == "cuda" else 0
        self.checkpoint_seconds = config["checkpoint_seconds"]
        self.systems = config["systems"]
        sizes = config["sizes"].get(config["size"], {})
        self.recipes = {path.stem: read_recipe(path.stem, sizes) for path in sorted(SYSTEMS.glob("*.yaml"))}
        for system in {*self.systems, *sizes, config["baseline"]["front_end_of"]}:
            self.recipe(system)
        self._check_shared_names()
        # What is averaged: all systems, and the published ensembles whose systems all take part.
        ensembles = read_ensembles(self.recipes, taken={*self.recipes, *BASELINES, *MEANS, STACK})
        self.ensembles = {name: e for name, e in ensembles.items() if set(e["systems"]) <= set(self.systems)}
        self.means = {name: {"systems": self.systems, "mean": mean} for name, mean in MEANS.items()}
        self.means |= self.ensembles
        if config["answer"] not in {*self.means, STACK}:
            choices = ", ".join([*self.means, STACK])
            raise UserError(
                f"config.yaml: answer: {config['answer']!r} is no ensemble of these systems; there are {choices}"
            )

    def recipe(self, system):
        if system not in self.recipes:
            raise UserError(f"config.yaml: no system {system!r} in systems/; there are {', '.join(self.recipes)}")
        return self.recipes[system]

    def report(self, wildcards):
        data = self.data(wildcards.dataset)
        return fingerprint(
            "report_data",
            root=self.root(wildcards),
            folds=sorted({*(self.recipe(system)["folds"] for system in self.systems), self.config["stack"]["folds"]}),
            **{key: data[key] for key in ("title", "tables", "classes", "counts", "unusable_audio")},
            **self._content(wildcards, self._places(wildcards, "file") + self._places(wildcards, "audio")),
        )

    # ---------------------------------------------------------------- front ends

    def segments(self, wildcards):
        silence = self._front_end(wildcards.store)["silence"]
        return fingerprint("find_segments", [("silence", silence["name"])], silence=silence)

    def features(self, wildcards):
        spectrogram = self._front_end(wildcards.store)["spectrogram"]
        return fingerprint("extract_features", [("spectrograms", spectrogram["name"])], spectrogram=spectrogram)

    def problems(self, wildcards):
        stores = dict.fromkeys(self.recipe(system)["front_end"]["store"] for system in self.systems)
        folder = f"results/{wildcards.dataset}"
        return [f"{folder}/clip_problems.csv", *(f"{folder}/features/{store}/problems.csv" for store in stores)]

    def collection(self, wildcards):
        return fingerprint("collect_problems")

    # ---------------------------------------------------------------- systems

    def rounds(self, system):
        """The rounds of ``system`` as in its paths: 00 is the training from scratch."""
        verification = self.recipe(system)["self_verification"]
        return [f"{number:02d}" for number in range(1 + (verification["rounds"] if verification else 0))]

    def systems_pattern(self, self_verification):
        """Return a regular expression for the systems with, or without, self-verification."""
        found = [s for s, recipe in self.recipes.items() if bool(recipe["self_verification"]) == self_verification]
        return "|".join(found) or "(?!)"  # the latter matches nothing

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
        folds = self.recipe(wildcards.system)["folds"]
        folder = f"results/{wildcards.dataset}/systems/{wildcards.system}"
        return [f"{folder}/round{number}/fold{fold}/{name}" for number in rounds for fold in range(folds)]

    def training(self, wildcards):
        return self._training(wildcards, "00", self.recipe(wildcards.system)["training"])

    def fine_tuning(self, wildcards):
        recipe = self.recipe(wildcards.system)
        changes = recipe["self_verification"]["fine_tuning"]
        return self._training(wildcards, wildcards.round, recipe["training"] | changes)

    def model_before(self, wildcards):
        before = f"{int(wildcards.round) - 1:02d}"
        folder = f"results/{wildcards.dataset}/systems/{wildcards.system}"
        return f"{folder}/round{before}/fold{wildcards.fold}/model.safetensors"

    def verdicts_before(self, wildcards):
        return self.files_of_folds(wildcards, self._judging_rounds(wildcards), "judged.parquet")

    def acceptance(self, wildcards):
        accept = dict(self.recipe(wildcards.system)["self_verification"]["accept"])
        del accept["accumulate"]  # it decides which rounds' verdicts are read
        rounds = len(self._judging_rounds(wildcards))
        return fingerprint("accept_labels", accept=accept, rounds=rounds, classes=self.classes(wildcards.dataset))

    def fold_models(self, wildcards):
        return self.files_of_folds(wildcards, [wildcards.round], "model.safetensors")

    def prediction(self, wildcards):
        recipe = self.recipe(wildcards.system)
        settings = {key: recipe[key] for key in ("windows", "combine")}
        return fingerprint("predict_test", _parts(recipe), classes=self.classes(wildcards.dataset), **settings)

    def held_out_of_all_rounds(self, wildcards):
        return self.files_of_folds(wildcards, self.rounds(wildcards.system), "held_out.parquet")

    def test_of_all_rounds(self, wildcards):
        folder = f"results/{wildcards.dataset}/systems/{wildcards.system}"
        return [f"{folder}/round{number}/test.parquet" for number in self.rounds(wildcards.system)]

    def choice(self, wildcards):
        return fingerprint("choose_round", classes=self.classes(wildcards.dataset))

    def speed(self, wildcards):
        recipe = self.recipe(wildcards.system)
        parts = [
            *_parts(recipe),
            _sampling(recipe["training"]),
            ("spectrograms", recipe["front_end"]["spectrogram"]["name"]),
        ]
        sections = {
            "front_end": {"spectrogram": recipe["front_end"]["spectrogram"]},
            "training": {key: recipe["training"][key] for key in ("batch", "sampling", "mixup_alpha")},
            **{key: recipe[key] for key in ("network", "windows")},
        }
        return fingerprint("measure_speed", parts, classes=len(self.classes(wildcards.dataset)), recipe=sections)

    def speeds(self, wildcards):
        return self._files_of_systems(wildcards, self.systems, "speed.csv")

    def estimate(self, wildcards):
        recipes, parts = [], []
        for system in self.systems:
            recipe = self.recipe(system)
            tuning = recipe["self_verification"]["fine_tuning"] if recipe["self_verification"] else {}
            training = {key: recipe["training"][key] for key in ("epochs", "batch", "sampling", "mixup_alpha", "keep")}
            sections = {key: recipe[key] for key in ("windows", "self_verification", "folds")}
            recipes.append({"system": system, "training": training, **sections})
            samplings = [_sampling(recipe["training"]), _sampling(recipe["training"] | tuning)]
            parts += [("windows", recipe["windows"]["name"]), *samplings]
        return fingerprint("estimate_hours", parts, recipes=recipes)

    # ---------------------------------------------------------------- ensemble and scores

    def systems_oof(self, wildcards):
        return self._files_of_systems(wildcards, self.systems, "oof.parquet")

    def systems_test(self, wildcards):
        return self._files_of_systems(wildcards, self.systems, "test.parquet")

    def averaged_oof(self, wildcards):
        return self._files_of_systems(wildcards, self.means[wildcards.ensemble]["systems"], "oof.parquet")

    def averaged_test(self, wildcards):
        return self._files_of_systems(wildcards, self.means[wildcards.ensemble]["systems"], "test.parquet")

    def average(self, wildcards):
        mean = self.means[wildcards.ensemble]["mean"]
        return fingerprint("average_systems", mean=mean, classes=self.classes(wildcards.dataset))

    def stack(self, wildcards):
        settings = {key: self.config["stack"][key] for key in ("C", "unverified_weight")}
        return fingerprint("stack_systems", systems=self.systems, classes=self.classes(wildcards.dataset), **settings)

    def stack_folds(self, wildcards):
        return f"results/{wildcards.dataset}/folds/{self.config['stack']['folds']}.csv"

    def baseline_data(self, wildcards):
        recipe = self.recipe(self.config["baseline"]["front_end_of"])
        store = f"results/{wildcards.dataset}/features/{recipe['front_end']['store']}"
        return {"frames": f"{store}/frames.npy", "index": f"{store}/index.csv", "folds": self.stack_folds(wildcards)}

    def baselines(self, wildcards):
        trees = self.config["baseline"]["trees"]
        return fingerprint("predict_baselines", classes=self.classes(wildcards.dataset), trees=trees, seed=self.seed)

    def scored_oof(self, wildcards):
        return self._scored(wildcards, "oof.parquet")

    def scored_test(self, wildcards):
        return self._scored(wildcards, "test.parquet")

    def scoring(self, wildcards):
        sources = {system: self.recipe(system)["published"] for system in self.systems}
        sources |= {name: ensemble["published"] for name, ensemble in self.ensembles.items()}
        published = [
            {"system": system, **score}
            for system, source in sources.items()
            if source["dataset"] == wildcards.dataset
            for score in source["scores"]
        ]
        return fingerprint(
            "score_systems",
            systems=[*BASELINES, *self.systems, *self.means, STACK],
            classes=self.classes(wildcards.dataset),
            published=published,
            resamples=self.config["bootstrap_resamples"],
            seed=self.seed,
        )

    def plotting(self, wildcards):
        return fingerprint("plot_scores", dataset=wildcards.dataset)

    def accepted_tables(self, wildcards):
        folder = f"results/{wildcards.dataset}/systems"
        return [f"{folder}/{system}/round{number}/accepted.csv" for system, number in self._verification_rounds()]

    def rounds_tables(self, wildcards):
        return [f"results/{wildcards.dataset}/systems/{system}/rounds.csv" for system in self.systems]

    def acceptance_report(self, wildcards):
        """The only rule that learns where the true labels are: they judge self-verification and train nothing."""
        data = self.data(wildcards.dataset)
        true_labels = data["true_labels"] and str(Path(self.root(wildcards), data["true_labels"]))
        own = "folder" in data and true_labels
        return fingerprint(
            "report_acceptance",
            content=content_of([true_labels]) if own else None,
            accepted=[[system, int(number)] for system, number in self._verification_rounds()],
            systems=self.systems,
            true_labels=true_labels,
        )

    def _answered_split(self):
        """Which clips the answer is about: the test clips, or the training clips where there are no others."""
        splits = {table["split"] for table in self.data(self.dataset)["tables"].values()}
        return "test" if "test" in splits else "train"

    def answered(self, wildcards):
        table = {"test": "test.parquet", "train": "oof.parquet"}[self._answered_split()]
        return f"results/{self.dataset}/ensemble/{self.config['answer']}/{table}"

    def answer(self, wildcards):
        classes, split = self.classes(self.dataset), self._answered_split()
        return fingerprint("write_answer", dataset=self.dataset, split=split, classes=classes)

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

    def _training(self, wildcards, number, training):
        recipe = self.recipe(wildcards.system)
        settings = {key: recipe[key] for key in ("network", "windows", "combine", "unverified_weight")}
        if recipe["self_verification"]:
            settings["crops"] = recipe["self_verification"]["crops"]
        return fingerprint(
            "train_model",
            [*_parts(recipe), _sampling(training), ("schedules", training["schedule"]["name"])],
            system=wildcards.system,
            round=number,
            seed=self.seed,
            classes=self.classes(wildcards.dataset),
            training=training,
            **settings,
        )

    def _scored(self, wildcards, name):
        folder = f"results/{wildcards.dataset}"
        baselines = [f"{folder}/baselines/{baseline}/{name}" for baseline in BASELINES]
        fusions = [f"{folder}/ensemble/{fusion}/{name}" for fusion in (*self.means, STACK)]
        return baselines + self._files_of_systems(wildcards, self.systems, name) + fusions

    def _files_of_systems(self, wildcards, systems, name):
        return [f"results/{wildcards.dataset}/systems/{system}/{name}" for system in systems]

    def _verification_rounds(self):
        return [(system, number) for system in self.systems for number in self.rounds(system)[1:]]

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


def _parts(recipe):
    """The modules that training and prediction import by a name in the recipe."""
    return [("networks", recipe["network"]["name"]), ("windows", recipe["windows"]["name"])]


def _sampling(training):
    return "sampling", training["sampling"]["name"]
