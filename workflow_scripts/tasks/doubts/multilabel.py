"""Each clip has any number of labels: the presence of each given one and the absence of every other class is doubted.

A clip's suspicion is that of its worst decision: how much more probable the contrary of what is given is.
"""

import numpy as np

from workflow_scripts.audit import confident_learning
from workflow_scripts.audit.wrong_odds import LEAST_PROBABILITY

MEANING = (
    "the least probable of its labels is wrong, or the most probable class beside them is missing, whichever is worse"
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


def log_odds(probabilities, truth, doubtful):
    """Of the worst decision, whatever others are like: nothing is learned from how labels go wrong."""
    contrary = np.clip((1 + doubts(probabilities, truth)[0]) / 2, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.log(contrary / (1 - contrary))


def second_opinion(probabilities, truth):
    return confident_learning.second_opinion_of_sets(probabilities, truth)


def corrected(row):
    given = [label for label in row["given_label"].split(",") if label]
    if row["doubt"] == "presence":
        return ",".join(label for label in given if label != row["doubted_label"]), f"Remove {row['doubted_label']}"
    return ",".join([*given, row["suggested_label"]]), f"Add {row['suggested_label']}"
