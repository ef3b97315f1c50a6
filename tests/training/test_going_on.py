"""A stage that goes on with the training of another one, as if that had not ended."""

import pandas as pd
import pytest
import torch

from tests.refusals import refusal
from tests.training.test_training import TRAINING, same, train
from workflow_scripts.tables.models import read_model
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.model import Model

NEVER = 1e9
WHOLE = TRAINING | {"epochs": 4, "checkpoint_selection": {"rule": "last", "metric": "loss", "count": 1}}
FIRST = {"epochs": 2, "gone_on_until": 4}
SECOND = {"optimizer_state": "previous", "begins_after": 2}


def run(folder, training, start=None, **options):
    """Return the model, read from the file that it was written to, and the history."""
    folder.mkdir(exist_ok=True)
    model, history, _ = train(Checkpoint(folder / "resume", "x", NEVER), training, start=start, **options)
    model.write(folder / "model.safetensors")
    return Model.read(folder / "model.safetensors"), history


def assert_same(one, other):
    assert same(one[0], other[0])
    pd.testing.assert_frame_equal(one[1], other[1], check_exact=True)


CHANGES = {
    "adam, a rate by epochs": {},
    "adamw, a rate of its own for a layer": {"optimizer": {"name": "adamw"}, "rates": {"classifier": 10.0}},
    "momentum, a rate by updates in all": {
        **{"optimizer": {"name": "sgd", "momentum": 0.9}, "lr_schedule": {"name": "cosine"}}
    },
    "mixed after epoch 3": {"augmentation": {"name": "mixup", "alpha": 0.4, "after": 3, "partner": "next_batch"}},
}


@pytest.mark.parametrize("name", CHANGES)
def test_two_stages_of_one_seed_are_the_training_in_one_go(tmp_path, name):
    whole = WHOLE | CHANGES[name]
    in_one_go = run(tmp_path / "whole", whole)
    first = run(tmp_path / "first", whole | FIRST)
    assert_same(run(tmp_path / "second", whole | SECOND, first[0]), in_one_go)
    assert first[1]["epoch"].tolist() == [1, 2]
    pd.testing.assert_frame_equal(first[1], in_one_go[1].iloc[:2], check_exact=True)


def test_a_new_optimizer_is_another_training(tmp_path):
    """The control."""
    in_one_go, (first, _) = run(tmp_path / "whole", WHOLE), run(tmp_path / "first", WHOLE | FIRST)
    anew, history = run(tmp_path / "second", WHOLE, first)
    assert not same(anew, in_one_go[0])
    assert history["epoch"].tolist() == [1, 2, 3, 4]


def test_it_goes_on_from_the_last_epoch_not_from_the_one_that_was_kept(tmp_path):
    whole, (first, _) = run(tmp_path / "whole", WHOLE), run(tmp_path / "first", WHOLE | FIRST)
    first.weights = [{name: torch.zeros_like(values) for name, values in first.weights[0].items()}]
    assert_same(run(tmp_path / "second", WHOLE | SECOND, first), whole)


@pytest.mark.parametrize("killed_after", [0, 1])
def test_a_stage_that_goes_on_is_resumed_after_a_kill(tmp_path, killed_after):
    first, _ = run(tmp_path / "first", WHOLE | FIRST)
    undisturbed = run(tmp_path / "undisturbed", WHOLE | SECOND, first)
    path = tmp_path / "resume"
    with pytest.raises(KeyboardInterrupt):
        train(Checkpoint(path, "x", 0), WHOLE | SECOND, start=first, stop_after=killed_after)
    model, history, epochs = train(Checkpoint(path, "x", 0), WHOLE | SECOND, start=first)
    assert epochs == 2 - killed_after
    assert_same((model, history), undisturbed)


def test_a_killed_stage_that_is_gone_on_from_ends_in_the_same_state(tmp_path):
    run(tmp_path / "undisturbed", WHOLE | FIRST)
    (tmp_path / "killed").mkdir()
    path = tmp_path / "killed/resume"
    with pytest.raises(KeyboardInterrupt):
        train(Checkpoint(path, "x", 0), WHOLE | FIRST, stop_after=1)
    model, _, _ = train(Checkpoint(path, "x", 0), WHOLE | FIRST)
    model.write(tmp_path / "killed/model.safetensors")
    files = [tmp_path / f"{name}/model.safetensors" for name in ("undisturbed", "killed")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_only_a_stage_that_is_gone_on_from_keeps_more_than_its_weights(tmp_path):
    run(tmp_path / "first", WHOLE | FIRST)
    run(tmp_path / "whole", WHOLE)
    of_first, described = read_model(tmp_path / "first/model.safetensors")
    of_whole, plain = read_model(tmp_path / "whole/model.safetensors")
    assert {name.split("/")[0] for name in of_whole} == {"0"}
    assert set(plain) == {"network", "classes", "epochs"}
    assert set(described) == {*plain, "history"}
    assert {name.rpartition("/")[2] for name in of_first if name.startswith("end/optimizer/")} == {
        *("step", "exp_avg", "exp_avg_sq")
    }


def test_a_plateau_keeps_its_rate_and_waits_anew(tmp_path):
    """No score is a gain but the first one that a stage sees; with a patience of one every other halves the rate."""
    plateau = {"name": "plateau", "factor": 0.5, "patience": 1, "least_gain": 1e9}
    whole = WHOLE | {"lr_schedule": plateau, "epochs": 6}
    _, in_one_go = run(tmp_path / "whole", whole)
    # before an epoch: how many of the scores so far, but for the first, were no gain
    assert in_one_go["learning_rate"].tolist() == pytest.approx([0.01 * 0.5**n for n in (0, 0, 1, 2, 3, 4)])
    first, _ = run(tmp_path / "first", whole | {"epochs": 3, "gone_on_until": 6})
    _, both = run(tmp_path / "second", whole | SECOND | {"begins_after": 3}, first)
    # that of the 4th epoch has seen three scores, and that of the 5th one more, the first of its stage
    assert both["learning_rate"].tolist() == pytest.approx([0.01 * 0.5**n for n in (0, 0, 1, 2, 2, 3)])


def test_early_stopping_waits_anew(tmp_path):
    """No score but the first is a gain: two epochs later it is over."""
    stopping = {"early_stopping": {"after": 0, "patience": 2, "least_gain": 1e9}}
    whole = WHOLE | {"epochs": 9}
    assert run(tmp_path / "whole", whole | stopping)[1]["epoch"].tolist() == [1, 2, 3]
    first, _ = run(tmp_path / "first", whole | {"epochs": 4, "gone_on_until": 9})
    _, history = run(tmp_path / "second", whole | SECOND | {"begins_after": 4} | stopping, first)
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_a_model_without_a_state_is_one_line(tmp_path):
    plain, _ = run(tmp_path / "plain", WHOLE)
    message = refusal(train, Checkpoint(tmp_path / "resume", "x", NEVER), WHOLE | SECOND, start=plain)
    assert message.startswith("optimizer_state: the model to start from has kept none")
