"""What relabelling made of the labels of each class in every round."""

import pandas as pd

from workflow_scripts.report.figures.relabelled import fates, relabelled_labels
from workflow_scripts.report.figures.style import save
from workflow_scripts.tables.corrected_labels import read_corrected
from workflow_scripts.tables.tables import write_table


def plot_relabelled(corrected, keys, plot, dataset, classes):
    """Draw how many labels of each class were kept, promoted and replaced; a CSV beside ``plot`` has all classes.

    Its columns: ensemble, round, label, promoted, kept and replaced (of the clips with this given label), and added.
    ``corrected``: the tables of corrected labels; ``keys``: (ensemble, round) in their order.
    """
    tables = {tuple(key): read_corrected(path) for key, path in zip(keys, corrected, strict=True)}
    parts = {key: fates(table, classes).rename_axis("label") for key, table in tables.items()}
    write_table(pd.concat(parts, names=["ensemble", "round"]).reset_index(), plot.with_suffix(".csv"))
    save(relabelled_labels(tables, classes, dataset), plot)
