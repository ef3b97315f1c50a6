"""What the rules in ``rules/audit.smk`` read, and their parameters."""

from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import md5_of
from workflow_scripts.labels.plan import judged_labels
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.requests import clip_counts
from workflow_scripts.training.plan import files_of_systems

TEMPLATE = Path(__file__).with_name("page.html")


def audited_oof(study, wildcards):
    return f"results/{wildcards.dataset}/ensemble/{study.config['answer']}/oof.parquet"


def audited_systems(study, wildcards):
    return files_of_systems(wildcards.dataset, study.systems, "oof.parquet")


def audit_labels(study, wildcards):
    task = study.task(wildcards.dataset)
    return fingerprint(
        "audit.audit_labels",
        [("tasks", task), ("tasks.doubts", task)],
        dataset=wildcards.dataset,
        task=task,
        classes=study.classes(wildcards.dataset),
        ensemble=study.config["answer"],
        systems=study.systems,
        **study.partial([study.config["answer"], *study.systems]),
        template=md5_of(TEMPLATE),  # it is no code that the stage imports
        **judged_labels(study, wildcards),
    )


def megabytes(study, wildcards, attempt):
    """By clips and classes: the stage holds some tables of all probabilities at a time."""
    clips = sum(clip_counts(study.data(wildcards.dataset)))
    return attempt * max(2000, round(500 + 40e-6 * clips * len(study.classes(wildcards.dataset))))


def plot_audit(study, wildcards):
    if not study.data(wildcards.dataset)["true_labels"]:
        raise UserError(
            f"dataset {wildcards.dataset}: its file names no `true_labels`, by which the audit could be judged; "
            f"ask for results/{wildcards.dataset}/label_audit.csv or .html"
        )
    return fingerprint("audit.plot_audit", dataset=wildcards.dataset, systems=study.systems)


def audit_results(study, dataset):
    """What the main job leaves behind of the audit; how good it is only where the true labels are known."""
    folder = f"results/{dataset}"
    known = study.data(dataset)["true_labels"]
    figures = [f"{folder}/audit_precision.csv", f"{folder}/audit_precision.png"] if known else []
    return [f"{folder}/label_audit.csv", f"{folder}/label_audit.html", *figures]
