"""Each clip has exactly one label, as in DCASE 2018 Task 2: softmax and cross-entropy."""

import math

import numpy as np

from workflow_scripts.scoring.verified import verified_measures

LEAST_LOG_PROBABILITY = math.log(1e-7)  # Lasagne and Keras clip probabilities at 1e-7
MEASURES = ["verified_loss", "verified_map3", "verified_accuracy"]
BEST = {
    "loss": ("verified_loss", "lowest"),
    "map3": ("verified_map3", "highest"),
    "accuracy": ("verified_accuracy", "highest"),
}


def targets(labels, classes):
    return np.eye(len(classes), dtype=np.float32)[[classes.index(label) for label in labels]]


def strata(targets):
    return targets.argmax(axis=1)


def probabilities(outputs):
    return outputs.softmax(dim=1)


def losses(outputs, targets):
    """Cross-entropy with soft targets [batch, classes], each summing to one."""
    log_probabilities = outputs.float().log_softmax(dim=1).clamp(min=LEAST_LOG_PROBABILITY)
    return -(targets * log_probabilities).sum(dim=1)


def measures(probabilities, targets):
    return verified_measures(probabilities, targets.argmax(axis=1))
