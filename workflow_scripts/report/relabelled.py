"""What relabelling made of the labels of each class in every round."""

from workflow_scripts.artefacts.corrected_labels import read_corrected
from workflow_scripts.figures.relabelled import relabelled_labels
from workflow_scripts.figures.style import save


def plot_relabelled(corrected, keys, plot, dataset, classes):
    """Draw how many labels of each class were kept, promoted and replaced.

    ``corrected``: the tables of corrected labels; ``keys``: (ensemble, round) in their order.
    """
    tables = {tuple(key): read_corrected(path) for key, path in zip(keys, corrected, strict=True)}
    save(relabelled_labels(tables, classes, dataset), plot)
