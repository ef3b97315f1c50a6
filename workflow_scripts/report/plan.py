"""The plan of the report's figures (see graph/plan.py)."""

from workflow_scripts.scoring.plan import ScorePlan
from workflow_scripts.study.fingerprint import fingerprint


class ReportPlan(ScorePlan):
    """The input and parameter functions of ``rules/report.smk``."""

    def figures(self, dataset):
        """All figures of results that apply to this run."""
        names = ["class_f1", "confusion", "learning_curves", "stage_effects", "stack_weights", "reliability"]
        names += [*self.figures_of_labels(), "durations", "trimmed_clip"]
        folder = f"results/{dataset}"
        return [f"{folder}/scores.png", *(f"{folder}/figures/{name}.png" for name in names)]

    def figures_of_labels(self):
        """Those that apply to some runs only: self-verification, or relabelling, may have no part in this one."""
        accepted = ["accepted_labels"] if self._verification_rounds() else []
        return accepted + (["relabelled_labels"] if self._correction_rounds() else [])

    def histories(self, wildcards):
        folder = f"results/{wildcards.dataset}/systems"
        trainings = self._trainings(wildcards.dataset)
        return [f"{folder}/{system}/round{number}/fold{fold}/history.csv" for system, number, fold in trainings]

    def rounds_of_all(self, wildcards):
        """What round is the answer of each system; of those of Task 4 it is the last one."""
        systems = self.systems_on(wildcards.dataset)
        return self._files_of_systems(wildcards, [s for s in systems if not self.recipe(s)["detection"]], "rounds.csv")

    def learning_plotting(self, wildcards):
        histories = [[system, int(number), fold] for system, number, fold in self._trainings(wildcards.dataset)]
        settings = {"dataset": wildcards.dataset, "histories": histories, "systems": self.systems_on(wildcards.dataset)}
        return fingerprint("report.plot_learning", **settings)

    def shown_weights(self, wildcards):
        return f"results/{wildcards.dataset}/ensemble/{self._shown_stack()}/weights.csv"

    def segment_tables(self, wildcards):
        return [f"results/{wildcards.dataset}/features/{store}/segments.csv" for store in self._silence_rules()]

    def results(self, wildcards):
        return fingerprint(
            "report.report_results",
            dataset=wildcards.dataset,
            classes=self.classes(wildcards.dataset),
            answer=self.config["answer"],
            stack=self._shown_stack(),
            published=self._published(),
            verifying=self._verifying(),
            **self._labels_of_rounds(wildcards),
            **self._trimming(),
        )

    def costs(self, wildcards):
        return fingerprint("report.report_costs", dataset=wildcards.dataset)

    # ---------------------------------------------------------------- helpers

    def _trainings(self, dataset):
        return [
            (system, number, fold)
            for system in self.systems_on(dataset)
            for number in self.rounds(system)
            for fold in self.folds_of(system)
        ]

    def _shown_stack(self):
        answer = self.config["answer"]
        return answer if self.fused[answer]["fusion"] == "stack" else "stack"

    def _trimming(self):
        """How each front end cuts silence, and of which there is an example: those that cut alike share one."""
        ways = {}
        for store, silence in self._silence_rules().items():
            ways.setdefault(str(silence), []).append(store)
        stores = [[store, silence["name"]] for store, silence in self._silence_rules().items()]
        silence_of = dict(stores)
        examples = [[f"{silence_of[same[0]]} ({', '.join(same)})", same[0]] for same in ways.values()]
        return {"stores": stores, "examples": examples}

    def _silence_rules(self):
        """Store -> how its front end cuts silence, of the systems of this run."""
        front_ends = [self.recipe(system)["front_end"] for system in self.systems]
        return {front_end["store"]: front_end["silence"] for front_end in front_ends}
