"""Probabilities of the frames of clips: a feature store whose bands are the classes, one segment per clip.

Values are in 0..1. Frames that fill up a clip's last window are in it, too.
"""

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.features import read_features, write_features
from workflow_scripts.tables.tables import rows_of

FILE = "<dataset>/systems/<system>/stage<s>/probabilities.npy, targets.npy, filtered.npy"


def read_frame_probabilities(array, index, fnames):
    """Return fname -> [frames, classes] float32, memory-mapped, of each of ``fnames`` in their order.

    Raises UserError for a clip that is not in it; DamagedError where a file is not as written or a value is no
    probability.
    """
    store = read_features(array, index)
    if not ((store.frames >= 0) & (store.frames <= 1)).all():
        raise DamagedError(array, "a value is outside 0..1")
    rows = rows_of(store.index.set_index("fname"), fnames, index, subset=True)
    bounds = zip(rows["first"], rows["first"] + rows["frames"], strict=True)
    return {fname: store.frames[first:end] for fname, (first, end) in zip(fnames, bounds, strict=True)}


def write_frame_probabilities(fnames, probabilities, array, index):
    """Write ``probabilities``, an iterable of [frames, classes] in the order of ``fnames``; one at a time in memory."""
    parts = ((fname, 0, values) for fname, values in zip(fnames, probabilities, strict=True))
    write_features(parts, array, index)
