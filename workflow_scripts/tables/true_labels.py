"""The true labels of a data set whose given labels were made wrong: one row per training clip."""

from workflow_scripts.tables.declaration import Table


class TrueLabels(Table):
    file = "<dataset>/true_labels.csv"
    key = ("fname",)

    fname: str  # name of the clip
    true_label: str  # its class; of label noise from outside the vocabulary a further class


write_true_labels = TrueLabels.write
