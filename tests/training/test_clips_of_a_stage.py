"""Which clips a stage learns from and which it validates on, by their flags."""

import numpy as np
import pandas as pd
import pytest
import torch

from tests.training.test_judging import CLASSES, FOLD, Chain
from workflow_scripts.common.errors import UserError
from workflow_scripts.learners import network
from workflow_scripts.tables.predictions import read_predictions

# 36 clips, of which fold 1 holds out 12; three verified ones follow three unverified ones
HELD = [*range(6, 12), *range(24, 30)]
LEARNED = [number for number in range(36) if number not in HELD]
VERIFIED = [number for number in range(36) if number // 3 % 2]


def of_flag(numbers, which):
    return [n for n in numbers if which == "all" or (n in VERIFIED) == (which == "verified")]


class Recorder(torch.nn.Module):
    """Knows a clip by its spectrogram, which holds the clip's number throughout."""

    def __init__(self):
        super().__init__()
        self.numbers = []

    def forward(self, spectrograms):
        self.numbers += spectrograms[:, 0, 0].int().tolist()
        return torch.zeros(len(spectrograms), len(CLASSES))


@pytest.fixture
def handed(tmp_path, monkeypatch):
    """Return a function to what the first stage hands over to the loop: (TrainingSet, function that validates)."""

    def fit(settings, training, training_set, bank, *, validate, **_):
        raise StopIteration(training_set, validate)  # nothing needs to be trained

    def run(**training):
        chain = Chain(tmp_path / "chain", training)
        chain.frames = {fname: np.full((40, 32), int(fname), np.float32) for fname in chain.frames}
        chain.write_inputs()
        monkeypatch.setattr(network, "fit", fit)
        with pytest.raises(StopIteration) as caught:
            chain.train(0)
        return caught.value.args

    return run


def learned(training_set):
    """Return clip -> (class, weight, whether in doubt) of all windows of an epoch."""
    windows = training_set.windows(np.random.default_rng(0))
    clip = windows["clip"].to_numpy()
    parts = training_set.targets[clip].argmax(axis=1), training_set.weights[clip], training_set.doubtful[clip]
    return dict(zip(map(int, windows["fname"]), zip(*(part.tolist() for part in parts), strict=True), strict=True))


@pytest.mark.parametrize("which", ["all", "verified", "unverified"])
def test_a_stage_learns_from_what_it_says_of_what_is_not_held_out(handed, which):
    training_set, validate = handed(learn_from=which, unverified_weight=0.25)
    expected = {n: (n % 3, 1.0, False) if n in VERIFIED else (n % 3, 0.25, True) for n in of_flag(LEARNED, which)}
    assert learned(training_set) == expected
    recorder = Recorder()
    validate(recorder)
    assert recorder.numbers == of_flag(HELD, "verified"), "whatever it learns from"


def test_clips_that_weigh_nothing_are_left_out(handed):
    training_set, _ = handed(unverified_weight=0)
    assert set(learned(training_set)) == set(of_flag(LEARNED, "verified"))


@pytest.mark.parametrize("which", ["all", "verified", "unverified"])
def test_a_stage_validates_on_what_it_says_of_what_is_held_out(handed, which):
    training_set, validate = handed(validate_on=which)
    network = Recorder()
    probabilities, targets = validate(network)
    assert network.numbers == of_flag(HELD, which)
    assert targets.argmax(axis=1).tolist() == [number % 3 for number in network.numbers]
    assert probabilities.shape == targets.shape
    assert set(learned(training_set)) == set(LEARNED), "whatever it validates on"


def test_all_that_is_held_out_is_predicted_whatever_it_learns_from_and_validates_on(tmp_path):
    chain = Chain(tmp_path / "chain", {"learn_from": "unverified", "validate_on": "unverified", "epochs": 1})
    chain.write_inputs()
    chain.train(0)
    assert read_predictions(chain.folder / "0/held_out.parquet").index.tolist() == [f"{n:02d}" for n in HELD]
    judged = [f"{n:02d}" for n in of_flag(HELD, "unverified")]
    assert read_predictions(chain.folder / "0/judged.parquet").index.tolist() == judged
    assert len(pd.read_csv(chain.folder / "0/history.csv")) == 1


@pytest.mark.parametrize(
    ("normalisation", "clips"), [("per_band", range(36)), ("per_band_learned", of_flag(LEARNED, "unverified"))]
)
def test_bands_are_standardised_by_all_clips_or_by_those_that_are_learned_from(handed, normalisation, clips):
    training_set, _ = handed(normalisation=normalisation, learn_from="unverified")
    table = training_set.standardised_by
    if table is None:  # the windows of an epoch
        table = training_set.windows(np.random.default_rng(0))
    assert sorted(set(table["fname"])) == [f"{number:02d}" for number in clips]


@pytest.mark.parametrize("which", ["verified", "unverified"])
def test_a_fold_without_a_clip_to_validate_on_is_one_line(tmp_path, which):
    chain = Chain(tmp_path / "chain", {"validate_on": which})
    chain.clips.loc[chain.folds == FOLD, "manually_verified"] = int(which == "unverified")
    chain.write_inputs()
    with pytest.raises(
        UserError, match=rf"folds\.csv: fold 1 holds no {which} clip to validate on; use fewer folds, .*validate_on"
    ):
        chain.train(0)
