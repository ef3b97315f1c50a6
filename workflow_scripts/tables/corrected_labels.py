"""What a round of relabelling makes of the training clips' labels."""

from typing import Literal

from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.tables import rows_of


class CorrectedLabels(Table):
    """What a round of relabelling makes of the labels: one row per unverified training clip."""

    file = "<dataset>/ensemble/<ensemble>/stage<s>/labels.csv"
    key = ("fname",)

    fname: str  # name of the clip
    given_label: str  # the data set's own
    predicted: str  # the ensemble's most probable class, out of fold
    probability: float  # [0..1] of the predicted class
    label: str  # what the next round learns: the given or the predicted label
    relabelled: Literal[0, 1]  # 1 where it is the predicted one instead of the given one
    promoted: Literal[0, 1]  # 1 where the given label counts as verified from now on


read_corrected, write_corrected = CorrectedLabels.read, CorrectedLabels.write


def with_corrected_labels(clips, path):
    """Return ``clips`` (of the clip table) with the labels at ``path`` and the column ``promoted`` (bool).

    Raises UserError for an unverified clip that the table lacks.
    """
    doubtful = clips.index[clips["manually_verified"] == 0]
    corrected = rows_of(read_corrected(path), doubtful, path, subset=True)
    clips = clips.assign(promoted=False)
    clips.loc[doubtful, "label"] = corrected["label"]
    clips.loc[doubtful, "promoted"] = corrected["promoted"] == 1
    return clips
