"""A second opinion on given labels: confident learning (Northcutt et al. 2021), by cleanlab."""

import numpy as np
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.multilabel_classification import filter as of_sets
from cleanlab.multilabel_classification import rank as ranking_of_sets
from cleanlab.rank import get_label_quality_scores

TOLERANCE = 1e-6  # cleanlab's, where it compares with thresholds


def second_opinion(probabilities, labels):
    """Return (quality, issue, suggested), three arrays [clips], or None where fewer than two classes are given.

    ``probabilities``: [clips, classes], rows that sum to one; ``labels``: given class index per clip.

    - quality: cleanlab's label quality score, 0..1, the lower the worse;
    - issue: bool, whether ``find_label_issues`` flags the label;
    - suggested: class index, the most probable of the classes that the clip confidently belongs to: those whose
      probability reaches its mean over the clips given that label. -1 where there is none, or it is the given label.
    """
    if len(np.unique(labels)) < 2:
        return None
    quality = get_label_quality_scores(labels, probabilities)
    issue = find_label_issues(labels, probabilities, n_jobs=1)
    confident = probabilities >= get_confident_thresholds(labels, probabilities) - TOLERANCE
    suggested = np.where(confident, probabilities, -1).argmax(axis=1)
    return quality, issue, np.where(confident.any(axis=1) & (suggested != labels), suggested, -1)


def second_opinion_of_sets(probabilities, truth):
    """Return the same where a clip may have any number of classes; None where no class is there to be told.

    ``probabilities``: [clips, classes], in 0..1; ``truth``: the same, above 0 where the clip has the class. quality and
    issue are of all its decisions together; suggested is always -1: cleanlab names no class. Classes that no clip has,
    or all have, take no part: there is nothing to learn of them.
    """
    has = np.asarray(truth) > 0
    told = has.any(axis=0) & ~has.all(axis=0)
    if not told.any():
        return None
    labels = [np.flatnonzero(own).tolist() for own in has[:, told]]
    quality = ranking_of_sets.get_label_quality_scores(labels, probabilities[:, told])
    issue = of_sets.find_label_issues(labels, probabilities[:, told], n_jobs=1)
    return quality, issue, np.full(len(labels), -1)
