"""Of several systems and rounds each class by the one that tells it best: with the best F1 of tags by events.

That is measured on clips that none of them has learned from (tables/post_processing.py); the first of equals is
taken.
"""

import numpy as np
import pandas as pd

from workflow_scripts.labels.teaching import taught_frames
from workflow_scripts.tables.frame_probabilities import read_frame_probabilities
from workflow_scripts.tables.post_processing import read_post_processing


def read_best(post_processing, classes):
    """Return a table indexed by class: ``number`` of the best of the files ``post_processing``, and its ``tag_f1``.

    Where there are no files, there is only one to choose.
    """
    if not post_processing:
        return pd.DataFrame({"number": 0, "tag_f1": np.nan}, classes)
    scores = np.stack([read_post_processing(path, classes)["tag_f1"] for path in post_processing])
    return pd.DataFrame({"number": scores.argmax(axis=0), "tag_f1": scores.max(axis=0)}, classes)


def read_best_frames(best, probabilities, index, fnames):
    """Yield [frames, classes] of each of ``fnames``, from the files ``probabilities`` and ``index`` of all of them."""
    of_all = [read_frame_probabilities(*files, fnames) for files in zip(probabilities, index, strict=True)]
    for fname in fnames:
        yield taught_frames([frames[fname] for frames in of_all], best["number"].to_numpy())
