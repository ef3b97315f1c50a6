"""The history of a training: one row per epoch.

| column | what |
|---|---|
| epoch | its number, from 1 |
| learning_rate | of its updates |
| training_loss | mean loss of its updates |
| verified_loss | cross-entropy on the verified clips held out, after it |
| verified_map3, verified_accuracy | MAP@3 and accuracy on them, in 0..1 |
"""

from workflow_scripts.artefacts.tables import read_table
from workflow_scripts.common.errors import DamagedError

COLUMNS = {
    "epoch": int,
    "learning_rate": float,
    "training_loss": float,
    "verified_loss": float,
    "verified_map3": float,
    "verified_accuracy": float,
}


def read_history(path):
    """Return the table; raises DamagedError where it has no row, as no training writes."""
    table = read_table(path, COLUMNS)
    if table.empty:
        raise DamagedError(path, "has no epoch")
    return table
