"""How a round's probabilities of frames become events: one row per class.

| column | what |
|---|---|
| label | class |
| threshold | a frame is active from this probability on |
| median_seconds | length of the median filter before it |
| tag_f1 | F1 of the tags by events on the clips that validate, in 0..1: the criterion |
"""

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {"label": str, "threshold": float, "median_seconds": float, "tag_f1": float}


def read_post_processing(path, classes):
    """Return the table indexed by label; raises DamagedError where it has not one row for each of ``classes``."""
    table = read_table(path, COLUMNS).set_index("label")
    if list(table.index) != classes:
        raise DamagedError(path, "not one row for each class of the data set, in their order")
    return table


def write_post_processing(table, path):
    write_table(table[list(COLUMNS)], path)
