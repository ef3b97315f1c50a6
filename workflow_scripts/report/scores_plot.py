"""The systems' main metric with intervals as a picture."""

import numpy as np

from workflow_scripts.report.figures.style import BLUE, VERMILLION, column_beside, new_figure, one_row_each, save
from workflow_scripts.tables.scores import clips_of, fewer_clips, in_words, read_scores, score_of

# split: name, its short form, colour, marker, place on the system's line, place of the numbers in pixels
LOOKS = {
    "all": ("test clips", "test", BLUE, "o", -0.16, 50),
    "oof_verified": ("verified training clips, out of fold", "out of fold", VERMILLION, "s", 0.16, 130),
}


def plot_scores(scores, plot, dataset, main="map3", name="MAP@3"):
    """Draw a PNG: one line per system in the order of the score table ``scores``; ``dataset`` is for the title.

    ``main``: the metric, and ``name``: what it is called.
    """
    table = read_scores(scores)
    systems = list(table.index.unique("system"))
    figure = new_figure(f"{dataset}: {name} with 95 % intervals", 140 + 36 * len(systems))
    axes = figure.add_subplot()
    one_row_each(axes, [in_words(table, system) for system in systems])
    published = False
    for split, (of_split, short, colour, marker, offset, place) in LOOKS.items():
        if split not in table.index.unique("split"):
            continue
        rows = table.xs((split, main), level=("split", "metric")).reindex(systems)
        lines = np.arange(len(systems)) + offset
        value = rows["value"].to_numpy()
        reach = np.abs([rows["low"] - value, rows["high"] - value])
        look = {"color": colour, "fmt": marker, "markersize": 6, "capsize": 3, "clip_on": False}
        axes.errorbar(value, lines, xerr=reach, label=f"{of_split} ({clips_of(table, split)})", **look)
        column_beside(axes, place, short, [_in_words(table, system, split, main) for system in systems], colour)
        axes.plot(rows["published"], lines, "D", color=colour, fillstyle="none", markersize=9, clip_on=False)
        published |= rows["published"].notna().any()
    if published:
        axes.errorbar([], [], fmt="D", color="0.3", fillstyle="none", markersize=9, label="published")
    axes.set_xlabel(name)
    axes.set_xlim(np.clip(axes.get_xlim(), 0, 1))
    axes.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=3)
    save(figure, plot)


def _in_words(table, system, split, metric):
    """Return the score of a system, and on how many clips it stands where these are fewer than those of others."""
    value, fewer = score_of(table, system, split, metric)["value"], fewer_clips(table, system, split)
    if fewer == "0":
        return "\N{EN DASH}"
    return f"{value:.3f} ({fewer})" if fewer else f"{value:.3f}"
