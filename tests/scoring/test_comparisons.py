"""Systems beside the best single one: the paired bootstrap against brute force and by its invariants."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts.scoring.bootstrap import interval, paired_interval
from workflow_scripts.scoring.comparisons import best_single, compared
from workflow_scripts.scoring.estimates import Mean
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.comparisons import read_comparisons, write_comparisons

RANKS = [0, 1 / 3, 1 / 2, 1]
pairs = st.lists(st.tuples(st.sampled_from(RANKS), st.sampled_from(RANKS)), min_size=1, max_size=30)


def systems_of(clips, seed):
    """Scores of two systems that fail on much the same clips."""
    random = np.random.default_rng(seed)
    values = random.choice(RANKS, p=[0.1, 0.1, 0.2, 0.6], size=clips)
    others = np.where(random.random(clips) < 0.2, random.choice(RANKS, size=clips), values)
    return values, others


def width(bounds):
    return bounds[1] - bounds[0]


@given(pairs, st.randoms())
def test_the_interval_ignores_the_order_of_clips_and_lies_within_the_differences(scores, random):
    values, others = np.transpose(scores)
    low, high = paired_interval(values, others, seed=3, resamples=50)
    assert (values - others).min() - 1e-12 <= low <= high <= (values - others).max() + 1e-12
    shuffled_values, shuffled_others = np.transpose(random.sample(scores, len(scores)))
    assert paired_interval(shuffled_values, shuffled_others, seed=3, resamples=50) == (low, high)


@given(pairs)
def test_a_system_less_itself_is_exactly_nothing(scores):
    values = np.array(scores)[:, 0]
    assert paired_interval(values, values, seed=3, resamples=50) == (0, 0)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=30), st.integers(-8, 8))
def test_a_constant_difference_has_no_width(eighths, shift):
    values = np.array(eighths) / 8
    assert paired_interval(values + shift / 8, values, seed=3, resamples=50) == (shift / 8, shift / 8)


def test_agrees_with_drawing_clips_of_both_systems():
    values, others = systems_of(200, seed=0)
    random = np.random.default_rng(1)
    differences = []
    for _ in range(4000):
        clips = random.integers(0, 200, 200)
        differences.append(values[clips].mean() - others[clips].mean())
    low, high = paired_interval(values, others, seed=2, resamples=4000)
    error = 0.1 * np.std(differences)  # of a quantile at 2.5 % of 4,000 draws: about 0.04 deviations
    assert (low, high) == pytest.approx(np.quantile(differences, [0.025, 0.975]), abs=error)


def test_systems_that_fail_on_the_same_clips_are_told_apart_better():
    values, others = systems_of(500, seed=0)
    independent = np.random.default_rng(1).permutation(others)
    assert width(paired_interval(values, others, seed=2)) < 0.7 * width(paired_interval(values, independent, seed=2))
    assert width(paired_interval(values, others, seed=2)) < width(interval(values, seed=2))


def test_scores_of_other_clips_cannot_be_paired():
    with pytest.raises(ValueError, match="paired"):
        paired_interval(np.ones(3), np.ones(4), seed=1)
    with pytest.raises(ValueError, match="paired"):
        paired_interval(np.ones(3), np.ones(1), seed=1)  # which numpy would broadcast


def of_clips(scores):
    """(system, split) -> scores of both metrics, from MAP@3 alone."""
    ranks = {key: np.array(values, float) for key, values in scores.items()}
    return {key: {"map3": Mean(values), "accuracy": Mean((values == 1).astype(float))} for key, values in ranks.items()}


def test_the_best_single_system_is_chosen_out_of_fold_and_never_on_test_clips():
    scores = {("a", "oof_verified"): [0.5, 0], ("a", "all"): [1, 1], ("b", "oof_verified"): [0.5, 1]}
    scores |= {("b", "all"): [0, 0], ("stack", "oof_verified"): [1, 1], ("stack", "all"): [1, 1]}
    assert best_single(of_clips(scores), ["a", "b"], "map3") == "b"


def test_the_best_single_system_has_the_best_map_at_3_not_the_best_accuracy():
    scores = {("accurate", "oof_verified"): [1, 0, 0, 0], ("close", "oof_verified"): [0.5, 0.5, 0.5, 0.5]}
    assert best_single(of_clips(scores), ["accurate", "close"], "map3") == "close"


def test_of_equal_systems_the_first_is_the_best_in_whichever_order_its_clips_add_up():
    ranks = [1 / 3, 1 / 3, 1 / 3, 1 / 2, 0, 1, 1 / 3]
    orders = [sorted(ranks), sorted(ranks, reverse=True), ranks]
    for first in orders:
        for second in orders:
            scores = of_clips({("a", "oof_verified"): first, ("b", "oof_verified"): second})
            found = best_single(scores, ["a", "b"], "map3")
            assert found == "a"


def test_without_verified_clips_the_first_named_is_compared_with():
    assert best_single(of_clips({("a", "all"): [0, 0], ("b", "all"): [1, 1]}), ["a", "b"], "map3") == "a"
    assert best_single({}, ["b", "a"], "map3") == "b"


def test_systems_are_compared_on_the_clips_that_both_have(tmp_path):
    scores = {("a", "oof_verified"): [1, 0.5, 0], ("b", "oof_verified"): [0, 1], ("c", "oof_verified"): [1]}
    names = {"a": list("xyz"), "b": list("zx"), "c": ["w"]}
    scored = {(system, "oof_verified"): pd.Index(fnames) for system, fnames in names.items()}
    table = compared(of_clips(scores), ["a"], "map3", seed=1, resamples=200, scored=scored)
    write_comparisons(table, tmp_path / "comparisons.csv")
    table = read_comparisons(tmp_path / "comparisons.csv").xs("map3", level="metric").droplevel("split")
    assert table["clips"].to_dict() == {"a": 3, "b": 2, "c": 0}
    assert table.loc["b", "difference"] == ((0 - 0) + (1 - 1)) / 2, "z and x"
    assert table.loc["c", ["difference", "low", "high"]].isna().all()


def test_the_best_single_system_is_chosen_on_the_clips_that_all_have():
    scores = {("a", "oof_verified"): [1, 1, 1, 0], ("b", "oof_verified"): [0.5]}
    scored = {("a", "oof_verified"): pd.Index(list("wxyz")), ("b", "oof_verified"): pd.Index(["z"])}
    assert best_single(of_clips(scores), ["a", "b"], "map3", scored) == "b"
    scored["b", "oof_verified"] = pd.Index(["v"])
    assert best_single(of_clips(scores), ["b", "a"], "map3", scored) == "b", "the first, where there is none"


def test_comparisons_by_hand(tmp_path):
    scores = {("frequent", "oof_verified"): [0, 0], ("frequent", "all"): [0, 0.5, 0, 0]}
    scores |= {("a", "oof_verified"): [1, 1], ("a", "all"): [1, 1, 0.5, 1]}
    scores |= {("mean", "oof_verified"): [1, 0], ("mean", "all"): [1, 1, 1, 1]}
    write_comparisons(compared(of_clips(scores), ["a"], "map3", seed=1, resamples=200), tmp_path / "comparisons.csv")
    table = read_comparisons(tmp_path / "comparisons.csv")
    assert set(table["against"]) == {"a"}
    assert table["difference"].xs("all", level="split").to_dict() == {
        ("frequent", "map3"): (0.5 - 3.5) / 4,
        ("frequent", "accuracy"): -3 / 4,
        ("a", "map3"): 0,
        ("a", "accuracy"): 0,
        ("mean", "map3"): 0.5 / 4,
        ("mean", "accuracy"): 1 / 4,
    }
    assert table["clips"].groupby("split").first().to_dict() == {"all": 4, "oof_verified": 2}
    assert table.loc[("frequent", "oof_verified", "map3"), ["low", "high"]].tolist() == [-1, -1]
    low, high = table.loc[("mean", "all", "map3"), ["low", "high"]]
    assert low == 0, "all resamples without the third clip"
    assert 0.125 < high <= 0.5


def test_a_difference_that_vanishes_has_no_sign(tmp_path):
    row = {"system": "b", "against": "a", "split": "all", "metric": "map3", "clips": 3}
    write_comparisons([row | {"difference": -1e-17, "low": -1e-7, "high": -0.0}], tmp_path / "comparisons.csv")
    assert (tmp_path / "comparisons.csv").read_text().splitlines()[1] == "b,a,all,map3,0.000000,0.000000,0.000000,3"


def test_neither_baselines_nor_fusions_are_single_systems():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    settings = json.loads(Plan(config).scoring.score_systems(SimpleNamespace(dataset=config["dataset"])))
    assert settings["singles"] == config["systems"]
    assert set(settings["systems"]) - set(settings["singles"]) == {
        *("most-frequent", "random-forest", "arithmetic-mean", "geometric-mean", "log-linear-pool", "stack")
    }
