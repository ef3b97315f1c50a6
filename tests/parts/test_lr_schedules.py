"""Learning-rate schedules: the papers' numbers, and torch's schedulers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.parts import part_function
from workflow_scripts.parts.lr_schedules import Place, cosine, exponential, linear, milestones, plateau, step

EPOCHS, UPDATES = 4, 5


def by_epochs(schedule, epochs, of, learning_rate, **parameters):
    return [schedule.rate(Place(epoch, of), learning_rate, **parameters) for epoch in epochs]


def by_updates(learning_rate, schedule, epochs=EPOCHS, updates=UPDATES):
    """Return the rates of all updates of a training."""
    rate = part_function("parts.lr_schedules", schedule, "rate")
    places = [
        Place(epoch, epochs, update, updates) for epoch in range(1, epochs + 1) for update in range(1, updates + 1)
    ]
    return [rate(place, learning_rate) for place in places]


def torchs(scheduler, learning_rate, count=EPOCHS * UPDATES, **parameters):
    """Return the rates of ``count`` updates by one of torch's schedulers."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], learning_rate)
    schedule, rates = scheduler(optimizer, **parameters), []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


# ------------------------------------------------------------------ by epochs


def test_linear_schedule_of_dorfer():
    rates = by_epochs(linear, (1, 100, 101, 300, 500), 500, 0.001, constant_epochs=100)
    assert rates == pytest.approx([0.001, 0.001, 0.001 * 399 / 400, 0.0005, 0])


def test_step_schedule_of_iqbal_counts_the_first_epoch():
    rates = by_epochs(step, (1, 2, 3, 4, 39, 40), 40, 5e-4, factor=0.9, every=2)
    assert rates == pytest.approx([4.5e-4, 4.5e-4, 4.05e-4, 4.05e-4, 6.1e-5, 6.1e-5], rel=5e-3)


def test_learning_rates_of_the_papers():
    steps = by_epochs(milestones, (1, 150, 151, 250, 251, 300), 300, 1e-3, factor=0.1, after=[150, 250])
    assert steps == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])
    assert by_epochs(exponential, (1, 2, 3), 25, 1e-3, factor=0.9) == pytest.approx([1e-3, 9e-4, 8.1e-4])


# ------------------------------------------------------------------ by updates


@pytest.mark.parametrize("end", [0, 0.1])
def test_cosine_is_torchs(end):
    rates = by_updates(0.2, {"name": "cosine", "end": end})
    expected = torchs(torch.optim.lr_scheduler.CosineAnnealingLR, 0.2, T_max=EPOCHS * UPDATES, eta_min=0.2 * end)
    assert rates == pytest.approx(expected, rel=1e-6)


def test_cosine_by_hand():
    """Half of it after half of the updates."""
    rates = [cosine.rate(place, 0.2, end=0.5) for place in (Place(1, 2), Place(2, 2), Place(2, 2, 2, 2))]
    assert rates == pytest.approx([0.2, 0.15, 0.1 + 0.05 * (1 - math.sqrt(0.5))])


@pytest.mark.parametrize("rise", [0.3, 0.5])
def test_one_cycle_is_torchs(rise):
    rates = by_updates(0.2, {"name": "one_cycle", "rise": rise, "start": 0.1, "end": 0.01})
    scheduler, torchs_names = torch.optim.lr_scheduler.OneCycleLR, {"div_factor": 10, "final_div_factor": 10}
    given = {"max_lr": 0.2, "total_steps": EPOCHS * UPDATES + 1, "pct_start": rise, "cycle_momentum": False}
    with pytest.raises(AssertionError):  # the control: of one update more
        assert rates == pytest.approx(torchs(scheduler, 0.2, **given, **torchs_names), rel=1e-6)
    given["total_steps"] -= 1
    expected = torchs_but_for_a_last_step(scheduler, given | torchs_names)
    assert rates == pytest.approx(expected, rel=1e-6)
    assert max(rates) == pytest.approx(0.2)


def torchs_but_for_a_last_step(scheduler, parameters):
    """torch refuses to say the rate after the last update."""
    rates = torchs(scheduler, 0.2, count=EPOCHS * UPDATES - 1, **parameters)
    return [*rates, 0.2 / parameters["div_factor"] / parameters["final_div_factor"]]


