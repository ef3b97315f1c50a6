"""The plan of the label audit (see graph/plan.py)."""

from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import md5_of
from workflow_scripts.scoring.plan import ScorePlan
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.requests import clip_counts

TEMPLATE = Path(__file__).with_name("page.html")


class AuditPlan(ScorePlan):
    """The input and parameter functions of ``rules/audit.smk``."""

    def audited_oof(self, wildcards):
        return f"results/{wildcards.dataset}/ensemble/{self.config['answer']}/oof.parquet"

    def audited_systems(self, wildcards):
        return self._files_of_systems(wildcards, self.systems, "oof.parquet")

    def label_audit(self, wildcards):
        return fingerprint(
            "audit.audit_labels",
            dataset=wildcards.dataset,
            classes=self.classes(wildcards.dataset),
            ensemble=self.config["answer"],
            systems=self.systems,
            template=md5_of(TEMPLATE),  # it is no code that the stage imports
            **self._labels_of_rounds(wildcards),
        )

    def audit_megabytes(self, wildcards, attempt):
        """By clips and classes: the stage holds some tables of all probabilities at a time."""
        clips = sum(clip_counts(self.data(wildcards.dataset)))
        return attempt * max(2000, round(500 + 40e-6 * clips * len(self.classes(wildcards.dataset))))

    def audit_plotting(self, wildcards):
        if not self.data(wildcards.dataset)["true_labels"]:
            raise UserError(
                f"dataset {wildcards.dataset}: its file names no `true_labels`, by which the audit could be judged; "
                f"ask for results/{wildcards.dataset}/label_audit.csv or .html"
            )
        return fingerprint("audit.plot_audit", dataset=wildcards.dataset)

    def audit_results(self, dataset):
        """What the main job leaves behind of the audit; how good it is only where the true labels are known."""
        folder = f"results/{dataset}"
        known = self.data(dataset)["true_labels"]
        figures = [f"{folder}/audit_precision.csv", f"{folder}/audit_precision.png"] if known else []
        return [f"{folder}/label_audit.csv", f"{folder}/label_audit.html", *figures]
