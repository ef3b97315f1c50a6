"""How a round's probabilities of frames become events: one row per class."""

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.declaration import Table


class PostProcessing(Table):
    file = "<dataset>/systems/<system>/stage<s>/post_processing.csv"
    key = ("label",)

    label: str  # the class
    threshold: float  # [0..1] a frame is active from this probability on
    median_seconds: float  # [s] length of the median filter before it
    tag_f1: float  # [0..1] F1 of the tags by events on the clips that validate: the criterion


write_post_processing = PostProcessing.write


def read_post_processing(path, classes):
    """Return the table indexed by label; raises DamagedError where it has not one row for each of ``classes``."""
    table = PostProcessing.read(path).set_index("label")
    if list(table.index) != classes:
        raise DamagedError(path, "not one row for each class of the data set, in their order")
    return table
