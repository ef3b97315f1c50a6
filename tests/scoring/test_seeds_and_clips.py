"""Intervals of means over seeds and clips: how often they enclose the true value, and single ones by hand.

The simulation draws scores of the kind that networks get. Every clip is hard or easy, to some degree for all policies
alike; a seed makes a training better or worse on all clips, and luckier or not on each. Their sum says whether the true
class comes first, second, third or later, so scores are reciprocal ranks or, of the first only, rights and wrongs. It
is normal, and the true value, over all seeds and clips, follows from that in closed form.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from workflow_scripts.scoring.seeds_and_clips import interval, paired_interval

# The score of a clip gains each of these where the sum exceeds the cut of the first rank by so much.
GAINS = {"map3": {-0.65: 1 / 3, -0.4: 1 / 6, 0: 1 / 2}, "accuracy": {0: 1}}
# Shares of the variance that is not the seeds': of all policies' clips, one policy's clips, single clips of a seed.
SHARED, OWN, SINGLE = 0.64, 0.16, 0.2
SCORES_AT_ONCE = 2_000_000


class Policy:
    """A population of trainings with a known ``accuracy`` and spread of seeds.

    ``spread``: the standard deviation of accuracy from seed to seed (where it is small against the range of 0..1), in
    units of the standard error that ``clips`` clips give the accuracy of one training.
    """

    def __init__(self, accuracy, spread, clips):
        steepness = norm.pdf(ndtri(accuracy))
        self.seeds = float(spread * np.sqrt(accuracy * (1 - accuracy) / clips) / steepness)
        self.cut = float(-ndtri(accuracy) * np.hypot(1, self.seeds))

    def true(self, metric):
        deviation = np.hypot(1, self.seeds)
        return sum(gain * ndtr(-(self.cut + place) / deviation) for place, gain in GAINS[metric].items())

    def sums(self, shared, seeds, random):
        """Return [comparisons, seeds, clips]; ``shared``: what the policies have in common, [comparisons, 1, clips]."""
        comparisons, _, clips = shared.shape
        own, single = normal(random, comparisons, 1, clips), normal(random, comparisons, seeds, clips)
        of_seeds = self.seeds * normal(random, comparisons, seeds, 1)
        return SHARED**0.5 * shared + OWN**0.5 * own + SINGLE**0.5 * single + of_seeds

    def scores(self, sums, metric):
        return sum(np.float32(gain) * (sums > self.cut + place) for place, gain in GAINS[metric].items())


def normal(random, *shape):
    return random.standard_normal(shape, dtype=np.float32)


def coverage(policies, seeds, clips, comparisons, random):
    """Return (metric, of what) -> share of comparisons of two policies whose interval encloses the true value."""
    enclosed = dict.fromkeys(itertools.product(GAINS, ("value", "difference")), 0)
    at_once = max(SCORES_AT_ONCE // (seeds * clips), 1)
    for start in range(0, comparisons, at_once):
        shared = normal(random, min(at_once, comparisons - start), 1, clips)
        sums = [policy.sums(shared, seeds, random) for policy in policies]
        for metric in GAINS:
            one, other = (policy.scores(of, metric) for policy, of in zip(policies, sums, strict=True))
            true, true_other = (policy.true(metric) for policy in policies)
            enclosed[metric, "value"] += count(interval(one), true)
            enclosed[metric, "difference"] += count(paired_interval(one, other), true - true_other)
    return {key: number / comparisons for key, number in enclosed.items()}


def count(bounds, true):
    low, high = bounds
    return ((low <= true) & (true <= high)).sum()


# ------------------------------------------------------------------ the coverage


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("spread", [0, 1, 3])
def test_95_percent_intervals_enclose_the_true_value_in_93_to_97_percent(seeds, spread):
    policies = [Policy(0.75, spread, clips=100), Policy(0.8, spread, clips=100)]
    found = coverage(policies, seeds, 100, 20_000 // seeds, np.random.default_rng(2018))
    assert all(0.93 <= share <= 0.97 for share in found.values()), found


@pytest.mark.nightly
@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize(
    ("clips", "spreads"),
    [
        *itertools.product([100], [(0, 0), (0.5, 0.5), (1, 1), (2, 2), (0, 2), (2, 0.5)]),
        *itertools.product([400], [(0, 0), (0.5, 0.5), (1, 1), (2, 2), (4, 4), (0, 3), (4, 1)]),
        *itertools.product([1600], [(0, 0), (1, 1), (4, 4), (4, 1)]),
    ],
)
@pytest.mark.parametrize("accuracies", [(0.6, 0.65), (0.9, 0.9)])
def test_so_they_do_whatever_the_spread_of_seeds_and_the_number_of_clips(accuracies, clips, spreads, seeds):
    policies = [Policy(*of_policy, clips) for of_policy in zip(accuracies, spreads, strict=True)]
    found = coverage(policies, seeds, clips, 2000, np.random.default_rng(2018))
    # 93 and 97 %, less and more two standard errors of 2,000 comparisons: of 400 shares some are off by as much
    assert all(0.919 <= share <= 0.978 for share in found.values()), found


# ------------------------------------------------------------------ by hand


def test_of_one_seed_it_is_students_t_over_clips_on_the_logit():
    # mean 3/4, variance 1/4, standard error 1/4; t of 3 degrees 3.1824; logit 1.0986 -+ 3.1824 / 4 / (3/4 * 1/4)
    assert interval(np.array([[1, 1, 1, 0]])) == pytest.approx((0.04131, 0.99524), abs=1e-5)


def test_without_a_difference_between_clips_it_is_students_t_over_seeds_on_the_logit():
    scores = np.repeat([[0.4], [0.5], [0.6]], 100, axis=1)
    # standard error 0.1 / sqrt(3); t of 2 degrees 4.3027: logit 0 -+ 0.99366
    assert interval(scores) == pytest.approx((0.27019, 0.72981), abs=1e-5)
    # Welch's t of 4 degrees 2.7764: 0.5 -+ 0.15502 of each, of the difference sqrt(2) times that
    assert paired_interval(scores, scores) == pytest.approx((-0.21923, 0.21923), abs=1e-5)


def test_variances_of_seeds_and_clips_add_up_and_the_seeds_have_few_degrees_of_freedom():
    of_seeds, of_clips = np.array([[-0.1], [0], [0.1]]), np.tile([-0.2, 0.2], 8)
    # 0.01 / 3 and 0.04 * 16 / 15 / 16 of 0.006: shares 5/9 and 4/9; 1 / f = (5/9)^(9/8) / 2 + (4/9) / 15, f = 3.4755;
    # t 2.9498; logit 0 -+ 2.9498 * sqrt(0.006) / (1/4)
    assert interval(0.5 + of_seeds + of_clips) == pytest.approx((0.28619, 0.71381), abs=1e-5)


def test_a_difference_of_one_seed_is_of_the_same_clips():
    values, others = np.array([[1, 1, 0, 0]]), np.array([[0, 0, 1, 1]])
    assert paired_interval(values, values) == pytest.approx((0, 0))
    low, high = paired_interval(values, others)
    # standard error 1 / sqrt(12): logit 0 -+ 3.1824 / sqrt(12) / (1/4), 0.5 -+ 0.47527 of each, and what one wins the
    # other loses
    assert (low, high) == pytest.approx((-0.95054, 0.95054), abs=1e-5)


scores = st.integers(1, 4).flatmap(
    lambda seeds: st.lists(
        st.lists(st.sampled_from([0, 1 / 3, 1 / 2, 1]), min_size=6, max_size=6), min_size=seeds, max_size=seeds
    )
)


@given(scores, scores, st.permutations(range(6)))
def test_neither_order_nor_sides_matter(values, others, order):
    values, others = np.array(values, float), np.array(others, float)
    low, high = interval(values)
    same = {"abs": 1e-9, "nan_ok": True}
    assert interval(values[::-1, order]) == pytest.approx((low, high), **same)
    assert interval(1 - values) == pytest.approx((1 - high, 1 - low), **same)
    low, high = paired_interval(values, others)
    assert paired_interval(values[::-1, order], others[:, order]) == pytest.approx((low, high), **same)
    assert paired_interval(others, values) == pytest.approx((-high, -low), **same)
    assert paired_interval(1 - values, 1 - others) == pytest.approx((-high, -low), **same)


@given(scores, scores)
def test_bounds_enclose_the_value_and_are_possible(values, others):
    values, others = np.array(values, float), np.array(others, float)
    for (low, high), value, least in (
        (interval(values), values.mean(), 0),
        (paired_interval(values, others), values.mean() - others.mean(), -1),
    ):
        assert np.isnan([low, high]).all() or (least <= low <= value + 1e-9 and value - 1e-9 <= high <= 1)


def test_many_comparisons_at_once_are_each_by_itself():
    random = np.random.default_rng(1)
    values, others = random.integers(2, size=(2, 5, 3, 20)).astype(float)
    low, high = paired_interval(values, others)
    singly = [paired_interval(*pair) for pair in zip(values, others, strict=True)]
    assert singly == [pytest.approx(pair) for pair in zip(low, high, strict=True)]


def test_seeds_that_tie_by_chance_are_not_sure_of_it():
    values = np.array([[1.0, 0, 0, 1, 1, 0], [0, 1, 1, 0, 0, 1]])  # on other clips each
    low, high = interval(values)
    assert low < 0.4
    assert high > 0.6


@pytest.mark.parametrize("values", [np.ones((3, 10)), np.zeros((1, 10)), np.array([[0.5], [1]])])
def test_what_nothing_is_known_of_has_no_interval(values):
    others = np.resize([0.0, 1.0], (2, values.shape[1]))
    assert np.isnan([*interval(values), *paired_interval(values, others), *paired_interval(others, values)]).all()


def test_scores_of_other_clips_are_refused():
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_interval(np.ones((3, 10)), np.ones((3, 9)))
