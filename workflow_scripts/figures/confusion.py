"""Which classes are taken for which."""

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from workflow_scripts.figures.heat_map import heat_map, share_bar
from workflow_scripts.figures.splits import clips_in_words
from workflow_scripts.figures.style import CHARACTER, new_figure

LISTED, LIST_COLUMNS = 15, 3


def confusion_matrix(counts, classes, dataset, split, system):
    """Return the figure. ``counts``: [classes, classes] clips, true class by predicted; ``classes``: their names."""
    order = confusion_order(counts)
    counts, names = counts[np.ix_(order, order)], [classes[index] for index in order]
    clips = counts.sum(axis=1)
    shares = np.where(counts, counts / np.maximum(clips, 1)[:, None], np.nan)
    texts = np.where(counts, counts.astype(str), "")

    listed = most_frequent(counts, names)
    listed_rows = -(-len(listed) // LIST_COLUMNS)
    matrix_height, list_height = 22 * len(names), 45 + 19 * listed_rows
    where = clips_in_words(split, clips.sum())
    name_height = max(130, CHARACTER * max(map(len, names)))
    figure = new_figure(f"{dataset}: what {system} takes {where} for", 200 + name_height + matrix_height + list_height)
    axes, below = figure.subplots(2, height_ratios=[110 + name_height + matrix_height, list_height])
    rows = [f"{name} ({count})" for name, count in zip(names, clips, strict=True)]
    image = heat_map(axes, shares, texts, rows, names)
    axes.tick_params(axis="x", rotation=90)
    axes.set_ylabel("true class (clips)")
    axes.set_xlabel("predicted class")
    share_bar(figure, image, axes, "share of the true class's clips")
    _list(below, listed)
    return figure


def confusion_order(counts):
    """Return class indices such that classes that are often taken for each other stand side by side.

    Hierarchical clustering with average linkage; the distance of two classes is 1 minus the mean of the shares of
    either that are taken for the other. Leaves are ordered optimally (Bar-Joseph et al. 2001).
    """
    if len(counts) < 3:
        return np.arange(len(counts))
    shares = counts / np.maximum(counts.sum(axis=1), 1)[:, None]
    distance = 1 - (shares + shares.T) / 2
    np.fill_diagonal(distance, 0)
    return leaves_list(linkage(squareform(distance), "average", optimal_ordering=True))


def most_frequent(counts, names, most=LISTED):
    """Return at most ``most`` lines ``true → predicted: clips``, the most frequent confusion first."""
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    pairs = sorted((-wrong[pair], names[pair[0]], names[pair[1]]) for pair in zip(*np.nonzero(wrong), strict=True))
    return [f"{true} → {predicted}: {-count}" for count, true, predicted in pairs[:most]]


def _list(axes, lines):
    axes.set_axis_off()
    axes.text(0, 1, "The most frequent confusions (true → predicted: clips)", weight="bold", va="top")
    rows = -(-len(lines) // LIST_COLUMNS)
    for number, line in enumerate(lines or ["none"]):
        column, row = divmod(number, max(rows, 1))
        axes.text(column / LIST_COLUMNS, 0.78 - 0.78 * row / max(rows, 1), line, va="top", fontsize=8.5)
