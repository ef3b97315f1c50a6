"""What each round of teaching adds: event-based F1 from pass to pass."""

import numpy as np

from workflow_scripts.report.figures.style import BLUE, GREY, VERMILLION, column_beside, new_figure, one_row_each


def passes(table, dataset, split, clips, oracle):
    """Return the figure: a row per detection, its interval, and what it adds to the round before.

    ``table``: columns name, system, value, low, high, published (NaN where there is none), in the order of the rows.
    ``oracle``: F1 of perfect tags. ``clips``: how many there are, as text.
    """
    figure = new_figure(
        f"{dataset}: event-based F1 on {clips} {split} clips, with 95 % intervals", 130 + 28 * len(table)
    )
    axes = figure.add_subplot()
    rows = np.arange(len(table))
    axes.axvline(oracle, color=GREY, linestyle="--", label=f"perfect tags, each through the whole clip: {oracle:.3f}")
    reach = np.abs([table["low"] - table["value"], table["high"] - table["value"]])
    axes.errorbar(table["value"], rows, xerr=reach, fmt="o", color=BLUE, markersize=6, capsize=3, clip_on=False)
    if table["published"].notna().any():
        look = {"color": VERMILLION, "fillstyle": "none", "markersize": 9, "clip_on": False}
        axes.plot(table["published"], rows, "D", label="published", **look)
    one_row_each(axes, table["name"])
    change = table["value"] - table.groupby("system")["value"].shift()
    column_beside(axes, 55, "F1", [f"{value:.3f}" for value in table["value"]])
    column_beside(axes, 120, "change", ["" if np.isnan(step) else f"{step:+.3f}" for step in change])
    axes.set_xlim(0, None)
    axes.set_xlabel("event-based F1, mean of the classes")
    axes.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=2)
    return figure
