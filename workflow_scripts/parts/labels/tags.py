"""What teachers say of clips that have no labels, as yes or no for each class: pseudo-labels (Serizel et al. 2018)."""

from workflow_scripts.parts.labels import clip_probabilities

OF_UNLABELLED = True


def apply(lesson, files, teachers=None):
    """The same as of probabilities: rule make_tags has decided, by the threshold of each class with the best F1."""
    return clip_probabilities.apply(lesson, files, teachers)
