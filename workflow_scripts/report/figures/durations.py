"""How long clips are before and after trimming."""

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from workflow_scripts.report.figures.style import BLUE, GREY, in_words, new_figure

BINS = 50


def durations(seconds, dataset):
    """Return the figure: a histogram per front end.

    ``seconds``: name of the front end -> (before, after), seconds [clips], 0 for a clip without sound, which is not
    drawn.
    """
    longer = [part[part > 0] for parts in seconds.values() for part in parts]
    every = np.concatenate([*longer, [1.0]]) if not any(map(len, longer)) else np.concatenate(longer)
    bins = np.geomspace(every.min() / 1.05, every.max() * 1.05, BINS + 1)
    figure = new_figure(f"{dataset}: how long clips are before and after silence is cut", 70 + 230 * len(seconds))
    grid = figure.subplots(len(seconds), squeeze=False, sharex=True).ravel()
    for axes, (store, (before, after)) in zip(grid, seconds.items(), strict=True):
        sounding = int((before > 0).sum())
        for name, part, look in [
            ("before", before, {"color": "0.8"}),
            ("after", after, {"color": BLUE, "histtype": "step", "linewidth": 1.8}),
        ]:
            sounds = part[part > 0]
            middle = f"median {np.median(sounds):.2f} s, {in_time(sounds.sum())} in all" if len(sounds) else "nothing"
            axes.hist(sounds, bins, label=f"{name} trimming: {middle}", **look)
            if len(sounds):
                axes.axvline(np.median(sounds), color=GREY if name == "before" else BLUE, linestyle="--", linewidth=1.2)
        axes.set_title(f"{store}: {in_words(sounding)} with sound", weight="bold")
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: f"{second:g}"))
        axes.tick_params(labelbottom=True)
        axes.set_ylabel("clips")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="dashed: the median", alignment="left")
    grid[-1].set_xlabel("seconds (log scale)")
    return figure


def in_time(seconds):
    """Return a duration as text in s, min or h."""
    if seconds < 120:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
