"""The plan of the second level: means, stacks and relabelling (see graph/plan.py)."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.request_plan import RequestPlan
from workflow_scripts.training.plan import FUSIONS, corrected_labels, pattern, round_before


class EnsemblePlan(RequestPlan):
    """The input and parameter functions of ``rules/ensemble.smk`` and ``rules/relabelling.smk``."""

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

    def ensembles_pattern(self, *fusions):
        """Return a regular expression for what is fused in one of these ways."""
        return pattern(name for name, ensemble in self.fused.items() if ensemble["fusion"] in fusions)

    def correctors_pattern(self):
        """Return a regular expression for the ensembles that correct labels."""
        return pattern(name for name, e in (self.fused | self.policy_ensembles).items() if e["relabelling"])

    def ensemble(self, name):
        """The systems of an ensemble, how they are fused, and maybe the rounds in which it corrects their labels."""
        return (self.fused | self.policy_ensembles)[name]

    def fused_oof(self, wildcards):
        return self._files_of_systems(wildcards, self.fused[wildcards.ensemble]["systems"], "oof.parquet")

    def fused_test(self, wildcards):
        return self._files_of_systems(wildcards, self.fused[wildcards.ensemble]["systems"], "test.parquet")

    def average(self, wildcards):
        fusion = self.fusion(wildcards.ensemble)
        return fingerprint("fusion.average_systems", classes=self.classes(wildcards.dataset), **fusion)

    def fusion(self, name):
        """How the systems of an ensemble are fused."""
        ensemble = self.fused[name]
        weights = ensemble.get("weights")
        of_systems = {"weights": [weights[system] for system in ensemble["systems"]]} if weights else {}
        return {"fusion": ensemble["fusion"]} | of_systems

    def stack(self, wildcards):
        settings = {key: self.config["stack"][key] for key in ("C", "unverified_weight")}
        systems = self.ensemble(wildcards.ensemble)["systems"]
        return fingerprint("fusion.stack_systems", systems=systems, classes=self.classes(wildcards.dataset), **settings)

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
        systems = self.ensemble(wildcards.ensemble)["systems"]
        return self._files_of_systems(wildcards, systems, f"round{wildcards.round}/oof.parquet")

    def test_of_round(self, wildcards):
        systems = self.ensemble(wildcards.ensemble)["systems"]
        return self._files_of_systems(wildcards, systems, f"round{wildcards.round}/test.parquet")

    def stacked_labels_of_round(self, wildcards):
        given = wildcards.round == "00"
        return [] if given else [corrected_labels(wildcards.dataset, wildcards.ensemble, wildcards.round)]

    def oof_of_round_before(self, wildcards):
        folder = f"results/{wildcards.dataset}/ensemble/{wildcards.ensemble}"
        return f"{folder}/round{round_before(wildcards.round)}/oof.parquet"

    def correction(self, wildcards):
        relabelling = self.ensemble(wildcards.ensemble)["relabelling"]
        thresholds = {key: relabelling[key] for key in ("relabel_above", "promote_above")}
        return fingerprint("labels.relabel_clips", classes=self.classes(wildcards.dataset), **thresholds)

    def baseline_data(self, wildcards):
        recipe = self.recipe(self.config["baseline"]["front_end_of"])
        store = f"results/{wildcards.dataset}/features/{recipe['front_end']['store']}"
        return {"frames": f"{store}/frames.npy", "index": f"{store}/index.csv", "folds": self.stack_folds(wildcards)}

    def baselines(self, wildcards):
        trees = self.config["baseline"]["trees"]
        return fingerprint(
            "prediction.predict_baselines", classes=self.classes(wildcards.dataset), trees=trees, seed=self.seed
        )
