"""What tasks have in common in which a clip has any number of labels: a sigmoid for each class."""

import numpy as np

LEAST_PROBABILITY = 1e-7  # Keras clips at it
THRESHOLD = 0.5  # a class of at least this probability is a tag of the clip


def names(label):
    return tuple(name for name in label.split(",") if name)


def targets(labels, classes):
    tags = [set(names(label)) for label in labels]
    return np.array([[label in own for label in classes] for own in tags], np.float32).reshape(len(tags), len(classes))


def strata(targets):
    """Every combination of labels counts as a class of its own."""
    return np.unique(targets, axis=0, return_inverse=True)[1].ravel()


def probabilities(outputs):
    return outputs.sigmoid()


def binary_cross_entropy(probabilities, targets):
    """Return its mean over all clips and classes, a float; both arguments: [clips, classes]."""
    sure = np.clip(np.where(targets > 0, probabilities, 1 - probabilities), LEAST_PROBABILITY, 1)
    return float(-np.log(sure).mean())
