"""The given labels, known to be noisy in the way of a transition matrix: forward correction (Patrini et al. 2017)."""

from workflow_scripts.tables.transition import read_transition


def apply(lesson, files):
    """Labels stay as they are, and those of unverified clips are compared with what the matrix makes of a prediction.

    Rule estimate_transition has estimated it: how the networks of the stage before, which have learned from unverified
    clips, label the verified ones.
    """
    return lesson.replaced(transition=read_transition(files[0], lesson.classes))
