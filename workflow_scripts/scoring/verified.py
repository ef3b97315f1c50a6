"""What epochs and rounds are chosen by: a model on verified clips that it did not train on."""

import numpy as np

from workflow_scripts.scoring.map_at_3 import map_at_3

LEAST_PROBABILITY = 1e-7  # as in the training loss


def verified_measures(probabilities, labels):
    """Return verified_loss (cross-entropy), verified_map3 and verified_accuracy as floats.

    ``probabilities``: [clips, classes]; ``labels``: class index per clip, of at least one clip.
    """
    of_truth = np.maximum(probabilities[np.arange(len(labels)), labels], LEAST_PROBABILITY)
    return {
        "verified_loss": float(-np.log(of_truth).mean()),
        "verified_map3": map_at_3(probabilities, labels),
        "verified_accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
    }
