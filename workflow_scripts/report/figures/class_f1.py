"""How well each class is told, sorted (after Figure 6 of Dorfer & Widmer 2018 and Iqbal et al. 2018)."""

import numpy as np

from workflow_scripts.report.figures.shown_classes import MOST_CLASSES, best_and_worst, crowded, short_names
from workflow_scripts.report.figures.splits import clips_in_words
from workflow_scripts.report.figures.style import BLUE, VERMILLION, column_beside, new_figure, one_row_each

ALL_HEIGHT = 190  # pixels of the curve of all classes
LEAST_ROWS = 4  # for which there is room: of many classes hardly any may have clips


def class_f1(table, dataset, split, answer, best, counted=""):
    """Return the figure; best class first, one without F1 last.

    Of many classes those that have clips are in a curve, and the best and the worst of these have rows below it.

    ``table``: indexed by label, with f1 (of the system ``answer``) and best_f1 (of ``best``, the best single system, or
    None) in 0..1, NaN where undefined, and clips. ``counted``: what the sum of these is of, ``labels of `` where a clip
    may have several.
    """
    title = f"{dataset}: F1 of each class by {answer} on {clips_in_words(split, table['clips'].sum(), counted)}"
    short, table = short_names(table.index), table.sort_index()
    with_clips = table[table["clips"] > 0]
    if crowded(short):
        title += (
            f"\nDrawn: the classes that have such clips, {len(with_clips):,} of {len(short):,}; all: class_scores.csv"
        )
        table = with_clips
    table = best_and_worst(table, "f1", "clips")
    if crowded(with_clips):
        figure, half = new_figure(title, 150 + ALL_HEIGHT + 22 * len(table)), MOST_CLASSES // 2
        above, axes = figure.subplots(2, height_ratios=[ALL_HEIGHT, 22 * len(table)])
        _draw_all(above, with_clips.sort_values("f1", ascending=False, kind="stable"), best)
        axes.axhline(half - 0.5, color="0.4", linewidth=0.8)
        axes.set_title(f"above the line the best {half} of them, below it the worst {half}", pad=20)
    else:
        figure = new_figure(title, 120 + 22 * max(len(table), LEAST_ROWS))
        axes = figure.add_subplot()
    rows = np.arange(len(table))
    if best is not None:
        axes.hlines(rows, table["f1"], table["best_f1"], color="0.75", linewidth=2, zorder=1)
        look = {"color": VERMILLION, "markersize": 6, "clip_on": False, "fillstyle": "none"}
        axes.plot(table["best_f1"], rows, "s", label=f"{best}, the best single system", **look)
    axes.plot(table["f1"], rows, "o", color=BLUE, markersize=7, clip_on=False, label=answer)
    mean = with_clips["f1"].mean()
    if not np.isnan(mean):
        which = "the classes" if len(with_clips) == len(short) else "the classes with clips"
        axes.axvline(mean, color=BLUE, linestyle=":", linewidth=1, label=f"mean of {which}: {mean:.3f}")
    one_row_each(axes, [short[label] for label in table.index])
    column_beside(axes, 45, "F1", ["-" if np.isnan(f1) else f"{f1:.2f}" for f1 in table["f1"]])
    column_beside(axes, 95, "clips", [f"{int(clips):,}" for clips in table["clips"]])
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1")
    axes.grid()
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _draw_all(axes, table, best):
    """Draw the F1 of all rows of ``table``, best first, and of the same classes by ``best``."""
    rank = np.arange(1, len(table) + 1)
    if best is not None:
        axes.plot(rank, table["best_f1"], "s", color=VERMILLION, markersize=2.5, alpha=0.5, markeredgewidth=0)
    axes.step(rank, table["f1"], where="mid", color=BLUE, linewidth=1.8)
    axes.set_xlim(0.5, len(table) + 0.5)
    axes.set_ylim(0, 1)
    axes.set_ylabel("F1")
    axes.set_title("all of them, best to worst")
    axes.grid(axis="y")
