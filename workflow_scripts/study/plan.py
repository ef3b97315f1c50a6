"""The plan of a run: what each rule reads, and its one parameter (see :mod:`workflow_scripts.study.fingerprint`).

The methods that take ``wildcards`` are the input and parameter functions of the rules in ``rules/``.
"""

from workflow_scripts.audit.plan import AuditPlan
from workflow_scripts.catalogue.plan import CataloguePlan
from workflow_scripts.labels.policy_plan import PolicyPlan
from workflow_scripts.report.plan import ReportPlan
from workflow_scripts.scoring.event_plan import EventScorePlan
from workflow_scripts.tagging.plan import TaggingPlan


class Plan(ReportPlan, AuditPlan, CataloguePlan, TaggingPlan, EventScorePlan, PolicyPlan):
    """Everything follows from ``config``, the content of config.yaml with the command line's changes."""

    def left_behind(self, wildcards):
        """What a run of a main job leaves behind for people to look at, but for its costs."""
        dataset = wildcards.get("dataset", self.dataset)
        if self.labels(dataset) != "one_label":
            return self.event_results(wildcards)
        tables = ["reliability.csv", "self_verification.csv", "relabelling.csv", "data_problems.csv", "counts.csv"]
        files = [f"results/{dataset}/{name}" for name in ("scores.html", *tables)]
        return files + self.figures(dataset) + self.audit_results(dataset)
