"""Which system a stack trusts for which class."""

import numpy as np

from workflow_scripts.report.figures.heat_map import heat_map, share_bar
from workflow_scripts.report.figures.shown_classes import short_names, with_most
from workflow_scripts.report.figures.style import CHARACTER, WIDTH, new_figure


def stack_weights(shares, dataset, ensemble):
    """Return the figure. ``shares``: indexed by class, a column per system: its share of the influence, 0..1 or NaN.

    Of many classes those have rows that a system has the largest share of; the mean is that of all.
    """
    mean, short = shares.mean(), short_names(shares.index)
    shares = shares.loc[with_most(shares.max(axis=1))]
    values = np.vstack([mean, shares])
    texts = np.where(np.isnan(values), "", np.char.mod("%.0f", 100 * np.nan_to_num(values)))
    title = f"{dataset}: whom {ensemble} trusts for which class, in % of the influence on it (training clips)"
    if len(shares) < len(short):
        title += f"\nDrawn: the {len(shares)} of {len(short):,} classes that are trusted most to one system; "
        title += "all: weights.csv"
    names = ["mean of the classes", *(short[label] for label in shares.index)]
    longest = CHARACTER * max(map(len, shares.columns))
    upright = longest > 0.75 * WIDTH / len(shares.columns)
    figure = new_figure(title, 140 + 20 * len(names) + (longest if upright else 15))
    axes = figure.add_subplot()
    largest = max(np.nanmax(values, initial=0), 1 / len(shares.columns))
    image = heat_map(axes, values, texts, names, list(shares.columns), largest)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", rotation=90 if upright else 0, length=0)
    axes.axhline(0.5, color="black", linewidth=1)
    share_bar(figure, image, axes, f"share of the influence; equal trust would be {1 / len(shares.columns):.0%}")
    return figure
