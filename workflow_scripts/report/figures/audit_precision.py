"""How many of the labels at the top of the audit are wrong."""

from workflow_scripts.report.figures.style import BLUE, GREEN, ORANGE, VERMILLION, new_figure

STYLES = {  # method: name, look
    "combined": ("all opinions", {"color": GREEN, "linewidth": 2.5, "zorder": 3}),
    "log_odds": ("odds of the ensemble", {"color": ORANGE, "linestyle": "-."}),
    "suspicion": ("margin of the ensemble", {"color": BLUE}),
    "cleanlab": ("cleanlab", {"color": VERMILLION, "linestyle": "--"}),
    "random": ("random order", {"color": "0.35", "linestyle": ":"}),
}
OF_SYSTEM = {"color": "0.6", "linewidth": 1, "zorder": 1}
NAMED = 6  # systems in the legend, at most


def audit_precision(curves, wrong, dataset):
    """Return the figure: a line per method, thin ones of systems. ``wrong``: in which way -> how many labels are.

    ``curves``: columns method, k, precision, see :mod:`workflow_scripts.audit.precision`; it may be empty.
    """
    figure = new_figure(f"{dataset}: wrong labels among the k most suspicious ones", 560)
    axes = figure.add_subplot()
    clips, outside, wrong = curves["k"].max() if len(curves) else 0, wrong["out_of_vocabulary"], sum(wrong.values())
    axes.axvline(wrong, color="0.7", linewidth=1)
    of_no_class = f", {outside} of these of no class" if outside else ""
    grey = {"textcoords": "offset points", "color": "0.35"}
    axes.annotate(f"{wrong} of {clips} labels are wrong{of_no_class}", (wrong, 0), (5, 6), **grey)
    unnamed = [method for method in curves["method"].unique() if method not in STYLES][NAMED:]
    for method, curve in curves.groupby("method", sort=False):
        name, look = STYLES.get(method, (method, OF_SYSTEM))
        found = curve.loc[curve["k"] == min(max(wrong, 1), clips), "precision"].item()
        label = None if method in unnamed else f"{name}, {found:.2f}"
        axes.plot(curve["k"], curve["precision"], **{"linewidth": 2} | look, label=label)
    if unnamed:
        axes.plot([], [], **OF_SYSTEM, label=f"and {len(unnamed)} systems more")
    if len(curves):
        axes.legend(title=f"share among the first {min(max(wrong, 1), clips)}", alignment="left", loc="best")
    axes.set_xlabel("k, unverified clips listened to")
    axes.set_ylabel("share of wrong labels")
    axes.set_xlim(0, max(clips, 1))
    axes.set_ylim(0, 1.02)
    axes.grid(axis="y")
    return figure
