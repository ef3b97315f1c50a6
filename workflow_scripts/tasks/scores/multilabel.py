"""Each clip has any number of labels: lwlrap, mAP, d-prime, and F1 of the classes of at least 0.5.

A class that no clip has is left out of all means over classes (mAP, macro F1, area under the ROC curve), and one that
all clips have of the last, too; in lwlrap and micro F1, which are over clips, it counts where clips are tagged with it.
"""

import numpy as np

from workflow_scripts.scoring.average_precision import areas_under_roc, average_precisions, d_prime, mean_of_known
from workflow_scripts.scoring.calibration import expected_calibration_error, reliability_of_decisions
from workflow_scripts.scoring.confusion import confusion_of_sets
from workflow_scripts.scoring.estimates import Ratio
from workflow_scripts.scoring.lwlrap import label_precisions
from workflow_scripts.scoring.shares import shares

THRESHOLD = 0.5  # a class of at least this probability is a tag of the clip

confusion, reliability = confusion_of_sets, reliability_of_decisions


def estimates(probabilities, truth):
    has, tagged = truth > 0, probabilities >= THRESHOLD
    return {
        "lwlrap": Ratio(label_precisions(probabilities, truth).sum(axis=1), has.sum(axis=1)),
        "micro_f1": Ratio(2 * (has & tagged).sum(axis=1), has.sum(axis=1) + tagged.sum(axis=1)),
    }


def others(probabilities, truth, of_classes, bins):
    area = mean_of_known(of_classes["auc"])
    return {
        "map": mean_of_known(of_classes["ap"]),
        "auc": area,
        "d_prime": d_prime(area),
        "auc_classes": int(np.isfinite(of_classes["auc"]).sum()),
        "macro_f1": mean_of_known(of_classes["f1"][of_classes["clips"] > 0]),
        "expected_calibration_error": expected_calibration_error(bins),
    }


def class_scores(probabilities, truth):
    has, tagged = truth > 0, probabilities >= THRESHOLD
    found, clips, tags = (has & tagged).sum(axis=0), has.sum(axis=0), tagged.sum(axis=0)
    return {
        "clips": clips,
        "f1": shares(2 * found, clips + tags),
        "precision": shares(found, tags),
        "recall": shares(found, clips),
        "ap": average_precisions(probabilities, truth),
        "auc": areas_under_roc(probabilities, truth),
    }
