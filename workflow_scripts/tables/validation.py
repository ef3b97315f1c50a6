"""What tasks measure, beside the loss, on the clips that validate: which epoch is kept, and which stage answers.

The columns of a history are of one model and the clips that it held out, those of the rounds of a system of all clips
that validate, out of fold.
"""

from workflow_scripts.tables.declaration import Table

FILE = "<dataset>/systems/<system>/rounds.csv, <dataset>/systems/<system>/stage<s>/fold<k>/history.csv"


class OfMulticlass(Table):
    """What both have in addition where the task is multiclass."""

    file = FILE

    verified_map3: float  # [0..1] MAP@3
    verified_accuracy: float  # [0..1] accuracy
    verified_balanced_accuracy: float  # [0..1] mean over the classes of the share of their clips that are right


class OfMultilabel(Table):
    """What both have in addition where the task is multilabel."""

    file = FILE

    verified_lwlrap: float  # [0..1] label-weighted label-ranking average precision
    verified_map: float  # [0..1] mean average precision over the classes that these clips have


class OfDetection(Table):
    """What histories have in addition where the task is detection."""

    file = FILE

    verified_tag_f1: float  # [0..1] macro F1 of tags


OF_TASK = {"multiclass": OfMulticlass, "multilabel": OfMultilabel, "detection": OfDetection}
