"""How well the answer tells each class, and which it takes for which."""

import numpy as np

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.report.figures.class_f1 import class_f1
from workflow_scripts.report.figures.confusion import confusion_matrix
from workflow_scripts.report.figures.splits import shown_split
from workflow_scripts.report.figures.style import save
from workflow_scripts.tables.class_scores import read_class_scores
from workflow_scripts.tables.comparisons import read_comparisons
from workflow_scripts.tables.confusion import read_confusion


def plot_classes(by_class, confusions, comparisons, f1_plot, confusion_plot, dataset, system, classes, counted=""):
    """Draw the F1 of each class and the confusion matrix of one system, the answer.

    ``by_class``, ``confusions``, ``comparisons``: the tables of all systems; the last names the best single system.
    ``counted``: what of the clips their numbers are, see :mod:`workflow_scripts.tasks.words`.
    """
    table = read_class_scores(by_class)
    split = shown_split(table["split"][table["system"] == system], by_class)
    shown = table[table["split"] == split]
    best = _best_single(read_comparisons(comparisons), system, split)
    best = best if best in set(shown["system"]) else None  # which may have predicted none of these clips
    own = _of_system(shown, system, classes, by_class)
    if best is not None:
        own["best_f1"] = _of_system(shown, best, classes, by_class)["f1"]
    save(class_f1(own, dataset, split, system, best, counted), f1_plot)

    rows = read_confusion(confusions)
    rows = rows[(rows["system"] == system) & (rows["split"] == split)]
    counts = _counts(rows, classes, confusions)
    save(confusion_matrix(counts, classes, dataset, split, system, counted), confusion_plot)


def _best_single(comparisons, system, split):
    rows = comparisons["against"][comparisons.index.get_level_values("split") == split]
    others = rows[rows != system]
    return others.iloc[0] if len(others) else None


def _of_system(table, system, classes, path):
    """Return the rows of ``system`` in the order of ``classes``, indexed by label."""
    own = table[table["system"] == system].set_index("label")
    missing = [label for label in classes if label not in own.index]
    if missing:
        raise DamagedError(path, f"{system} has no row of the class {missing[0]!r}")
    return own.loc[classes]


def _counts(rows, classes, path):
    """Return the clips [classes, classes], true class by predicted."""
    number = {label: index for index, label in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), int)
    for label, predicted, clips in rows[["label", "predicted", "clips"]].itertuples(index=False):
        if not {label, predicted} <= number.keys():
            raise DamagedError(path, f"{label!r} taken for {predicted!r}: one of them is no class")
        counts[number[label], number[predicted]] = clips
    return counts
