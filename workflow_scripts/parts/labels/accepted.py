"""Given labels that the networks of the stage before confirm: self-verification (Dorfer & Widmer 2018)."""

import numpy as np

from workflow_scripts.tables.accepted import read_accepted
from workflow_scripts.tables.tables import rows_of


def apply(lesson, files, crops, agreement, threshold, cap, accumulate=False):
    """Unverified clips whose label is accepted count as verified, the others take no part.

    Which these are, rule accept_labels has decided: ``agreement``: the most probable class is the given label;
    ``threshold``: its probability is above this (None: any); ``cap``: at most so many of a class, over all folds (None:
    all); ``accumulate``: what earlier stages accepted stays. ``crops``: over how many draws of training windows of a
    clip the verdict is the mean.
    """
    weights, doubtful = lesson.weights.copy(), lesson.doubtful.copy()
    verdicts = rows_of(read_accepted(files[0]), lesson.clips.index[doubtful], files[0], subset=True)
    weights[doubtful] = verdicts["accepted"]
    doubtful[doubtful] = np.asarray(verdicts["accepted"] == 0)
    return lesson.replaced(weights=weights, doubtful=doubtful)
