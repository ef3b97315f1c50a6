"""Which classes are taken for which."""

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from workflow_scripts.report.figures.heat_map import heat_map, share_bar
from workflow_scripts.report.figures.shown_classes import MOST_CLASSES, short_names
from workflow_scripts.report.figures.splits import clips_in_words
from workflow_scripts.report.figures.style import CHARACTER, new_figure

LISTED, LIST_COLUMNS, LONGEST_LINE = 15, 3, 52  # lines, columns of them, characters that a column has room for


def confusion_matrix(counts, classes, dataset, split, system, counted=""):
    """Return the figure. ``counts``: [classes, classes] clips, true class by predicted; ``classes``: their names.

    ``counted``: what the sum of counts is of, ``labels of `` where a clip may have several.

    Of more than ``MOST_CLASSES`` those are drawn that are confused most, see :func:`most_confused`; a last column is
    what of their clips is taken for all others.
    """
    short, scored = list(short_names(classes).values()), counts.sum()
    listed = most_frequent(counts, short)
    drawn = most_confused(counts, MOST_CLASSES)
    order = drawn[confusion_order(counts[np.ix_(drawn, drawn)])]
    clips, counts, names = counts[order].sum(axis=1), counts[np.ix_(order, order)], [short[index] for index in order]
    predicted, others = names, len(classes) - len(drawn)
    if others:
        counts = np.column_stack([counts, clips - counts.sum(axis=1)])
        predicted = [*names, f"any of {others:,} others"]
    shares = np.where(counts, counts / np.maximum(clips, 1)[:, None], np.nan)
    texts = np.where(counts, counts.astype(str), "")

    list_columns = LIST_COLUMNS if max(map(len, listed), default=0) <= LONGEST_LINE else 1
    listed_rows = -(-len(listed) // list_columns)
    matrix_height, list_height = 22 * len(names), 45 + 19 * listed_rows
    name_height = max(130, CHARACTER * max(map(len, names)))
    title = f"{dataset}: what {system} takes {clips_in_words(split, scored, counted)} for"
    if others:
        title += f"\nDrawn: the {len(names)} of {len(classes):,} classes that are confused most; all: confusion.csv"
    figure = new_figure(title, 200 + name_height + matrix_height + list_height)
    axes, below = figure.subplots(2, height_ratios=[110 + name_height + matrix_height, list_height])
    rows = [f"{name} ({count})" for name, count in zip(names, clips, strict=True)]
    image = heat_map(axes, shares, texts, rows, predicted, fontsize=6.5 if others else 8)
    axes.tick_params(axis="x", rotation=90)
    axes.set_ylabel("true class (clips)")
    axes.set_xlabel("predicted class")
    share_bar(figure, image, axes, "share of the true class's clips")
    _list(below, listed, list_columns)
    return figure


def most_confused(counts, most):
    """Return the indices of at most ``most`` classes, in ascending order.

    They are those of the most frequent confusions, true and predicted class, one confusion after the other; where
    these are too few, those with the most clips join them. Of equals the first in the order of classes.
    """
    if len(counts) <= most:
        return np.arange(len(counts))
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts).ravel()
    pairs = np.argsort(-wrong, kind="stable")[: np.count_nonzero(wrong)]
    by_confusion = np.column_stack(np.divmod(pairs, len(counts))).ravel()
    by_clips = np.argsort(-counts.sum(axis=1), kind="stable")
    classes, first = np.unique(np.concatenate([by_confusion, by_clips]), return_index=True)
    return np.sort(classes[np.argsort(first)[:most]])


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


def _list(axes, lines, columns):
    axes.set_axis_off()
    axes.text(0, 1, "The most frequent confusions (true → predicted: clips)", weight="bold", va="top")
    rows = -(-len(lines) // columns)
    top = 1 - 0.22 * min(5 / max(rows, 1), 1)
    for number, line in enumerate(lines or ["none"]):
        column, row = divmod(number, max(rows, 1))
        axes.text(column / columns, top - top * row / max(rows, 1), line, va="top", fontsize=8.5)
