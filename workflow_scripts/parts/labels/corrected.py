"""Unverified labels as an ensemble's out-of-fold predictions correct them: relabelling (Iqbal et al. 2018)."""

import numpy as np

from workflow_scripts.tables.corrected_labels import with_corrected_labels


def apply(lesson, files, relabel_above, promote_above, promoted_weight):
    """Relabelled clips learn their new label; promoted ones count as verified, with the weight ``promoted_weight``.

    Which these are, rule correct_labels has decided: another class above ``relabel_above`` replaces the given label; a
    given label above ``promote_above`` is promoted (None: never).
    """
    clips = with_corrected_labels(lesson.clips, files[0])
    promoted = clips["promoted"].to_numpy()
    weights = np.where(promoted, promoted_weight, lesson.weights)
    return lesson.relabelled(clips).replaced(weights=weights, doubtful=lesson.doubtful & ~promoted)
