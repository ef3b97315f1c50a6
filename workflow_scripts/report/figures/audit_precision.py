"""How many of the labels at the top of the audit are wrong."""

from workflow_scripts.report.figures.style import BLUE, VERMILLION, new_figure

STYLES = {  # method: name, colour, line style
    "suspicion": ("margin of the ensemble", BLUE, "-"),
    "cleanlab": ("cleanlab", VERMILLION, "--"),
    "random": ("random order", "0.35", ":"),
}


def audit_precision(curves, wrong, dataset):
    """Return the figure: a line per method. ``wrong``: in which way -> how many labels are.

    ``curves``: columns method, k, precision, see :mod:`workflow_scripts.audit.precision`; it may be empty.
    """
    figure = new_figure(f"{dataset}: wrong labels among the k most suspicious ones", 560)
    axes = figure.add_subplot()
    clips, outside, wrong = curves["k"].max() if len(curves) else 0, wrong["out_of_vocabulary"], sum(wrong.values())
    axes.axvline(wrong, color="0.7", linewidth=1)
    of_no_class = f", {outside} of these of no class" if outside else ""
    grey = {"textcoords": "offset points", "color": "0.35"}
    axes.annotate(f"{wrong} of {clips} labels are wrong{of_no_class}", (wrong, 0), (5, 6), **grey)
    for method, curve in curves.groupby("method", sort=False):
        axes.plot(curve["k"], curve["precision"], STYLES[method][2], color=STYLES[method][1], linewidth=2)
    _label(axes, curves[curves["k"] == min(max(wrong, 1), clips)])
    axes.set_xlabel("k, unverified clips listened to")
    axes.set_ylabel("share of wrong labels")
    axes.set_xlim(0, max(clips, 1))
    axes.set_ylim(0, 1.02)
    axes.grid(axis="y")
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
