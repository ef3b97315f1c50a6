"""The history of a training: one row per epoch.

| column | what |
|---|---|
| epoch | its number, from 1 |
| learning_rate | of its updates |
| training_loss | mean loss of its updates |
| verified_loss | cross-entropy on the verified clips held out, after it |
| verified_map3, verified_accuracy | MAP@3 and accuracy on them, in 0..1; of clips with one label |
| verified_tag_f1 | macro F1 of tags on them, in 0..1; of clips with any number of labels |
"""

from workflow_scripts.common.errors import DamagedError, parsing
from workflow_scripts.tables.tables import read_table

COLUMNS = {
    "epoch": int,
    "learning_rate": float,
    "training_loss": float,
    "verified_loss": float,
}
SCORES = ["verified_map3", "verified_accuracy", "verified_tag_f1"]


def read_history(path):
    """Return the table; raises DamagedError where it has no row, or no score of labels, as no training writes."""
    table = read_table(path, COLUMNS)
    scores = [name for name in SCORES if name in table]
    if not scores:
        raise DamagedError(path, f"has none of the columns {', '.join(SCORES)}")
    if table.empty:
        raise DamagedError(path, "has no epoch")
    with parsing(path, "a history"):
        return table.astype(dict.fromkeys(scores, float))
