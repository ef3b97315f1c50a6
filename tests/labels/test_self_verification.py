"""The acceptance rule of Dorfer & Widmer, each condition alone, by hand-made cases."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.labels.self_verification import accept, accept_over_rounds

OFF = {"agreement": False, "threshold": None, "cap": None}
P = np.array(
    [
        [0.97, 0.02, 0.01],  # clip 0, label 0: agrees, above 0.95
        [0.90, 0.05, 0.05],  # clip 1, label 0: agrees, below
        [0.02, 0.97, 0.01],  # clip 2, label 0: sure of another class
        [0.01, 0.96, 0.03],  # clip 3, label 1: agrees, above
        [0.01, 0.99, 0.00],  # clip 4, label 1: agrees, above
    ]
)
LABELS = np.array([0, 0, 0, 1, 1])


def accepted(**conditions):
    return np.flatnonzero(accept(P, LABELS, **(OFF | conditions))).tolist()


def test_without_conditions_every_clip_is_accepted():
    assert accepted() == [0, 1, 2, 3, 4]


def test_agreement_alone():
    assert accepted(agreement=True) == [0, 1, 3, 4]


def test_threshold_alone_is_exceeded_not_met():
    assert accepted(threshold=0.95) == [0, 3, 4]
    assert accepted(threshold=0.97) == [4]


def test_cap_alone_takes_the_most_probable_of_each_class():
    assert accepted(cap=1) == [0, 4]
    assert accepted(cap=2) == [0, 1, 3, 4]


def test_the_papers_rule():
    assert np.flatnonzero(accept(P, LABELS)).tolist() == [0, 3, 4]


def test_equal_probabilities_go_to_the_earlier_clip():
    p = np.full((3, 2), 0.5)
    assert accept(p, np.zeros(3, int), **(OFF | {"cap": 2})).tolist() == [True, True, False]


def test_what_was_accepted_before_stays_and_counts_towards_the_cap():
    before = np.array([0, 1, 0, 0, 0], bool)
    kept = accept(P, LABELS, **(OFF | {"agreement": True, "cap": 1}), before=before)
    assert np.flatnonzero(kept).tolist() == [1, 4], "clip 0 is surer, but class 0 is full"
    kept = accept(P, LABELS, **(OFF | {"agreement": True, "cap": 2}), before=before)
    assert np.flatnonzero(kept).tolist() == [0, 1, 3, 4]


def test_over_rounds_a_later_one_adds_to_the_ones_before():
    later = P[[1, 0, 2, 4, 3]]  # now clip 1 is surer than clip 0, and clip 3 surer than clip 4
    conditions = OFF | {"agreement": True, "threshold": 0.95, "cap": 1}
    assert np.flatnonzero(accept_over_rounds([later], LABELS, **conditions)).tolist() == [1, 3]
    assert np.flatnonzero(accept_over_rounds([P, later], LABELS, **conditions)).tolist() == [0, 4]
    without_cap = accept_over_rounds([P, later], LABELS, **(conditions | {"cap": None}))
    assert np.flatnonzero(without_cap).tolist() == [0, 1, 3, 4]


@st.composite
def judged_clips(draw):
    clips, classes = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return (
        rng.dirichlet(np.full(classes, 0.2), clips),
        rng.integers(0, classes, clips),
    )


@given(judged_clips(), st.floats(0, 1), st.integers(1, 5))
def test_conditions_only_ever_take_clips_away(case, threshold, cap):
    p, labels = case
    strict = accept(p, labels, threshold, cap)
    assert np.bincount(labels[strict], minlength=1).max(initial=0) <= cap
    for looser in ({"agreement": False, "cap": None}, {"threshold": None, "cap": None}, {"cap": None}):
        wider = accept(p, labels, **({"threshold": threshold, "cap": cap} | looser))
        assert not (strict & ~wider).any()


@given(judged_clips(), st.integers(1, 5), st.integers(1, 4))
def test_accumulating_never_loses_a_clip_and_never_exceeds_the_cap(case, cap, rounds):
    (p, labels), rng = case, np.random.default_rng(rounds)
    judged = [p, *(rng.dirichlet(np.full(p.shape[1], 0.2), len(labels)) for _ in range(rounds))]
    kept = [accept_over_rounds(judged[: i + 1], labels, threshold=0.5, cap=cap) for i in range(len(judged))]
    for earlier, later in itertools.pairwise(kept):
        assert not (earlier & ~later).any()
        assert np.bincount(labels[later], minlength=1).max(initial=0) <= cap


@given(judged_clips())
def test_the_order_of_the_clips_does_not_matter(case):
    p, labels = case
    order = np.random.default_rng(0).permutation(len(labels))
    assert (accept(p, labels)[order] == accept(p[order], labels[order])).all()
