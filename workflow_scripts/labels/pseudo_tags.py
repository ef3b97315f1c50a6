"""From which probability on a clip without labels gets a tag (Serizel et al. 2018)."""

import numpy as np

from workflow_scripts.scoring.tag_f1 import tag_f1


def best_thresholds(probabilities, tags, thresholds):
    """Return the threshold of each class with which its tags have the best F1, the first named of equals.

    ``probabilities``: [clips, classes]; ``tags``: boolean of the same shape.
    """
    scores = np.stack([tag_f1(probabilities >= threshold, tags) for threshold in thresholds])
    return np.asarray(thresholds)[scores.argmax(axis=0)]
