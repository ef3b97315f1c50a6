"""Rule plot_audit: where the true labels are known, how many of the labels at the top of the audit are wrong."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from workflow_scripts.artefacts.label_audit import read_audit
from workflow_scripts.artefacts.tables import write_table
from workflow_scripts.audit.precision import precision_at_k, precision_of_chance
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.stage import run

ORDERS = {  # method: the audit's columns of its order and of its suggestions
    "suspicion": ("suspicion_rank", "suggested_label"),
    "cleanlab": ("cleanlab_rank", "cleanlab_suggested"),
}
STYLES = {  # method: name, colour (of Okabe & Ito 2008, which the colour-blind can tell apart), line style
    "suspicion": ("margin of the ensemble", "#0072B2", "-"),
    "cleanlab": ("cleanlab", "#D55E00", "--"),
    "random": ("random order", "0.35", ":"),
}


def main(*, audit: Path, precision: Path, plot: Path, settings: dict):
    """Write ``precision``, see :mod:`workflow_scripts.audit.precision`, and draw it as a PNG.

    Both are about the unverified clips, in the audit's two orders and in random order, whose suggestions are the
    ensemble's. ``settings``: dataset (its name, for the title).
    """
    table = read_audit(audit).query("manually_verified == 0")
    truth = table["true_label"]
    wrong = (table["given_label"] != truth).to_numpy()
    curves = []
    for method, (rank, suggested) in ORDERS.items():
        if table[rank].notna().all():
            order = table[rank].to_numpy().argsort()
            suggestions = (table[suggested] != "").to_numpy(), (table[suggested] == truth).to_numpy()
            curves.append(precision_at_k(method, order, wrong, *suggestions))
    curves.append(precision_of_chance(wrong, (table["suggested_label"] == truth).to_numpy()))
    curves = pd.concat(curves)
    write_table(curves.round(6), precision)
    with written_whole(plot) as partial:
        # without the version of the library: same audit, same bytes
        _figure(curves, int(wrong.sum()), settings["dataset"]).savefig(
            partial, format="png", metadata={"Software": None}
        )


def _figure(curves, wrong, dataset):
    figure = Figure(figsize=(9, 4.8), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    clips = curves["k"].max() if len(curves) else 0
    axes.axvline(wrong, color="0.7", linewidth=1)
    grey = {"textcoords": "offset points", "color": "0.35"}
    axes.annotate(f"{wrong} of {clips} labels are wrong", (wrong, 0), (5, 6), **grey)
    for method, curve in curves.groupby("method", sort=False):
        axes.plot(curve["k"], curve["precision"], STYLES[method][2], color=STYLES[method][1], linewidth=2)
    _label(axes, curves[curves["k"] == min(max(wrong, 1), clips)])
    axes.set_title(f"{dataset}: wrong labels among the k most suspicious ones", loc="left", fontsize=11)
    axes.set_xlabel("k, unverified clips listened to")
    axes.set_ylabel("share of wrong labels")
    axes.set_xlim(0, max(clips, 1))
    axes.set_ylim(0, 1.02)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _label(axes, values):
    """Name the curves where each method has found as many clips as there are wrong ones: ``values``, one row each.

    They fall there: above and to the right of the highest there is room, and so there is below and to the left.
    """
    places = [(7, "left", "bottom"), (-7, "right", "top"), (7, "left", "bottom")]
    highest_first = values.sort_values("precision", ascending=False, kind="stable")
    for row, (offset, side, end) in zip(highest_first.itertuples(), places, strict=False):
        name, colour, _ = STYLES[row.method]
        look = {"textcoords": "offset points", "ha": side, "va": end, "color": colour}
        axes.annotate(f"{name}, {row.precision:.2f}", (row.k, row.precision), (offset, offset / 2), **look)


if __name__ == "__main__":
    run(main)
