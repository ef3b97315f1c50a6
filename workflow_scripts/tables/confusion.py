"""Which classes the systems take for which; what never happens has no row.

Where the task is multilabel and a clip has n labels, each of these that is among the n most probable classes counts as
predicted; for another one the most probable class that the clip does not have stands as predicted.
"""

from workflow_scripts.tables.declaration import Table


class Confusion(Table):
    file = "<dataset>/confusion.csv"
    key = ("system", "split", "label", "predicted")

    system: str  # name of the system
    split: str  # as in the score table
    label: str  # the true class
    predicted: str  # the most probable class
    clips: int  # on how many clips


read_confusion, write_confusion = Confusion.read, Confusion.write
