"""The systems' MAP@3 with intervals as a picture."""

import numpy as np

from workflow_scripts.report.figures.style import BLUE, VERMILLION, column_beside, new_figure, one_row_each, save
from workflow_scripts.scoring.score_table import clips_of, read_scores

# split: name, its short form, colour, marker, place on the system's line, place of the numbers in pixels
LOOKS = {
    "all": ("test clips", "test", BLUE, "o", -0.16, 50),
    "oof_verified": ("verified training clips, out of fold", "out of fold", VERMILLION, "s", 0.16, 130),
}


def plot_scores(scores, plot, dataset):
    """Draw a PNG: one line per system in the order of the score table ``scores``; ``dataset`` is for the title."""
    table = read_scores(scores)
    systems = list(table.index.unique("system"))
    figure = new_figure(f"{dataset}: MAP@3 with 95 % intervals", 140 + 36 * len(systems))
    axes = figure.add_subplot()
    one_row_each(axes, systems)
    published = False
    for split, (name, short, colour, marker, offset, place) in LOOKS.items():
        if split not in table.index.unique("split"):
            continue
        rows = table.xs((split, "map3"), level=("split", "metric")).loc[systems]
        lines = np.arange(len(systems)) + offset
        value = rows["value"].to_numpy()
        reach = np.abs([rows["low"] - value, rows["high"] - value])
        look = {"color": colour, "fmt": marker, "markersize": 6, "capsize": 3, "clip_on": False}
        axes.errorbar(value, lines, xerr=reach, label=f"{name} ({clips_of(table, split)})", **look)
        column_beside(axes, place, short, [f"{number:.3f}" for number in value], colour)
        axes.plot(rows["published"], lines, "D", color=colour, fillstyle="none", markersize=9, clip_on=False)
        published |= rows["published"].notna().any()
    if published:
        axes.errorbar([], [], fmt="D", color="0.3", fillstyle="none", markersize=9, label="published")
    axes.set_xlabel("MAP@3")
    axes.set_xlim(np.clip(axes.get_xlim(), 0, 1))
    axes.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=3)
    save(figure, plot)
