"""Clips with any number of labels: targets and measures."""

import numpy as np
import pytest

from workflow_scripts.tasks import detection, multilabel

CLASSES = ["Cat", "Dog", "Fox"]


def test_targets_are_ones_where_a_clip_has_the_label():
    found = multilabel.targets(["Dog,Cat", "", "Fox"], CLASSES)
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert multilabel.targets([], CLASSES).shape == (0, 3)


def test_every_combination_of_labels_is_a_stratum():
    strata = multilabel.strata(multilabel.targets(["Dog", "Cat", "Cat,Dog", "Dog", ""], CLASSES))
    assert strata[0] == strata[3]
    assert len(set(strata.tolist())) == 4


def test_measures_by_hand():
    probabilities = np.array([[0.5, 0.2, 0.0], [0.4, 0.8, 0.0]])
    measures = detection.measures(probabilities, detection.targets(["Cat", "Cat,Dog"], CLASSES))
    assert list(measures) == detection.MEASURES
    assert measures["verified_tag_f1"] == pytest.approx((2 / 3 + 1 + 0) / 3), "0.5 counts; a class nobody has counts 0"
    expected = -np.mean(np.log([0.5, 0.8, 1, 0.4, 0.8, 1]))
    assert measures["verified_loss"] == pytest.approx(expected)
