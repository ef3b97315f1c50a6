"""Sound events with onset and offset, taught by labels of whole clips, as in DCASE 2018 Task 4.

Of its clips the training sees any number of labels; what becomes an event is the matter of
:mod:`workflow_scripts.detection`.
"""

from workflow_scripts.scoring.tag_f1 import macro_tag_f1
from workflow_scripts.tasks._several_labels import (
    THRESHOLD,
    binary_cross_entropy,
    names,
    probabilities,
    strata,
    targets,
)

__all__ = ["measures", "names", "probabilities", "strata", "targets"]

DEFAULT_LOSS = {"name": "binary_cross_entropy"}
EXCLUSIVE = False
MAIN = "event_f1"
MEASURES = ["verified_loss", "verified_tag_f1"]
BEST = {"loss": ("verified_loss", "lowest"), "tag_f1": ("verified_tag_f1", "highest")}


def measures(probabilities, targets):
    """``verified_loss``: binary cross-entropy; ``verified_tag_f1``: macro F1 of the tags of at least 0.5."""
    return {
        "verified_loss": binary_cross_entropy(probabilities, targets),
        "verified_tag_f1": macro_tag_f1(probabilities >= THRESHOLD, targets > 0),
    }
