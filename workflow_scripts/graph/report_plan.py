"""The plan of the report's figures (see graph/plan.py)."""

from workflow_scripts.graph.fingerprint import fingerprint
from workflow_scripts.graph.score_plan import ScorePlan


class ReportPlan(ScorePlan):
    """The input and parameter functions of ``rules/report.smk``."""

    def figures(self, dataset):
        """All figures of results that apply to this run: self-verification, or relabelling, may have no part in it."""
        names = ["class_f1", "confusion", "learning_curves", "stage_effects", "stack_weights", "reliability"]
        names += ["accepted_labels"] if self._verification_rounds() else []
        names += ["relabelled_labels"] if self._correction_rounds() else []
        names += ["durations", "trimmed_clip"]
        folder = f"results/{dataset}"
        return [f"{folder}/scores.png", *(f"{folder}/figures/{name}.png" for name in names)]

    def class_plotting(self, wildcards):
        return self._plotting("plot_classes", wildcards, system=self.config["answer"])

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
        return fingerprint("plot_learning", **settings)

    def label_plotting(self, wildcards):
        accepted = [[system, int(number)] for system, number in self._verification_rounds()]
        return self._plotting("plot_labels", wildcards, accepted=accepted, **self._true_labels(wildcards))

    def relabelling_plotting(self, wildcards):
        corrected = [[name, int(number)] for name, number in self._correction_rounds()]
        return self._plotting("plot_relabelling", wildcards, corrected=corrected)

    def oof_of_stages(self, wildcards):
        return [f"{folder}/oof.parquet" for _, _, folder in self._stages(wildcards)]

    def test_of_stages(self, wildcards):
        return [f"{folder}/test.parquet" for _, _, folder in self._stages(wildcards)]

    def shown_weights(self, wildcards):
        return f"results/{wildcards.dataset}/ensemble/{self._shown_stack()}/weights.csv"

    def ensemble_plotting(self, wildcards):
        stages = [[stage, system] for stage, system, _ in self._stages(wildcards)]
        bootstrap = {"resamples": self.config["bootstrap_resamples"], "seed": self.seed}
        return self._plotting("plot_ensemble", wildcards, stages=stages, stack=self._shown_stack(), **bootstrap)

    def segment_tables(self, wildcards):
        return [f"results/{wildcards.dataset}/features/{store}/segments.csv" for store in self._silence_rules()]

    def trimming_plotting(self, wildcards):
        """Front ends that cut silence in the same way share an example."""
        ways = {}
        for store, silence in self._silence_rules().items():
            ways.setdefault(str(silence), []).append(store)
        stores = [[store, silence["name"]] for store, silence in self._silence_rules().items()]
        silence_of = dict(stores)
        examples = [[f"{silence_of[same[0]]} ({', '.join(same)})", same[0]] for same in ways.values()]
        settings = {"dataset": wildcards.dataset, "stores": stores, "examples": examples}
        return fingerprint("plot_trimming", **settings)

    def cost_table(self, wildcards):
        return fingerprint("tabulate_costs")

    def cost_plotting(self, wildcards):
        return fingerprint("plot_costs", dataset=wildcards.dataset)

    # ---------------------------------------------------------------- helpers

    def _plotting(self, stage, wildcards, **settings):
        return fingerprint(stage, dataset=wildcards.dataset, classes=self.classes(wildcards.dataset), **settings)

    def _trainings(self, dataset):
        return [
            (system, number, fold)
            for system in self.systems_on(dataset)
            for number in self.rounds(system)
            for fold in self.folds_of(system)
        ]

    def _stages(self, wildcards):
        """(stage, system, folder of its predictions), from single networks to the ensembles."""
        folder = f"results/{wildcards.dataset}"
        stages = [("given labels", system, f"{folder}/systems/{system}/round00") for system in self.systems]
        for stage, systems in (("self-verification", self._verifying()), ("relabelling", self._relabelled())):
            stages += [(stage, system, f"{folder}/systems/{system}") for system in systems]
        for fusion in dict.fromkeys(ensemble["fusion"] for ensemble in self.fused.values()):
            names = [name for name, ensemble in self.fused.items() if ensemble["fusion"] == fusion]
            stages += [(fusion.replace("-", " "), name, f"{folder}/ensemble/{name}") for name in names]
        return stages

    def _relabelled(self):
        return [system for system in self.systems if system in self.corrector_of]

    def _shown_stack(self):
        answer = self.config["answer"]
        return answer if self.fused[answer]["fusion"] == "stack" else "stack"

    def _silence_rules(self):
        """Store -> how its front end cuts silence, of the systems of this run."""
        front_ends = [self.recipe(system)["front_end"] for system in self.systems]
        return {front_end["store"]: front_end["silence"] for front_end in front_ends}
