"""What self-verification accepted of each class, round by round."""

import numpy as np
import pandas as pd

from workflow_scripts.report.figures.heat_map import heat_map, share_bar
from workflow_scripts.report.figures.shown_classes import short_names, with_most
from workflow_scripts.report.figures.style import CHARACTER, WIDTH, in_words, new_figure


def accepted_labels(verdicts, rounds, classes, dataset):
    """Return the figure: a heat map per system, a row per class, a column per round.

    ``verdicts``: columns system, round, label (the given one), accepted (0/1) and right (0/1, NaN where the true label
    is unknown), a row per system, round and unverified clip. ``rounds``: system -> its rounds, from 1. Of many classes
    those have rows that have the most such clips; the last row is all of them.
    """
    known = verdicts["right"].notna().any()
    system, numbers = next(iter(rounds.items()))
    judged = verdicts[(verdicts["system"] == system) & (verdicts["round"] == numbers[0])]
    unverified = judged["label"].value_counts().reindex(classes, fill_value=0)
    unverified, short = unverified[with_most(unverified)], short_names(classes)
    names = [*(f"{short[label]} ({count})" for label, count in unverified.items()), f"all, in % ({len(judged)})"]

    cell = CHARACTER * (6 if known else 3.5)
    room = WIDTH - CHARACTER * max(map(len, names)) - 60
    fitting = max(int(room / (cell * max(map(len, rounds.values())) + 20)), 1)
    columns = min(fitting, len(rounds))
    lines = -(-len(rounds) // columns)

    inside = "right/accepted" if known else "accepted"
    title = f"{dataset}: labels that self-verification accepts, of {in_words(len(judged))} nobody has verified; "
    title += f"in the cells: {inside}"
    if len(unverified) < len(classes):
        title += f"\nDrawn: the {len(unverified)} of {len(classes):,} classes with the most such clips; "
        title += "all: accepted_labels.csv"
    figure = new_figure(title, 110 + lines * (60 + 19 * len(names)))
    grid = figure.subplots(lines, columns, squeeze=False, sharey=True)
    for axes in grid.ravel()[len(rounds) :]:
        axes.set_axis_off()
    cells = [
        _cells(verdicts[verdicts["system"] == system], unverified, len(judged), rounds[system], known)
        for system in rounds
    ]
    largest = max(np.nanmax(shares, initial=0.01) for shares, _ in cells)
    for axes, (system, numbers), (shares, texts) in zip(grid.ravel(), rounds.items(), cells, strict=False):
        image = heat_map(axes, shares, texts, names, numbers, largest)
        axes.set_title(system, weight="bold")
        axes.set_xlabel("round")
    for axes in grid[:, 0]:
        axes.set_ylabel("given label (unverified clips)")
    share_bar(figure, image, list(grid.ravel()), "accepted, share of the class's unverified clips")
    return figure


def _cells(verdicts, unverified, judged, rounds, known):
    """Return (shares, texts) [classes + 1, rounds], the last row being all ``judged`` clips, in per cent."""
    accepted = verdicts[verdicts["accepted"] == 1]
    counts = _by_class_and_round(accepted, unverified.index, rounds)
    right = _by_class_and_round(accepted[accepted["right"] == 1], unverified.index, rounds)
    clips = np.append(unverified, judged)[:, None]
    shares = np.divide(counts, clips, out=np.full(counts.shape, np.nan), where=clips > 0)
    texts = np.char.add(np.char.add(right.astype(str), "/"), counts.astype(str)) if known else counts.astype(str)
    texts = np.vstack([texts[:-1], [f"{100 * share:.0f}" for share in shares[-1]]])
    return shares, np.where(clips > 0, texts, "")


def _by_class_and_round(rows, classes, rounds):
    counts = pd.crosstab(rows["label"], rows["round"]).reindex(columns=rounds, fill_value=0)
    return np.vstack([counts.reindex(classes, fill_value=0), counts.sum()]).astype(int)
