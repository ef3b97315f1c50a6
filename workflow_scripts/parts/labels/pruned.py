"""Given labels but for those that the model of the stage before, which has learned them, finds improbable: pruning.

Networks learn what is common before they learn labels that are wrong by heart, so that after some epochs these have the
largest losses (Fonseca et al., WASPAA 2019; Li et al. 2020).
"""

from workflow_scripts.tables.pruned import read_pruned
from workflow_scripts.tables.tables import rows_of


def apply(lesson, files, by, loss, among="unverified"):
    """Clips that were pruned take no part.

    Which these are, rule prune_clips has decided, fold by fold: the losses are ``loss``, a part of parts/losses/, of
    each of a clip's windows, and their mean; ``by``, a part of parts/selections/, selects by these. ``among``: which
    clips can be pruned: ``unverified``, as a person's word counts for more than a loss, and verified clips with large
    losses are those that are hard, but right; or ``all`` (in the paper, all are unverified).
    """
    judged = lesson.clips.index[lesson.doubtful] if among == "unverified" else lesson.clips.index
    pruned = rows_of(read_pruned(files[0]), judged, files[0]).query("pruned == 1")
    return lesson.replaced(weights=lesson.weights * ~lesson.clips.index.isin(pruned.index))
