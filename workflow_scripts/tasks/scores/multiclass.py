"""Each clip has one label: MAP@3 and accuracy, and sed_eval's measures of the most probable class."""

from workflow_scripts.scoring import calibration
from workflow_scripts.scoring import class_scores as by_class
from workflow_scripts.scoring import confusion as by_pair
from workflow_scripts.scoring.audio_tagging import audio_tagging_measures
from workflow_scripts.scoring.estimates import Mean
from workflow_scripts.scoring.map_at_3 import reciprocal_rank, top_classes


def estimates(probabilities, truth):
    labels = truth.argmax(axis=1)
    return {
        "map3": Mean(reciprocal_rank(probabilities, labels)),
        "accuracy": Mean((top_classes(probabilities, k=1)[:, 0] == labels).astype(float)),
    }


def others(probabilities, truth, of_classes, bins):
    measures = audio_tagging_measures(probabilities, truth.argmax(axis=1))
    return measures | {"expected_calibration_error": calibration.expected_calibration_error(bins)}


def class_scores(probabilities, truth):
    return by_class.class_scores(probabilities, truth.argmax(axis=1))


def confusion(probabilities, truth):
    return by_pair.confusion(probabilities, truth.argmax(axis=1))


def reliability(probabilities, truth):
    return calibration.reliability(probabilities, truth.argmax(axis=1))
