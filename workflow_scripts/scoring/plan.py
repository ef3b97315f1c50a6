"""The plan of the scores and the answer (see graph/plan.py)."""

from pathlib import Path

from workflow_scripts.fusion.plan import EnsemblePlan
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.ensembles import EVENT_FUSIONS
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.training.plan import BASELINES, corrected_labels

PUBLISHED_STACK = {"folds": 5, "C": 1.0, "unverified_weight": 0.65}  # Iqbal et al. 2018


class ScorePlan(EnsemblePlan):
    """The input and parameter functions of ``rules/scores.smk``."""

    def scored_oof(self, wildcards):
        return self._scored(wildcards, "oof.parquet")

    def scored_test(self, wildcards):
        return self._scored(wildcards, "test.parquet")

    def given_oof(self, wildcards):
        return self._files_of_systems(wildcards, self.systems, "round00/oof.parquet")

    def given_test(self, wildcards):
        return self._files_of_systems(wildcards, self.systems, "round00/test.parquet")

    def scoring(self, wildcards):
        published = [
            {key: row[key] for key in ("system", "split", "metric", "value")}
            for row in self._published()
            if row["dataset"] == wildcards.dataset and row["as_published"]
        ]
        return fingerprint(
            "scoring.score_systems",
            systems=self._scored_systems(),
            singles=self.systems,
            stages=self._stages(),
            classes=self.classes(wildcards.dataset),
            published=published,
            resamples=self.config["bootstrap_resamples"],
            seed=self.seed,
        )

    def accepted_tables(self, wildcards):
        folder = f"results/{wildcards.dataset}/systems"
        return [f"{folder}/{system}/round{number}/accepted.csv" for system, number in self._verification_rounds()]

    def rounds_tables(self, wildcards):
        return self._files_of_systems(wildcards, self._verifying(), "rounds.csv")

    def corrected_tables(self, wildcards):
        return [corrected_labels(wildcards.dataset, name, number) for name, number in self._correction_rounds()]

    def _answered_split(self):
        """Which clips the answer is about: the test clips, or the training clips where there are no others."""
        splits = {table["split"] for table in self.data(self.dataset)["tables"].values()}
        return "test" if "test" in splits else "train"

    def answered(self, wildcards):
        table = {"test": "test.parquet", "train": "oof.parquet"}[self._answered_split()]
        return f"results/{self.dataset}/ensemble/{self.config['answer']}/{table}"

    def answer(self, wildcards):
        classes, split = self.classes(self.dataset), self._answered_split()
        return fingerprint("scoring.write_answer", dataset=self.dataset, split=split, classes=classes)

    # ---------------------------------------------------------------- helpers

    def _scored_systems(self):
        return [*BASELINES, *self.systems, *self.fused]

    def _scored(self, wildcards, name):
        folder = f"results/{wildcards.dataset}"
        baselines = [f"{folder}/baselines/{baseline}/{name}" for baseline in BASELINES]
        fusions = [f"{folder}/ensemble/{fusion}/{name}" for fusion in self.fused]
        return baselines + self._files_of_systems(wildcards, self.systems, name) + fusions

    def _stages(self):
        """[stage, system], from single networks to the ensembles."""
        stages = [["given labels", system] for system in self.systems]
        stages += [["self-verification", system] for system in self._verifying()]
        stages += [["relabelling", system] for system in self.systems if system in self.corrector_of]
        for fusion in dict.fromkeys(ensemble["fusion"] for ensemble in self.fused.values()):
            names = [name for name, ensemble in self.fused.items() if ensemble["fusion"] == fusion]
            stages += [[fusion.replace("-", " "), name] for name in names]
        return stages

    def _published(self):
        """All published scores of Task 2; ``as_published``: the run's sizes and stack change nothing of them."""
        recipes, ensembles = self.published_recipes, self.published_ensembles
        tagging = {name: recipe for name, recipe in recipes.items() if not recipe["detection"]}
        tagging |= {name: e for name, e in ensembles.items() if e["fusion"] not in EVENT_FUSIONS}
        given = recipes | ensembles
        changed = {name for name, content in (self.recipes | self.ensembles).items() if content != given[name]}
        if self.config["stack"] != PUBLISHED_STACK:
            changed |= {name for name, ensemble in ensembles.items() if ensemble["fusion"] == "stack"}
        return [
            {
                "system": name,
                "dataset": content["published"]["dataset"],
                **score,
                "source": content["source"],
                "as_published": changed.isdisjoint(self._made_from(name, ensembles)),
            }
            for name, content in tagging.items()
            for score in content["published"]["scores"]
        ]

    def _made_from(self, name, ensembles):
        """``name``, the systems of an ensemble, what corrects the labels of any, and the systems of that."""
        parts = {name, *ensembles.get(name, {"systems": ()})["systems"]}
        correctors = {self.corrector_of[part] for part in parts if part in self.corrector_of}
        return parts.union(correctors, *(ensembles[corrector]["systems"] for corrector in correctors))

    def _verifying(self):
        return [system for system in self.systems if self.recipe(system)["self_verification"]]

    def _verification_rounds(self):
        return [(system, number) for system in self._verifying() for number in self.rounds(system)[1:]]

    def _correction_rounds(self):
        relabelling = {name: e["systems"] for name, e in self.ensembles.items() if e["relabelling"]}
        return [(name, number) for name, systems in relabelling.items() for number in self.rounds(systems[0])[1:]]

    def _labels_of_rounds(self, wildcards):
        """What the files of ``accepted_tables`` and ``corrected_tables`` are of, and where the true labels are.

        Only rules that judge what was done to labels learn of these, none that trains.
        """
        accepted = [[system, int(number)] for system, number in self._verification_rounds()]
        corrected = [[name, int(number)] for name, number in self._correction_rounds()]
        return {"accepted": accepted, "corrected": corrected, **self._true_labels(wildcards)}

    def _true_labels(self, wildcards):
        data = self.data(wildcards.dataset)
        true_labels = data["true_labels"] and str(Path(self.root(wildcards), data["true_labels"]))
        own = "folder" in data and true_labels
        return {"true_labels": true_labels, "content": content_of([true_labels]) if own else None}
