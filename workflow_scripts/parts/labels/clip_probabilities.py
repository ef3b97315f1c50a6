"""What teachers say of clips that have no labels: knowledge distillation (Koutini et al. 2018)."""

from workflow_scripts.tables.clips import is_labelled
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.tables import rows_of

OF_UNLABELLED = True


def apply(lesson, files, teachers=None):
    """Unlabelled clips learn the probabilities in the prediction table of rule make_tags, labelled ones their labels.

    ``teachers``: systems, of which the best one for a class, on the clips that validate, teaches it in the stage
    before; None for the system itself.
    """
    unlabelled = ~is_labelled(lesson.clips).to_numpy()
    targets = lesson.targets.copy()
    said = rows_of(read_predictions(files[0]), lesson.clips.index[unlabelled], files[0], subset=True)
    targets[unlabelled] = said[lesson.classes]
    return lesson.replaced(targets=targets)
