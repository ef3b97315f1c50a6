"""One label a clip: what epochs are chosen by."""

import numpy as np
import pytest

from workflow_scripts.tasks import multiclass


def test_measures_by_hand():
    probabilities = np.array([[0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.9, 0.1]])
    measures = multiclass.measures(probabilities, np.eye(2)[[0, 0, 0, 1]])
    assert list(measures) == multiclass.MEASURES
    assert measures["verified_accuracy"] == 0.5
    assert measures["verified_balanced_accuracy"] == pytest.approx((2 / 3 + 0) / 2)
    assert {name for name, _ in multiclass.BEST.values()} == set(multiclass.MEASURES)
