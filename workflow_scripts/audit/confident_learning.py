"""A second opinion on given labels: confident learning (Northcutt et al. 2021), by cleanlab."""

import numpy as np
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues
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
