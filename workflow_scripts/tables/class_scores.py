"""The scores of each class: one row per system, split and class of the data set.

A measure without anything to divide by is empty: ``precision`` of a class that is never predicted, ``recall``, ``ap3``,
``ap`` and ``auc`` of one without clips, ``f1`` of one with neither, ``auc`` of one that all clips have. A class without
clips is left out of all means of classes in the score table and the figures; which clips are taken for it, the
confusion table tells.
"""

from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.measures import Measures

FILE = "<dataset>/class_scores.csv"


class OfMulticlass(Table):
    """What it says in addition where the task is multiclass; predicted is the most probable class."""

    file = FILE

    ap3: float | None  # [0..1] mean over these clips of 1/rank of the true class, 0 beyond rank 3: the AP@3 of a class
    # in DCASE 2018 Task 2


class OfMultilabel(Table):
    """What it says in addition where the task is multilabel; predicted is each class of at least 0.5."""

    file = FILE

    ap: float | None  # [0..1] average precision
    auc: float | None  # [0..1] area under the ROC curve


class ClassScores(Measures):
    file = FILE
    key = ("system", "split", "label")
    of_task = {"multiclass": OfMulticlass, "multilabel": OfMultilabel}  # noqa: RUF012

    system: str  # name of the system
    split: str  # as in the score table
    label: str  # the class
    clips: int  # how many have this true class
    f1: float | None  # [0..1] F1 of what is predicted
    precision: float | None  # [0..1] of what is predicted
    recall: float | None  # [0..1] of what is predicted


read_class_scores = ClassScores.read


def write_class_scores(rows, path, task="multiclass"):
    ClassScores.write(rows, path, task)
