"""The plan of a run: what each rule reads, and its one parameter (see :mod:`workflow_scripts.graph.fingerprint`).

The methods that take ``wildcards`` are the input and parameter functions of the rules in ``rules/``.
"""

from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.contents import content_of
from workflow_scripts.graph.fingerprint import fingerprint
from workflow_scripts.graph.request_plan import RequestPlan
from workflow_scripts.graph.system_plan import BASELINES, FUSIONS, corrected_labels, pattern, round_before


class Plan(RequestPlan):
    """Everything follows from ``config``, the content of config.yaml with the command line's changes."""

    def __init__(self, config):
        super().__init__(config)
        # What is fused: all systems, and the published ensembles.
        run = {name: {"systems": self.systems, "fusion": name, "relabelling": None} for name in FUSIONS}
        self.fused = run | self.ensembles
        if config["answer"] not in self.fused:
            raise UserError(
                f"config.yaml: answer: {config['answer']!r} is no ensemble of these systems; there are "
                + ", ".join(self.fused)
            )

    def report(self, wildcards):
        data = self.data(wildcards.dataset)
        return fingerprint(
            "report_data",
            root=self.root(wildcards),
            folds=sorted({*(self.recipe(system)["folds"] for system in self.systems), self.config["stack"]["folds"]}),
            **{key: data[key] for key in ("title", "tables", "classes", "counts", "unusable_audio")},
            **self._content(wildcards, self._places(wildcards, "file") + self._places(wildcards, "audio")),
        )

    # ---------------------------------------------------------------- ensemble

    def ensembles_pattern(self, *fusions):
        """Return a regular expression for what is fused in one of these ways."""
        return pattern(name for name, ensemble in self.fused.items() if ensemble["fusion"] in fusions)

    def correctors_pattern(self):
        """Return a regular expression for the ensembles that correct labels."""
        return pattern(name for name, ensemble in self.fused.items() if ensemble["relabelling"])

    def fused_oof(self, wildcards):
        return self._files_of_systems(wildcards, self.fused[wildcards.ensemble]["systems"], "oof.parquet")

    def fused_test(self, wildcards):
        return self._files_of_systems(wildcards, self.fused[wildcards.ensemble]["systems"], "test.parquet")

    def average(self, wildcards):
        fusion = self.fused[wildcards.ensemble]["fusion"]
        return fingerprint("average_systems", fusion=fusion, classes=self.classes(wildcards.dataset))

    def stack(self, wildcards):
        settings = {key: self.config["stack"][key] for key in ("C", "unverified_weight")}
        systems = self.fused[wildcards.ensemble]["systems"]
        return fingerprint("stack_systems", systems=systems, classes=self.classes(wildcards.dataset), **settings)

    def stack_folds(self, wildcards):
        return f"results/{wildcards.dataset}/folds/{self.config['stack']['folds']}.csv"

    def stacked_labels(self, wildcards):
        """Corrected labels that all systems of a stack have learned from last; none where there are no such."""
        systems = self.fused[wildcards.ensemble]["systems"]
        corrector, *others = {self.corrector_of.get(system) for system in systems}
        if others or corrector is None:
            return []
        return [corrected_labels(wildcards.dataset, corrector, self.rounds(systems[0])[-1])]

    def oof_of_round(self, wildcards):
        systems = self.fused[wildcards.ensemble]["systems"]
        return self._files_of_systems(wildcards, systems, f"round{wildcards.round}/oof.parquet")

    def test_of_round(self, wildcards):
        systems = self.fused[wildcards.ensemble]["systems"]
        return self._files_of_systems(wildcards, systems, f"round{wildcards.round}/test.parquet")

    def stacked_labels_of_round(self, wildcards):
        given = wildcards.round == "00"
        return [] if given else [corrected_labels(wildcards.dataset, wildcards.ensemble, wildcards.round)]

    def oof_of_round_before(self, wildcards):
        folder = f"results/{wildcards.dataset}/ensemble/{wildcards.ensemble}"
        return f"{folder}/round{round_before(wildcards.round)}/oof.parquet"

    def correction(self, wildcards):
        relabelling = self.fused[wildcards.ensemble]["relabelling"]
        thresholds = {key: relabelling[key] for key in ("relabel_above", "promote_above")}
        return fingerprint("relabel_clips", classes=self.classes(wildcards.dataset), **thresholds)

    def baseline_data(self, wildcards):
        recipe = self.recipe(self.config["baseline"]["front_end_of"])
        store = f"results/{wildcards.dataset}/features/{recipe['front_end']['store']}"
        return {"frames": f"{store}/frames.npy", "index": f"{store}/index.csv", "folds": self.stack_folds(wildcards)}

    def baselines(self, wildcards):
        trees = self.config["baseline"]["trees"]
        return fingerprint("predict_baselines", classes=self.classes(wildcards.dataset), trees=trees, seed=self.seed)

    # ---------------------------------------------------------------- scores and answer

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
            systems=[*BASELINES, *self.systems, *self.fused],
            classes=self.classes(wildcards.dataset),
            published=published,
            resamples=self.config["bootstrap_resamples"],
            seed=self.seed,
        )

    def calibration(self, wildcards):
        systems = [*BASELINES, *self.systems, *self.fused]
        return fingerprint("tabulate_reliability", systems=systems, classes=self.classes(wildcards.dataset))

    def plotting(self, wildcards):
        return fingerprint("plot_scores", dataset=wildcards.dataset)

    def accepted_tables(self, wildcards):
        folder = f"results/{wildcards.dataset}/systems"
        return [f"{folder}/{system}/round{number}/accepted.csv" for system, number in self._verification_rounds()]

    def rounds_tables(self, wildcards):
        return self._files_of_systems(wildcards, self._verifying(), "rounds.csv")

    def acceptance_report(self, wildcards):
        """One of two rules that learn where the true labels are: they judge the label policies and train nothing."""
        accepted = [[system, int(number)] for system, number in self._verification_rounds()]
        truth = self._true_labels(wildcards)
        return fingerprint("report_acceptance", accepted=accepted, systems=self._verifying(), **truth)

    def corrected_tables(self, wildcards):
        return [corrected_labels(wildcards.dataset, name, number) for name, number in self._correction_rounds()]

    def relabelling_report(self, wildcards):
        """The other one."""
        corrected = [[name, int(number)] for name, number in self._correction_rounds()]
        return fingerprint("report_relabelling", corrected=corrected, **self._true_labels(wildcards))

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

    def _scored(self, wildcards, name):
        folder = f"results/{wildcards.dataset}"
        baselines = [f"{folder}/baselines/{baseline}/{name}" for baseline in BASELINES]
        fusions = [f"{folder}/ensemble/{fusion}/{name}" for fusion in self.fused]
        return baselines + self._files_of_systems(wildcards, self.systems, name) + fusions

    def _verifying(self):
        return [system for system in self.systems if self.recipe(system)["self_verification"]]

    def _verification_rounds(self):
        return [(system, number) for system in self._verifying() for number in self.rounds(system)[1:]]

    def _correction_rounds(self):
        relabelling = {name: e["systems"] for name, e in self.ensembles.items() if e["relabelling"]}
        return [(name, number) for name, systems in relabelling.items() for number in self.rounds(systems[0])[1:]]

    def _true_labels(self, wildcards):
        data = self.data(wildcards.dataset)
        true_labels = data["true_labels"] and str(Path(self.root(wildcards), data["true_labels"]))
        own = "folder" in data and true_labels
        return {"true_labels": true_labels, "content": content_of([true_labels]) if own else None}
