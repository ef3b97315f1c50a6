"""The true labels of a data set that knows them: a CSV with fname and true_label, to judge label policies by."""

from workflow_scripts.artefacts.tables import read_table, rows_of


def read_true_labels(path, fnames):
    """Return the true labels [clips] of ``fnames`` as an array, or None where ``path`` is None."""
    if path is None:
        return None
    table = read_table(path, {"fname": str, "true_label": str}).set_index("fname")
    return rows_of(table, fnames, path, subset=True)["true_label"].to_numpy()