@given(st.floats(0, 1), st.integers(1, 4), st.integers(1, 4))
def test_one_cycle_never_leaves_its_range(rise, epochs, updates):
    rates = by_updates(1.0, {"name": "one_cycle", "rise": rise, "start": 0.1, "end": 0.05}, epochs, updates)
    assert all(0.05 - 1e-9 <= rate <= 1 + 1e-9 for rate in rates)


def test_a_warm_up_rises_on_a_line_and_leaves_the_schedule_where_it_is():
    inner = {"name": "milestones", "factor": 0.1, "after": [3]}
    rates = by_updates(1.0, {"name": "warm_up", "of": inner, "epochs": 2})
    assert rates == pytest.approx([number / 10 for number in range(1, 11)] + [1.0] * 5 + [0.1] * 5)


def test_a_warm_up_is_torchs_linear_one_where_nothing_else_changes():
    rates = by_updates(0.2, {"name": "warm_up", "of": {"name": "constant"}, "epochs": 1.6})
    expected = torchs(torch.optim.lr_scheduler.LinearLR, 0.2, start_factor=1 / 8, end_factor=1, total_iters=7)
    assert rates == pytest.approx(expected, rel=1e-6)


def test_a_warm_up_of_no_epochs_is_none():
    inner = {"name": "cosine"}
    assert by_updates(0.2, {"name": "warm_up", "of": inner, "epochs": 0}) == by_updates(0.2, inner)


# ------------------------------------------------------------------ by what came before


def falls(scores, **parameters):
    return plateau.rate(Place(len(scores) + 1, 99, scores=scores), 1.0, **parameters)


@pytest.mark.parametrize(
    ("scores", "rate"),
    [
        ([], 1),
        ([0.5, 0.5], 1),
        ([0.5, 0.5, 0.4], 0.5),  # two epochs in turn without a gain
        ([0.5, 0.5, 0.6, 0.6], 1),
        ([0.5, 0.4, 0.4, 0.4], 0.5),  # it waits anew
        ([0.5, 0.4, 0.4, 0.4, 0.4], 0.25),
        ([0.5, 0.4, 0.4, 0.6, 0.7], 0.5),  # and never rises again
    ],
)
def test_the_rate_is_halved_on_a_plateau(scores, rate):
    assert falls(scores, factor=0.5, patience=2) == rate


def test_a_stage_that_goes_on_keeps_the_rate_and_waits_anew_for_a_score_of_its_own():
    def going_on(scores):
        return plateau.rate(Place(9, 99, scores=scores, earlier=3), 1.0, factor=0.5, patience=2)

    assert going_on([0.5, 0.5, 0.4]) == 0.5, "what it was left"
    assert going_on([0.5, 0.5, 0.5, 0.1, 0.2]) == 0.5, "scores below those of before are gains"
    assert going_on([0.5, 0.4, 0.6, 0.1, 0.1]) == 1, "an epoch of before is not waited for"
    assert going_on([0.5, 0.5, 0.5, 0.1, 0.1, 0.1]) == 0.25


def test_a_plateau_has_a_least_gain_and_a_lowest_rate():
    assert falls([0.25, 0.5, 0.5], factor=0.5, patience=1, least_gain=0.25) == 0.25, "a quarter is no gain of more"
    assert falls([0.25, 0.5, 0.75], factor=0.5, patience=1, least_gain=0.2) == 1
    assert falls([1, 0, 0, 0], factor=0.5, patience=1, lowest=0.2) == 0.2


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), max_size=20), st.integers(1, 4))
def test_plateau_is_torchs_which_waits_for_one_epoch_more(scores, patience):
    optimizer = torch.optim.SGD([torch.zeros(1)], 1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, "max", factor=0.5, patience=patience - 1, threshold=0.25, threshold_mode="abs"
    )
    for number, score in enumerate(scores, start=1):
        schedule.step(score)
        expected = optimizer.param_groups[0]["lr"]
        found = falls(scores[:number], factor=0.5, patience=patience, least_gain=0.25)
        assert found == pytest.approx(expected, abs=1e-7)  # torch leaves out changes of less than 1e-8
