"""What the rules' jobs ask a cluster for (see graph/plan.py); these resources invalidate nothing."""

from pathlib import Path

from workflow_scripts.common.digest import digest
from workflow_scripts.study import requests
from workflow_scripts.training.plan import SystemPlan


class RequestPlan(SystemPlan):
    """The resource functions ``runtime`` and ``mem_mb`` of all rules but the light local ones.

    Snakemake calls them when it plans, again when a job can start, and again for each further attempt.
    """

    def minutes(self, wildcards, attempt, rulename):
        return requests.minutes(self._need(wildcards, rulename), attempt)

    def megabytes(self, wildcards, attempt, rulename):
        return requests.megabytes(self._need(wildcards, rulename), attempt)

    def _need(self, wildcards, rule):
        train, test = requests.clip_counts(self.data(wildcards.dataset))
        if rule in requests.CLIP_COSTS:
            return requests.of_clips(rule, train + test)
        recipe = self.recipe(wildcards.system)
        if rule == "measure_speed":
            return requests.Need(requests.PROBE_SECONDS, recipe["cost"]["memory_mb"])
        table = Path(f"results/{wildcards.dataset}/training_hours.csv")
        stage = requests.stage_of(rule, wildcards)
        known_by = digest(self.estimated_recipe(wildcards.system))
        measured = requests.measured(table, wildcards.system, known_by, stage, self.device)
        return measured or requests.expected(recipe, stage, train, test, self.device)
