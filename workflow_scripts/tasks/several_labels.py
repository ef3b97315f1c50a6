"""Each clip has any number of labels, as in DCASE 2018 Task 4: a sigmoid and binary cross-entropy for each class."""

import numpy as np
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from workflow_scripts.scoring.tag_f1 import macro_tag_f1

LEAST_PROBABILITY = 1e-7  # Keras clips at it
THRESHOLD = 0.5
MEASURES = ["verified_loss", "verified_tag_f1"]
BEST = {"loss": ("verified_loss", "lowest"), "tag_f1": ("verified_tag_f1", "highest")}


def targets(labels, classes):
    tags = [set(label.split(",")) - {""} for label in labels]
    return np.array([[label in own for label in classes] for own in tags], np.float32).reshape(len(tags), len(classes))


def strata(targets):
    """Every combination of labels counts as a class of its own."""
    return np.unique(targets, axis=0, return_inverse=True)[1].ravel()


def probabilities(outputs):
    return outputs.sigmoid()


def losses(outputs, targets):
    """Binary cross-entropy, the mean over classes, and over frames if there are any.

    ``outputs``: logits of clips [batch, classes], or of frames [batch, frames, classes]. ``targets``: of the same
    shape; or of clips where ``outputs`` are of frames: then a clip's probability is the mean of its frames', which is
    taken after the sigmoid (Serizel et al. 2018).
    """
    outputs = outputs.float()
    if outputs.dim() > targets.dim():
        clips = probabilities(outputs).mean(dim=1).clamp(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        losses = binary_cross_entropy(clips, targets, reduction="none")
    else:
        losses = binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    return losses.flatten(1).mean(dim=1)


def measures(probabilities, targets):
    """``verified_loss``: binary cross-entropy; ``verified_tag_f1``: macro F1 of the tags of at least 0.5."""
    sure = np.clip(np.where(targets > 0, probabilities, 1 - probabilities), LEAST_PROBABILITY, 1)
    return {
        "verified_loss": float(-np.log(sure).mean()),
        "verified_tag_f1": macro_tag_f1(probabilities >= THRESHOLD, targets > 0),
    }
