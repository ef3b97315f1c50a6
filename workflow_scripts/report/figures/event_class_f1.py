"""Event-based F1 of each class, beside what the authors report."""

import numpy as np

from workflow_scripts.report.figures.shown_classes import best_and_worst, crowded, short_names
from workflow_scripts.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    column_beside,
    new_figure,
    one_row_each,
)

LOOKS = [(BLUE, "o"), (VERMILLION, "s"), (GREEN, "^"), (ORANGE, "v"), (PURPLE, "D"), ("black", "P")]
LEAST_ROWS = 3  # for which there is room: of many classes hardly any may have events


def event_class_f1(table, dataset, split, clips, answer, oracle):
    """Return the figure: a row per class, those that the answer tells best on top.

    Of many classes the best and the worst that have events have rows.

    ``table``: columns system, label, reference, f1, published (NaN where there is none), of the systems that are shown.
    ``clips``: how many there are, as text. ``answer``, ``oracle``: the system whose F1 stands beside; perfect tags.
    """
    own = table[table["system"] == answer].set_index("label")
    short, title = short_names(own.index), f"{dataset}: event-based F1 of each class on {clips} {split} clips"
    own = best_and_worst(own[own["reference"] > 0] if crowded(own) else own, "f1", "reference")
    if crowded(short):
        title += f"\nDrawn: {len(own)} of {len(short):,} classes, the best and the worst that have events; "
        title += "all: event_class_scores.csv"
    figure = new_figure(title, 150 + 34 * max(len(own), LEAST_ROWS))
    axes = figure.add_subplot()
    rows = np.arange(len(own))
    perfect = table[table["system"] == oracle].set_index("label")["f1"].reindex(own.index)
    axes.plot(perfect, rows, "|", color=GREY, markersize=14, markeredgewidth=2.5, label="perfect tags, whole clip")
    published = False
    shown = [system for system in table["system"].unique() if system != oracle]
    for number, system in enumerate(shown):
        colour, marker = LOOKS[number % len(LOOKS)]
        part = table[table["system"] == system].set_index("label").reindex(own.index)
        place = rows + 0.16 * (number - (len(shown) - 1) / 2)
        axes.plot(part["f1"], place, marker, color=colour, markersize=6, clip_on=False, label=system)
        axes.plot(part["published"], place, marker, color=colour, markersize=9, fillstyle="none", clip_on=False)
        published |= part["published"].notna().any()
    if published:
        axes.plot([], [], "o", color="0.3", fillstyle="none", markersize=9, label="open: published")
    one_row_each(axes, [short[label] for label in own.index])
    column_beside(axes, 45, "F1", ["-" if np.isnan(f1) else f"{f1:.2f}" for f1 in own["f1"]])
    column_beside(axes, 105, "events", [f"{int(events):,}" for events in own["reference"]])
    axes.set_xlim(0, 1)
    axes.set_xlabel(f"event-based F1; the column is that of {answer}")
    axes.grid()
    figure.legend(loc="outside lower center", ncols=4)
    return figure
