"""One row per clip, its labels in one field, separated by commas or semicolons (FSD50K, DCASE 2018 Task 4's weak.csv).

A label that a row repeats counts once, as in three rows of weak.csv.
"""

import re

COLUMNS = ["fname", "label"]
LABELLED = True


def clips(table, columns):
    labels = [_labels(field) for field in table[columns["label"]]]
    return table[[columns["fname"]]].set_axis(["fname"], axis=1).assign(labels=labels)


def _labels(field):
    return tuple(dict.fromkeys(label.strip() for label in re.split("[,;]", field) if label.strip()))
