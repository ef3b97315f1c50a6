"""The log-linear pool against hand calculations and a search without gradients."""

import numpy as np
import pytest
from scipy.optimize import minimize

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.fusion.log_linear_pool import LogLinearPool, fit_pool
from workflow_scripts.fusion.mean_of_systems import mean_of_systems
from workflow_scripts.fusion.stack_file import read_stack, write_stack
from workflow_scripts.fusion.stack_weights import weights_by_class

CLASSES = 4


def systems_of(count, clips=60, seed=0, sureness=2.0):
    """Return (probabilities [systems, clips, classes], truth [clips, classes]); each next system is a worse one."""
    rng = np.random.default_rng(seed)
    truth = np.eye(CLASSES)[rng.integers(0, CLASSES, clips)]
    scores = [sureness * truth / (1 + number) + rng.normal(size=truth.shape) for number in range(count)]
    powers = np.exp(scores)
    return powers / powers.sum(axis=2, keepdims=True), truth


def side_by_side(probabilities):
    return np.hstack(list(probabilities))


def test_two_systems_by_hand():
    pool = LogLinearPool(np.array([1.0, 2.0]))
    found = pool.predict(np.array([[0.5, 0.5, 0.2, 0.8]]))
    assert found == pytest.approx(np.array([[0.5 * 0.04, 0.5 * 0.64]]) / (0.5 * 0.68), rel=1e-6)


def test_log_odds_are_added_up_where_a_clip_may_have_several_classes():
    pool = LogLinearPool(np.array([1.0, 0.5]), exclusive=False)
    found = pool.predict(np.array([[0.5, 0.8, 0.9, 0.2]]))
    odds = np.array([[1 * 9**0.5, 4 * 0.25**0.5]])
    assert found == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_without_a_say_of_any_clip_it_is_the_geometric_mean():
    probabilities, truth = systems_of(3)
    pool = fit_pool(side_by_side(probabilities), truth, np.zeros(len(truth)), CLASSES, C=1.0)
    assert pool.exponents == pytest.approx(np.full(3, 1 / 3))
    assert pool.predict(side_by_side(probabilities)) == pytest.approx(mean_of_systems(probabilities, "geometric-mean"))


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("C", [0.1, 10.0])
def test_it_is_the_best_by_a_search_without_gradients(exclusive, C):
    probabilities, truth = systems_of(2)
    weights = np.linspace(0.1, 1, len(truth))
    features = side_by_side(probabilities)

    def value(exponents):
        found = np.clip(LogLinearPool(np.abs(exponents), exclusive).predict(features), 1e-12, 1 - 1e-12)
        own = truth * np.log(found) + (0 if exclusive else (1 - truth) * np.log(1 - found))
        return -(weights[:, None] * own).sum() + ((np.abs(exponents) - 0.5) ** 2).sum() / (2 * C)

    expected = np.abs(minimize(value, [0.5, 0.5], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10}).x)
    fitted = fit_pool(features, truth, weights, CLASSES, C, exclusive)
    assert fitted.exponents == pytest.approx(expected, abs=2e-3)


def test_a_system_that_knows_nothing_is_not_heard_and_one_that_misleads_never_gets_a_negative_say():
    probabilities, truth = systems_of(1)
    misleading = np.roll(truth, 1, axis=1) * 0.7 + 0.075
    both = np.stack([probabilities[0], misleading])
    pool = fit_pool(side_by_side(both), truth, np.ones(len(truth)), CLASSES, C=1e6)
    assert pool.exponents[1] == 0
    nothing = np.full_like(misleading, 1 / CLASSES)
    pool = fit_pool(side_by_side(np.stack([probabilities[0], nothing])), truth, np.ones(len(truth)), CLASSES, C=1e6)
    alone = fit_pool(probabilities[0], truth, np.ones(len(truth)), CLASSES, C=1e6)
    assert pool.exponents[0] == pytest.approx(alone.exponents[0], rel=1e-3)


def test_clips_of_weight_zero_have_no_say():
    probabilities, truth = systems_of(2)
    weights = np.arange(len(truth)) % 2
    wrong = np.where(weights[:, None] == 1, truth, np.roll(truth, 1, axis=1))
    features = side_by_side(probabilities)
    first, second = (fit_pool(features, given, weights, CLASSES, 1.0) for given in (truth, wrong))
    assert first.exponents.tolist() == second.exponents.tolist()


def test_probabilities_of_zero_and_one_are_no_trouble():
    truth = np.eye(CLASSES)
    for exclusive in (True, False):
        pool = fit_pool(np.hstack([truth, 1 - truth]), truth, np.ones(CLASSES), CLASSES, 1.0, exclusive)
        assert np.isfinite(pool.predict(np.hstack([truth, 1 - truth]))).all()


@pytest.mark.parametrize("exclusive", [True, False])
def test_it_comes_back_from_its_file(tmp_path, exclusive):
    pool = LogLinearPool(np.array([0.25, 1.5]), exclusive)
    write_stack(pool, ["a", "b"], ["Bark", "Meow"], tmp_path / "stack.safetensors")
    found, systems, classes = read_stack(tmp_path / "stack.safetensors")
    assert (found.exponents.tolist(), found.exclusive) == ([0.25, 1.5], exclusive)
    assert (systems, classes) == (["a", "b"], ["Bark", "Meow"])
    content = (tmp_path / "stack.safetensors").read_bytes()
    (tmp_path / "stack.safetensors").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DamagedError):
        read_stack(tmp_path / "stack.safetensors")


def test_its_influence_is_told_as_that_of_a_stack():
    probabilities, _ = systems_of(2)
    pool = LogLinearPool(np.array([1.0, 0.0]))
    table = weights_by_class(*pool.linear(side_by_side(probabilities)), ["a", "b"], list("wxyz"))
    assert table["own_coefficient"].tolist() == [1.0, 0.0] * CLASSES
    assert table["share"].tolist() == [1.0, 0.0] * CLASSES
    assert (table["against"] == "").all()
