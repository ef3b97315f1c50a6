"""The true labels of a data set that knows them: a CSV with fname and true_label, to judge label policies by."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.tables.tables import rows_of


def read_true_labels(path, fnames):
    """Return the true labels [clips] of ``fnames`` as an array, or None where ``path`` is None.

    Raises UserError where the file, which is the user's, is no such table or lacks a clip.
    """
    if path is None:
        return None
    table = read_csv_table(path)
    if not {"fname", "true_label"} <= set(table.columns):
        raise UserError(f"{path}: has the columns {', '.join(table.columns)}; it needs fname and true_label")
    return rows_of(table.set_index("fname"), fnames, path, subset=True)["true_label"].to_numpy()
