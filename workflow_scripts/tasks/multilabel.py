"""Each clip has any number of labels, as in FSD50K and FSDKaggle2019: a sigmoid for each class.

Systems are compared by lwlrap: unlike the mean average precision it is a ratio of sums over clips, so that the
bootstrap tells how sure it is, and a class with one clip does not weigh as much as one with hundreds.
"""

from workflow_scripts.scoring.average_precision import average_precisions, mean_of_known
from workflow_scripts.scoring.lwlrap import lwlrap
from workflow_scripts.tasks._several_labels import binary_cross_entropy, names, probabilities, strata, targets

__all__ = ["measures", "names", "probabilities", "strata", "targets"]

DEFAULT_LOSS = {"name": "binary_cross_entropy"}
EXCLUSIVE = False
MAIN = "lwlrap"
MEASURES = ["verified_loss", "verified_lwlrap", "verified_map"]
BEST = {
    "loss": ("verified_loss", "lowest"),
    "lwlrap": ("verified_lwlrap", "highest"),
    "map": ("verified_map", "highest"),
}


def measures(probabilities, targets):
    """``verified_loss``: binary cross-entropy; ``verified_lwlrap``; ``verified_map``: over the classes that clips have.

    The latter two are 0 where no clip has any label: an epoch without a score is no better than any other.
    """
    known = bool(targets.any())
    return {
        "verified_loss": binary_cross_entropy(probabilities, targets),
        "verified_lwlrap": lwlrap(probabilities, targets) if known else 0.0,
        "verified_map": mean_of_known(average_precisions(probabilities, targets)) if known else 0.0,
    }
