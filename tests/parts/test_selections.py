"""Which clips are kept by their losses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from workflow_scripts.parts.selections import loss_mixture, percentile

LOSSES = st.lists(st.floats(0, 20), min_size=2, max_size=30).map(np.array)


def test_the_percentile_by_hand():
    """Of the losses 0, 1 ... 100 the 97th is 97, which is kept itself."""
    losses = np.random.default_rng(0).permutation(np.arange(101.0))
    kept, clean = percentile.select(losses, seed=0)
    assert sorted(losses[~kept]) == [98, 99, 100]
    assert np.isnan(clean).all()
    assert sorted(losses[~percentile.select(losses, 0, at=98.5)[0]]) == [99, 100], "98.5 lies between two losses"
    assert percentile.select(losses, 0, at=100)[0].all()


@given(LOSSES, st.floats(0, 100))
def test_the_percentile_prunes_its_share_and_nothing_of_a_smaller_loss(losses, at):
    kept, _ = percentile.select(losses, 0, at)
    assert kept[losses.argmin()]
    assert (~kept).sum() <= np.ceil((1 - at / 100) * (len(losses) - 1))
    assert not kept.all() or losses[kept].max() <= np.percentile(losses, at)
    assert losses[~kept].min(initial=np.inf) > losses[kept].max()


def spike():
    """60 losses of 0, one of 0.02, and 39 from 0.3 to 1."""
    return np.array([0.0] * 60 + [0.02] + list(np.linspace(0.3, 1, 39)))


def test_a_loss_just_above_many_of_zero_is_a_small_one():
    """By hand: 0.02 is 0.9 deviations of sqrt(5e-4) from the mean 0 of the one, 3.1 of 0.205 from 0.65 of the other.

    So the latter's part is 0.39 / 0.205 * exp(-3.1^2 / 2), or 0.016, beside 0.61 / 0.0224 * exp(-0.9^2 / 2), or 18.
    """
    kept, clean = loss_mixture.select(spike(), seed=0)
    assert 1 - clean[60] == pytest.approx(0.016 / 18, rel=0.3)
    assert kept.tolist() == [True] * 61 + [False] * 39


def test_with_the_usual_floor_of_the_variances_it_would_be_a_large_one():
    """The control: 0.02 is 20 deviations of sqrt(1e-6) from the spike."""
    losses = spike()[:, np.newaxis]
    mixture = GaussianMixture(2, random_state=0).fit(losses)
    assert mixture.predict_proba(losses)[60, mixture.means_.argmax()] > 0.99


def test_two_groups_are_told_apart_whatever_their_scale():
    rng = np.random.default_rng(0)
    losses = np.concatenate([rng.normal(0.5, 0.1, 70), rng.normal(2.5, 0.3, 30)])
    kept, clean = loss_mixture.select(losses, seed=1)
    assert kept.tolist() == [True] * 70 + [False] * 30
    np.testing.assert_allclose(loss_mixture.select(7 + 100 * losses, seed=1)[1], clean, atol=1e-6)
    assert (loss_mixture.select(losses, 1, clean_above=clean[0])[0] == (clean > clean[0])).all()


@given(st.floats(0, 20), st.integers(1, 5))
def test_losses_that_are_all_the_same_tell_nothing(loss, count):
    kept, clean = loss_mixture.select(np.full(count, loss), seed=0)
    assert kept.all() and (clean == 1).all()


@given(LOSSES, st.integers(0, 2**63 - 1))
def test_any_losses_and_any_seed_give_probabilities(losses, seed):
    kept, clean = loss_mixture.select(losses, seed)
    assert ((clean >= 0) & (clean <= 1)).all()
    assert (kept == (clean > 0.5)).all()
