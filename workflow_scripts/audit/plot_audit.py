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

SUGGESTIONS = {"cleanlab": "cleanlab_suggested"}  # of a method, where they are not the ensemble's


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name, for the title
    classes: list[str]
    systems: list[str]  # those of the ensemble


def main(*, audit: Path, precision: Path, plot: Path, settings: Settings):
    """Write ``precision``, see :mod:`workflow_scripts.audit.precision`, and draw it as a PNG.

    Both are about the unverified clips: in the order of all opinions, of each, and in random order. Suggestions are the
    ensemble's, and in its order cleanlab's. An order that does not have all of the clips is left out.
    """
    table = read_audit(audit, settings.systems).query("manually_verified == 0")
    truth = table["true_label"]
    wrong = wrong_labels(table["given_label"], truth, settings.classes)
    curves = []
    for method, places in _orders(table, settings.systems).items():
        if places.notna().all():
            order, suggested = places.to_numpy().argsort(), SUGGESTIONS.get(method, "suggested_label")
            suggestions = (table[suggested] != "").to_numpy(), (table[suggested] == truth).to_numpy()
            curves.append(precision_at_k(method, order, wrong, *suggestions))
    curves.append(precision_of_chance(wrong, (table["suggested_label"] == truth).to_numpy()))
    curves = pd.concat(curves)
    rounded = curves.round(6)
    # counts as integers; what is expected of chance may be a fraction
    write_table(rounded.assign(wrong=rounded["wrong"].map("{:.15g}".format)), precision)
    numbers = {way: int(labels.sum()) for way, labels in wrong.items()}
    save(audit_precision(curves, numbers, settings.dataset), plot)


def _orders(table, systems):
    """Return method -> the places of the clips in its order, as far as it knows them."""
    orders = {"combined": table["combined_rank"], "log_odds": _places(table["log_odds"])}
    orders |= {"suspicion": table["suspicion_rank"], "cleanlab": table["cleanlab_rank"]}
    return orders | {system: _places(table[f"{system}_log_odds"]) for system in systems}


def _places(odds):
    return odds.sort_index().rank(method="first", ascending=False)[odds.index]


if __name__ == "__main__":
    run(main)
