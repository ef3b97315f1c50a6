"""The history of a training."""

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables import validation
from workflow_scripts.tables.declaration import Table


class History(Table):
    """The history of a training: one row per epoch; the measures of its task follow."""

    file = "<dataset>/systems/<system>/stage<s>/fold<k>/history.csv"
    of_task = validation.OF_TASK

    epoch: int  # its number, from 1, those of rounds that it goes on with included; of a classifier, of the candidate
    learning_rate: float | None  # [1] of its last update; empty where a classifier was fitted
    training_loss: float  # [nat] mean loss of its updates, or of the clips that a classifier was fitted to
    verified_loss: float  # [nat] cross-entropy on the verified clips held out, after it


class PretrainingHistory(Table):
    """The history of a training without labels: one row per epoch."""

    file = History.file

    epoch: int  # its number, from 1
    learning_rate: float  # [1] of its last update
    training_loss: float  # [nat] mean loss of its updates
    knn_accuracy: float  # [0..1] balanced accuracy of the nearest neighbours' votes on the verified clips held out


def read_history(path):
    """Return the table; raises DamagedError where it has no row, or no measure of a task, as no training writes."""
    table = History.read(path)
    if table.empty:
        raise DamagedError(path, "has no epoch")
    return table
