"""What each rule cost."""

import numpy as np
from matplotlib.ticker import NullLocator

from workflow_scripts.report.figures.durations import in_time
from workflow_scripts.report.figures.style import BLUE, GREEN, ORANGE, PURPLE, new_figure, one_row_each


def rule_costs(table, dataset):
    """Return the figure: a row per row of ``table``, the longest first; a panel per kind of cost that is known.

    ``table``: columns rule, jobs, attempts, wall_seconds, gpu_hours, peak_memory_mb, clips_per_second, device; numbers
    are NaN where nothing is known.
    """
    table = table.sort_values(["wall_seconds", "rule"], ascending=[False, True], kind="stable", na_position="last")
    rows = [
        f"{row.rule} ({row.jobs:.0f} job{'' if row.jobs == 1 else 's'})" if not np.isnan(row.jobs) else row.rule
        for row in table.itertuples()
    ]
    gpu_seconds = 3600 * table["gpu_hours"].fillna(0)
    panels = [
        ("wall time of all jobs", "log scale", table["wall_seconds"], True, in_time, BLUE),
        ("peak memory", "", table["peak_memory_mb"] / 1000, False, "{:.2g} GB".format, ORANGE),
        ("speed", "clips per second, log scale", table["clips_per_second"], True, _per_second, GREEN),
        ("time on GPUs", "log scale", gpu_seconds.where(gpu_seconds > 0), True, in_time, PURPLE),
    ]
    panels = [panel for panel in panels if panel[2].notna().any()]
    figure = new_figure(_title(table, dataset), 110 + 23 * len(table))
    if not panels:
        panels = [("wall time of all jobs", "", table["wall_seconds"], False, in_time, BLUE)]
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False, sharey=True)[0], panels, strict=True):
        _bars(axes, *panel)
        one_row_each(axes, rows)
    return figure


def _per_second(clips):
    return f"{clips:,.0f}/s" if clips >= 10 else f"{clips:.2g}/s"


def _title(table, dataset):
    total = f"{dataset}: what the rules cost; {in_time(table['wall_seconds'].sum())} of jobs in all"
    hours = table["gpu_hours"].sum()
    total += f", {hours:,.1f} GPU-hours" if hours else ""
    again = (table["attempts"] - table["jobs"]).clip(lower=0).sum()
    total += f", {again:.0f} attempts beside the first ones" if again else ""
    devices = [device for device in dict.fromkeys(table["device"]) if device]
    return total + (f"\non {', '.join(devices)}" if devices else "")


def _bars(axes, title, unit, values, log, text, colour):
    rows = np.arange(len(values))
    known = values[values > 0]
    smallest, largest = (known.min(), known.max()) if len(known) else (1, 1)
    axes.barh(rows, values.fillna(0), color=colour, height=0.7)
    if log:
        axes.set_xscale("log")
        begin = smallest / 2
        axes.set_xlim(begin, largest * (largest / begin) ** 0.5)  # room for the numbers
    else:
        begin = 0
        axes.set_xlim(0, largest * 1.5)
    for row, value in zip(rows, values, strict=True):
        known = not np.isnan(value)
        end = max(value, begin) if known else begin
        axes.annotate(text(value) if known else "-", (end, row), (4, 0), textcoords="offset points", va="center")
    axes.set_title(title, weight="bold")
    axes.set_xlabel(unit)
    axes.xaxis.set_major_locator(NullLocator())  # the numbers stand at the bars
    axes.xaxis.set_minor_locator(NullLocator())
    axes.spines["bottom"].set_visible(False)
