"""How well each class is told, sorted (after Figure 6 of Dorfer & Widmer 2018 and Iqbal et al. 2018)."""

import numpy as np

from workflow_scripts.figures.splits import clips_in_words
from workflow_scripts.figures.style import BLUE, VERMILLION, column_beside, new_figure, one_row_each


def class_f1(table, dataset, split, answer, best):
    """Return the figure; best class first, one without F1 last.

    ``table``: indexed by label, with f1 (of the system ``answer``) and best_f1 (of ``best``, the best single system, or
    None) in 0..1, NaN where undefined, and clips.
    """
    table = table.sort_index().sort_values("f1", ascending=False, kind="stable", na_position="last")
    where = clips_in_words(split, table["clips"].sum())
    figure = new_figure(f"{dataset}: F1 of each class by {answer} on {where}", 120 + 22 * len(table))
    axes = figure.add_subplot()
    rows = np.arange(len(table))
    if best is not None:
        axes.hlines(rows, table["f1"], table["best_f1"], color="0.75", linewidth=2, zorder=1)
        look = {"color": VERMILLION, "markersize": 6, "clip_on": False, "fillstyle": "none"}
        axes.plot(table["best_f1"], rows, "s", label=f"{best}, the best single system", **look)
    axes.plot(table["f1"], rows, "o", color=BLUE, markersize=7, clip_on=False, label=answer)
    mean = table["f1"].mean()
    if not np.isnan(mean):
        axes.axvline(mean, color=BLUE, linestyle=":", linewidth=1, label=f"mean of the classes: {mean:.3f}")
    one_row_each(axes, table.index)
    column_beside(axes, 45, "F1", ["-" if np.isnan(f1) else f"{f1:.2f}" for f1 in table["f1"]])
    column_beside(axes, 95, "clips", [f"{int(clips):,}" for clips in table["clips"]])
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1")
    axes.grid()
    figure.legend(loc="outside lower center", ncols=3)
    return figure
