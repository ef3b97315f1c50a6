"""Rule plot_audit: where the true labels are known, how many of the labels at the top of the audit are wrong."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.audit.precision import precision_at_k, precision_of_chance
from workflow_scripts.common.stage import run
from workflow_scripts.report.figures.audit_precision import audit_precision
from workflow_scripts.report.figures.style import save
from workflow_scripts.scoring.wrong_labels import wrong_labels
from workflow_scripts.tables.label_audit import read_audit
from workflow_scripts.tables.tables import write_table

ORDERS = {  # method: the audit's columns of its order and of its suggestions
    "suspicion": ("suspicion_rank", "suggested_label"),
    "cleanlab": ("cleanlab_rank", "cleanlab_suggested"),
}


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name, for the title
    classes: list[str]


def main(*, audit: Path, precision: Path, plot: Path, settings: Settings):
    """Write ``precision``, see :mod:`workflow_scripts.audit.precision`, and draw it as a PNG.

    Both are about the unverified clips, in the audit's two orders and in random order, whose suggestions are the
    ensemble's.
    """
    table = read_audit(audit).query("manually_verified == 0")
    truth = table["true_label"]
    wrong = wrong_labels(table["given_label"], truth, settings.classes)
    curves = []
    for method, (rank, suggested) in ORDERS.items():
        if table[rank].notna().all():
            order = table[rank].to_numpy().argsort()
            suggestions = (table[suggested] != "").to_numpy(), (table[suggested] == truth).to_numpy()
            curves.append(precision_at_k(method, order, wrong, *suggestions))
    curves.append(precision_of_chance(wrong, (table["suggested_label"] == truth).to_numpy()))
    curves = pd.concat(curves)
    rounded = curves.round(6)
    # counts as integers; what is expected of chance may be a fraction
    write_table(rounded.assign(wrong=rounded["wrong"].map("{:.15g}".format)), precision)
    numbers = {way: int(labels.sum()) for way, labels in wrong.items()}
    save(audit_precision(curves, numbers, settings.dataset), plot)


if __name__ == "__main__":
    run(main)
