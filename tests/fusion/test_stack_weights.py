"""Which system a stack trusts for which class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.fusion.stack_weights import weights_by_class

pytestmark = pytest.mark.filterwarnings("error")

SYSTEMS, CLASSES = ["cnn", "rnn"], ["Bark", "Meow"]
FEATURES = np.array([[1.0, 2, 0.5, 3], [-1, -2, -0.5, 3]])  # standard deviations 1, 2, 0.5, 0
COEFFICIENTS = np.array(  # of Bark and Meow
    [
        [2.0, -1],  # cnn's probability of Bark
        [-3.0, 1],  # cnn's of Meow
        [1.0, 0.5],  # rnn's of Bark
        [0.0, -2],  # rnn's of Meow
    ]
)


def rows(coefficients=COEFFICIENTS, features=FEATURES, systems=SYSTEMS, classes=CLASSES):
    return weights_by_class(coefficients, features, systems, classes).set_index(["label", "system"])


def test_one_row_per_class_and_system():
    assert rows().index.tolist() == [("Bark", "cnn"), ("Bark", "rnn"), ("Meow", "cnn"), ("Meow", "rnn")]


def test_the_own_coefficient_is_that_of_the_very_class():
    assert rows()["own_coefficient"].tolist() == [2, 1, 1, -2]


def test_shares_by_hand():
    # Bark: 2 * 1 + 3 * 2 = 8 to 1 * 0.5 + 0 * 0 = 0.5; Meow: 1 * 1 + 1 * 2 = 3 to 0.5 * 0.5 + 2 * 0 = 0.25
    assert rows()["share"].tolist() == pytest.approx([16 / 17, 1 / 17, 12 / 13, 1 / 13])


def test_against_a_class_speaks_the_most_negative_coefficient_of_another():
    table = rows()
    assert table["against"].tolist() == ["Meow", "", "Bark", ""]
    assert table["against_coefficient"].tolist() == [-3, 0, -1, 0], "rnn's -2 is that of the very class"


def test_of_several_others_the_most_negative_one_is_named():
    coefficients = np.array([[-9.0, -1, 4], [-2, 5, -1], [-3, -4, -5]])
    table = rows(coefficients, np.eye(3), ["cnn"], ["Bark", "Meow", "Knock"])
    assert table["own_coefficient"].tolist() == [-9, 5, -5]
    assert table["against"].tolist() == ["Knock", "Knock", "Meow"]
    assert table["against_coefficient"].tolist() == [-3, -4, -1]


def test_a_class_without_clips_has_no_shares():
    """Nothing is fitted to it: its coefficients are 0."""
    table = rows(COEFFICIENTS * [1, 0])
    assert table.loc["Meow", "share"].isna().all()
    assert (table.loc["Meow", ["own_coefficient", "against_coefficient"]] == 0).all(axis=None)
    assert (table.loc["Meow", "against"] == "").all()
    assert table.loc["Bark", "share"].tolist() == pytest.approx([16 / 17, 1 / 17])


def test_a_system_that_says_the_same_of_every_clip_has_no_share():
    table = rows(features=FEATURES * [0, 0, 1, 1] + [0.75, 0.25, 0, 0])
    assert table["share"].tolist() == [0, 1, 0, 1]
    assert table["own_coefficient"].tolist() == [2, 1, 1, -2], "whatever its coefficients"


quarters = st.integers(-8, 8).map(lambda number: number / 4)


@given(arrays(float, (6, 3), elements=quarters), arrays(float, (5, 6), elements=quarters))
def test_the_systems_share_each_class(coefficients, features):
    classes = ["Bark", "Meow", "Knock"]
    table = rows(coefficients, features, SYSTEMS, classes)
    for label in classes:
        share = table.loc[label, "share"]
        assert share.isna().all() or (share.sum() == pytest.approx(1) and (share >= 0).all())
    swapped = rows(coefficients[[3, 4, 5, 0, 1, 2]], features[:, [3, 4, 5, 0, 1, 2]], SYSTEMS[::-1], classes)
    for column in ("own_coefficient", "share", "against_coefficient"):
        np.testing.assert_allclose(swapped[column].loc[table.index], table[column], atol=1e-12)
