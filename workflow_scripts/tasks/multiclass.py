"""Each clip has exactly one label, as in DCASE 2018 Task 2: softmax."""

import numpy as np

from workflow_scripts.scoring.balanced_accuracy import balanced_accuracy
from workflow_scripts.scoring.verified import verified_measures

DEFAULT_LOSS = {"name": "cross_entropy"}
EXCLUSIVE = True
MAIN = "map3"
MEASURES = ["verified_loss", "verified_map3", "verified_accuracy", "verified_balanced_accuracy"]
BEST = {
    "loss": ("verified_loss", "lowest"),
    "map3": ("verified_map3", "highest"),
    "accuracy": ("verified_accuracy", "highest"),
    "balanced_accuracy": ("verified_balanced_accuracy", "highest"),
}


def names(label):
    return (label,)


def targets(labels, classes):
    return np.eye(len(classes), dtype=np.float32)[[classes.index(label) for label in labels]]


def strata(targets):
    return targets.argmax(axis=1)


def probabilities(outputs):
    return outputs.softmax(dim=1)


def measures(probabilities, targets):
    labels = targets.argmax(axis=1)
    balanced = balanced_accuracy(probabilities.argmax(axis=1), labels)
    return verified_measures(probabilities, labels) | {"verified_balanced_accuracy": balanced}
