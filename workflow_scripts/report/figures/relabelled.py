"""What relabelling made of the labels of each class."""

import numpy as np

from workflow_scripts.report.figures.shown_classes import short_names, with_most
from workflow_scripts.report.figures.style import BLUE, GREEN, ORANGE, column_beside, in_words, new_figure, one_row_each

FATES = {"promoted": GREEN, "kept": "0.75", "replaced": ORANGE}


def relabelled_labels(tables, classes, dataset):
    """Return the figure: a panel per round, a bar per class.

    ``tables``: (ensemble, round) -> the table of corrected labels (columns given_label, label, relabelled, promoted).
    ``classes``: names, also of classes that no clip has; of many those have bars that lose and gain the most clips
    in the last round.
    """
    clips = len(next(iter(tables.values())))
    title = f"{dataset}: what relabelling makes of {in_words(clips)} whose labels nobody has verified"
    counts = {key: fates(table, classes) for key, table in tables.items()}
    *_, last = counts.values()
    drawn, short = with_most(last["replaced"] + last["added"]), short_names(classes)
    if len(drawn) < len(classes):
        title += f"\nDrawn: the {len(drawn)} of {len(classes):,} classes that change most; all: relabelled_labels.csv"
    figure = new_figure(title, 90 + len(tables) * (70 + 20 * len(drawn)))
    grid = figure.subplots(len(tables), squeeze=False).ravel()
    for axes, ((ensemble, number), of_round) in zip(grid, counts.items(), strict=True):
        _panel(axes, of_round.loc[drawn].rename(short))
        axes.set_title(f"{ensemble}, round {number}", weight="bold", pad=20)
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def fates(table, classes):
    """Return a table indexed by class: ``promoted``, ``kept`` and ``replaced``, clips with this given label.

    ``added``: clips with another one that have it afterwards. ``table``: of corrected labels.
    """
    replaced, promoted = table["relabelled"] == 1, table["promoted"] == 1
    fate = np.select([promoted, replaced], ["promoted", "replaced"], "kept")
    counts = table.groupby(["given_label", fate]).size().unstack(fill_value=0)
    counts = counts.reindex(index=classes, columns=list(FATES), fill_value=0)
    return counts.assign(added=table["label"][replaced].value_counts().reindex(classes, fill_value=0))


def _panel(axes, counts):
    rows, begin = np.arange(len(counts)), np.zeros(len(counts))
    for name, colour in FATES.items():
        axes.barh(rows, counts[name], left=begin, color=colour, height=0.75, label=f"given label {name}")
        begin = begin + counts[name].to_numpy()
    axes.plot(
        begin - counts["replaced"] + counts["added"],
        rows,
        "|",
        color=BLUE,
        markersize=14,
        markeredgewidth=2.5,
        label="clips with this label afterwards",
    )
    one_row_each(axes, counts.index)
    axes.set_xlim(0)
    axes.set_xlabel("unverified clips with the given label")
    axes.grid(axis="x")
    for place, heading in [(70, "promoted"), (140, "replaced"), (195, "added")]:
        column_beside(axes, place, heading, [f"{count}" for count in counts[heading]])
