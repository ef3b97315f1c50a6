"""The plan of the comparison of label-noise policies (see graph/plan.py)."""

from workflow_scripts.fusion.plan import EnsemblePlan
from workflow_scripts.study.fingerprint import fingerprint


class PolicyPlan(EnsemblePlan):
    """The input and parameter functions of ``rules/noise_policies.smk``."""

    def policy_oof(self, wildcards):
        return self._files_of_systems(wildcards, self.policy_recipes, "oof.parquet")

    def policy_test(self, wildcards):
        return self._files_of_systems(wildcards, self.policy_recipes, "test.parquet")

    def policy_comparison(self, wildcards):
        compared = self.config["noise_policies"]
        return fingerprint(
            "scoring.compare_noise_policies",
            dataset=wildcards.dataset,
            classes=self.classes(wildcards.dataset),
            resamples=self.config["bootstrap_resamples"],
            seed=self.seed,
            **{key: compared[key] for key in ("system", "policies", "seeds")},
        )
