"""Which classes a figure has room for, and how it calls them. A picture of 1,000 rows takes minutes and is not read."""

from collections import Counter

import pandas as pd

MOST_CLASSES = 50  # that a figure has rows for; of more it draws some, says which, and names the table that has all
LONGEST_NAME, END_OF_NAME = 40, 14  # characters


def short_names(classes):
    """Return class -> its name as figures have room for it: long ones lose their middle, and no two become the same."""
    begin = LONGEST_NAME - END_OF_NAME - 1
    short = [name if len(name) <= LONGEST_NAME else f"{name[:begin]}…{name[-END_OF_NAME:]}" for name in classes]
    times = Counter(short)
    return {
        full: name if times[name] == 1 else f"{full[:begin]}… (class {number:,})"
        for number, (name, full) in enumerate(zip(short, classes, strict=True), 1)
    }


def with_most(values):
    """Return the ``MOST_CLASSES`` classes with the largest ``values`` (a Series by class), in their own order.

    Of equals the first are taken; those that are NaN are not. All classes where there are no more.
    """
    return (
        values.index[values.rank(method="first", ascending=False) <= MOST_CLASSES] if crowded(values) else values.index
    )


def best_and_worst(table, score, weight):
    """Return as many rows of the best and of the worst ``score`` (names of columns), best first, in all MOST_CLASSES.

    Of equals those with the largest ``weight`` are taken. All rows, best first, where there are no more.
    """
    ordered = table.sort_values(score, ascending=False, kind="stable", na_position="last")
    if not crowded(table):
        return ordered
    heaviest, half = table.sort_values(weight, ascending=False, kind="stable"), MOST_CLASSES // 2
    best = heaviest.sort_values(score, ascending=False, kind="stable")[:half]
    worst = heaviest.drop(best.index).sort_values(score, kind="stable")[:half]
    return pd.concat([best, worst[::-1]])


def crowded(classes):
    """Whether there are more ``classes`` (anything with a length) than a figure has rows for."""
    return len(classes) > MOST_CLASSES
