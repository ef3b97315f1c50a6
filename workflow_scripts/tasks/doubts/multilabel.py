"""Each clip has any number of labels: the presence of each given one and the absence of every other class is doubted.

A clip's suspicion is that of its worst decision: how much more probable the contrary of what is given is.
"""

import numpy as np

from workflow_scripts.audit import confident_learning

MEANING = (
    "how sure the ensemble {ensemble} is, by models that have not learned from the clip, that the "
    "least probable of its\n"
    "labels is wrong, or that the most probable class beside them is missing, whichever is worse."
)


def comparable(probabilities):
    return np.array(probabilities, float)


def doubts(probabilities, truth):
    """``doubt`` says whether the doubted label is the worst (``presence``) or the suggested class (``absence``)."""
    has = truth > 0
    doubted, suggested = np.where(has, probabilities, 2).argmin(axis=1), np.where(has, -1, probabilities).argmax(axis=1)
    clips = np.arange(len(has))
    wrong = np.where(has.any(axis=1), 1 - 2 * probabilities[clips, doubted], -np.inf)
    missing = np.where(has.all(axis=1), -np.inf, 2 * probabilities[clips, suggested] - 1)
    doubted, suggested = np.where(has.any(axis=1), doubted, -1), np.where(has.all(axis=1), -1, suggested)
    doubt = np.where(wrong >= missing, "presence", "absence")
    return np.maximum(wrong, missing), doubted, suggested, {"doubt": doubt}


def second_opinion(probabilities, truth):
    return confident_learning.second_opinion_of_sets(probabilities, truth)


def corrected(row):
    given = [label for label in row["given_label"].split(",") if label]
    if row["doubt"] == "presence":
        return ",".join(label for label in given if label != row["doubted_label"]), f"Remove {row['doubted_label']}"
    return ",".join([*given, row["suggested_label"]]), f"Add {row['suggested_label']}"
