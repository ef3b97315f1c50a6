"""What each stage adds: from single networks to the answer."""

import numpy as np

from workflow_scripts.report.figures.splits import clips_in_words
from workflow_scripts.report.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILLION,
    column_beside,
    new_figure,
    one_row_each,
)

COLOURS = [BLUE, VERMILLION, GREEN, ORANGE, PURPLE, "black"]


def stage_effects(table, dataset, split, clips, main="map3", name="MAP@3"):
    """Return the figure: a metric with its interval, a row per system in every stage, stages from top to bottom.

    ``table``: columns stage, system, clips, ``main``, low, high, in the order of the rows; beside a system that stands
    on fewer clips than ``clips`` is said on how many. A system that stands in an earlier stage, too, is joined with its
    row there, and the difference stands beside it. ``name``: what the metric ``main`` is called.
    """
    stages = list(table["stage"].unique())
    entries = [entry for stage in stages for entry in [(stage, None), *_rows(table, stage)]]
    title = f"{dataset}: what each stage adds, {name} on {clips_in_words(split, clips)}, with 95 % intervals"
    figure = new_figure(title, 110 + 21 * len(entries))
    axes = figure.add_subplot()
    one_row_each(axes, ["" if row is None else row["system"] for _, row in entries])
    seen, values, changes = {}, [], []
    for line, (stage, row) in enumerate(entries):
        colour = COLOURS[stages.index(stage) % len(COLOURS)]
        if row is None:
            axes.text(
                -0.012,
                line,
                stage,
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="center",
                weight="bold",
                color=colour,
            )
            values.append(""), changes.append("")
            continue
        reach = [[row[main] - row["low"]], [row["high"] - row[main]]]
        axes.errorbar(
            row[main], line, xerr=np.abs(reach), fmt="o", color=colour, capsize=3, markersize=6, clip_on=False
        )
        values.append(f"{row[main]:.3f}" + (f" ({row['clips']:,})" if row["clips"] < clips else ""))
        before = seen.get(row["system"])
        changes.append("" if before is None else f"{row[main] - before:+.3f}")
        seen[row["system"]] = row[main]
    column_beside(axes, 55, name, values)
    column_beside(axes, 115, "change", changes)
    axes.set_xlabel(name)
    axes.set_xlim(np.clip(axes.get_xlim(), 0, 1))
    axes.grid(axis="x")
    return figure


def _rows(table, stage):
    return [(stage, row) for row in table[table["stage"] == stage].to_dict("records")]
