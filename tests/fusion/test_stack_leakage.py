"""The stack never sees a clip through a model that has seen it: not as an example, not when its epochs are chosen."""

import numpy as np
import pandas as pd
import pytest
import torch

from tests.project import EIGHT, PAIR
from tests.training.test_judging import CLASSES, FOLD, Chain, with_other_frames, with_other_labels
from workflow_scripts.learners import network
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.sizes import SIZES, read_sizes
from workflow_scripts.study.stages import unrolled
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import read_predictions, write_predictions
from workflow_scripts.tables.tables import write_table
from workflow_scripts.tasks import multiclass
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

DEMO = "results/fsdkaggle2018-demo"
STAGES = 2
CORRECTED = {"name": "corrected", "relabel_above": 0, "promote_above": 0.7, "promoted_weight": 1.0}
LAST, BEST = ({"rule": rule, "metric": "map3", "count": 2} for rule in ("last", "best"))


class Retrained(Chain):
    """Iqbal et al.'s stages: the second one from scratch on corrected labels."""

    def __init__(self, folder, keep):
        training = {
            **{"checkpoint_selection": keep, "epochs": 4, "unverified_weight": 0.7},
            **{"augmentation": {"name": "mixup", "alpha": 1.0}, "sampling": {"name": "class_balanced"}},
        }
        super().__init__(folder, training, later={"labels": CORRECTED}, crops=None)
        doubtful = self.clips.index[self.clips["manually_verified"] == 0]
        self.corrected = pd.DataFrame({"label": "Knock", "promoted": 1}, index=doubtful)

    def models(self):
        self.write_inputs()
        table = self.corrected.assign(
            fname=self.corrected.index, given_label="Bark", predicted="Bark", probability=1.0, relabelled=0
        )
        write_table(table, self.folder / "labels.csv")
        return [self.train(number) for number in range(STAGES)]

    def before(self, number):
        return {"labels": [self.folder / "labels.csv"]}


def with_other_corrections(chain, clips):
    clips = chain.corrected.index.intersection(clips)
    chain.corrected.loc[clips, "label"] = CLASSES[0]
    chain.corrected.loc[clips, "promoted"] = 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return Retrained(tmp_path_factory.mktemp("chain") / "undisturbed", LAST).models()


CHANGES = [with_other_frames, with_other_labels, with_other_corrections]


def held_out(chain):
    return chain.clips.index[chain.folds == FOLD]


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_fold_holds_out_leaves_no_trace_in_its_models(undisturbed, tmp_path, change):
    """Neither in the weights (the mean and deviation of the inputs included) nor in the choice of epochs."""
    chain = Retrained(tmp_path / "held-out", LAST)
    change(chain, held_out(chain))
    assert chain.models() == undisturbed


def test_the_published_choice_of_epochs_does_leave_a_trace(tmp_path):
    """The best epochs on the held-out clips, whose predictions the stack is then fitted on."""
    chain, other = (Retrained(tmp_path / name, BEST) for name in ("chain", "other"))
    with_other_labels(other, held_out(other))
    assert chain.models() != other.models()


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_fold_learns_from_does_leave_a_trace(undisturbed, tmp_path, change):
    """The control: the same changes to unverified clips of the other folds, in the rounds that they concern."""
    chain = Retrained(tmp_path / "learned", LAST)
    change(chain, chain.corrected.index[chain.folds[chain.corrected.index] != FOLD][:3])
    changed = [new != old for new, old in zip(chain.models(), undisturbed, strict=True)]
    expected = {
        with_other_frames: [True, True],
        with_other_labels: [True, False],
        with_other_corrections: [False, True],
    }
    assert changed == expected[change]


class Predictions:
    """What the fold models of a system in a round of a finished run say."""

    def __init__(self, project, system, number):
        self.folder = project.folder / DEMO / f"systems/{system}/stage{number:02d}"
        self.clips = read_clips(project.folder / DEMO / "clips.csv", "train")
        self.fold_of = read_folds(project.folder / DEMO / "folds/2.csv", self.clips.index)
        store = project.folder / DEMO / "features/log-mel-a"
        self.features = read_features(store / "frames.npy", store / "index.csv")

    def by(self, fold, clips):
        bank = FrameBank(np.array(self.features.frames), torch.device("cpu"))
        cut = WindowCutter({"name": "chunks", "length": 128, "least_remainder": 32})
        windows = cut.inference(segments_of(self.features.index, self.clips.loc[clips]))
        model = Model.read(self.folder / f"fold{fold}/model.safetensors")
        return predict(model, bank, windows, len(clips), {"mean": "geometric", "renormalise": False}, multiclass)

    def seen_through_another_model(self):
        """Return the clips whose row in the out-of-fold table is not by the model that held them out."""
        found = set()
        for fold in range(2):
            held = self.clips.index[self.fold_of == fold]
            rows = read_predictions(self.folder / "oof.parquet").loc[held]
            found |= set(held[(np.abs(rows.to_numpy() - self.by(fold, held)) > 1e-5).any(axis=1)])
        return found


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("system", PAIR)
def test_every_row_that_a_stack_is_fitted_to_is_by_the_model_that_held_the_clip_out(relabelled, system, number):
    assert Predictions(relabelled, system, number).seen_through_another_model() == set()


def test_a_row_by_a_model_that_has_trained_on_the_clip_would_be_found(relabelled, tmp_path):
    project = relabelled.copy(tmp_path / "project")
    predictions = Predictions(project, "iqbal-vgg13-a", 1)
    swapped = predictions.clips.index[predictions.fold_of == 0][:5]
    rows = read_predictions(predictions.folder / "oof.parquet")
    rows.loc[swapped] = predictions.by(1, swapped).astype(np.float32)
    write_predictions(rows, predictions.folder / "oof.parquet")
    assert predictions.seen_through_another_model() == set(swapped)


@pytest.mark.parametrize("size", ["published", *(path.stem for path in SIZES.glob("*.yaml"))])
@pytest.mark.parametrize("system", EIGHT)
def test_the_recipes_choose_epochs_beforehand(system, size):
    recipe = read_recipe(system, read_sizes({"size": size}))
    for stage in unrolled(recipe["training"], recipe["stages"]):
        assert stage.settings["checkpoint_selection"]["rule"] == "last"


def test_a_training_that_was_interrupted_does_not_go_on_with_other_labels_and_rounds_draw_anew(tmp_path, monkeypatch):
    """What identifies a resume file, and the seed."""
    seen = []

    class Noted(network.Checkpoint):
        def __init__(self, path, identity, seconds):
            super().__init__(path, identity, seconds)
            seen.append(identity)

    real_fit = network.fit
    seeds = []

    def noted_fit(*arguments, **options):
        seeds.append(options["seed"])
        return real_fit(*arguments, **options)

    monkeypatch.setattr(network, "Checkpoint", Noted)
    monkeypatch.setattr(network, "fit", noted_fit)
    for name, change in (("one", None), ("same", None), ("other", with_other_corrections)):
        chain = Retrained(tmp_path / name, LAST)
        if change:
            change(chain, chain.clips.index)
        chain.models()
    of_one, of_same, of_other = seen[:2], seen[2:4], seen[4:]
    assert of_one == of_same
    assert (of_other[0] == of_one[0], of_other[1] == of_one[1]) == (True, False)
    assert seeds[0] != seeds[1], "rounds 0 and 1"
    assert seeds == seeds[:2] * 3
