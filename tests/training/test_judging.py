"""No clip is ever judged by a model that has seen it, in any stage (Dorfer & Widmer's code lets clips change folds)."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from tests.project import ROOT
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.stages import FURTHER
from workflow_scripts.tables.accepted import write_accepted
from workflow_scripts.tables.clips import Clips, read_clips, write_clips
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.folds import read_folds, write_folds
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.starts import write_starts
from workflow_scripts.training import train_model
from workflow_scripts.training.model import Model

DEMO = "results/fsdkaggle2018-demo"
CLASSES = ["Bark", "Meow", "Knock"]
FOLD, FOLDS, STAGES = 1, 3, 3
SETTINGS = {
    "system": "dorfer-a",
    "fold": FOLD,
    "seed": 1,
    "task": "multiclass",
    "classes": CLASSES,
    "learner": {
        "name": "network",
        "network": {"name": "vgg13", "width": 2},
        "windows": {"name": "random_crop", "frames": 32, "tiled": 40},
        "aggregation": {"mean": "arithmetic", "renormalise": False},
    },
    "pool": [],
    "crops": 2,
}
TRAINING = FURTHER | {
    "epochs": 2,
    "batch": 8,
    "learning_rate": 0.01,
    "lr_schedule": {"name": "linear", "constant_epochs": 1},
    "loss": {"name": "cross_entropy"},
    "optimizer": {"name": "adam"},
    "sampling": {"name": "shuffled"},
    "augmentation": {"name": "mixup", "alpha": 0.2},
    "normalisation": "globally",
    "checkpoint_selection": {"rule": "best", "metric": "loss", "count": 1},
}
ACCEPTED = {"name": "accepted", "crops": 2, "agreement": True, "threshold": 0.95, "cap": 40}
VERIFYING = {"start": "previous", "labels": ACCEPTED}


class Chain:
    """A collection of 36 clips in a folder, and the models of fold 1 in all stages, trained by the real rule.

    ``training``: changes of all stages; ``later``: what those after the first have of their own.
    """

    def __init__(self, folder, training=None, later=VERIFYING, **settings):
        self.folder, self.settings = folder, SETTINGS | settings
        self.training, self.later = TRAINING | (training or {}), later
        folder.mkdir()
        rng = np.random.default_rng(0)
        fnames = [f"{number:02d}" for number in range(36)]
        self.clips = pd.DataFrame(dict.fromkeys(Clips.columns, ""), index=fnames)
        self.clips["fname"], self.clips["split"], self.clips["seconds"] = fnames, "train", 1.0
        self.clips["label"] = [CLASSES[number % 3] for number in range(36)]
        self.clips["manually_verified"] = [number // 3 % 2 for number in range(36)]
        self.folds = pd.Series([number // 6 % FOLDS for number in range(36)], fnames)
        self.frames = {fname: rng.normal(size=(40, 32)).astype(np.float32) for fname in fnames}
        self.accepted = pd.Series(1, self.clips.index[self.clips["manually_verified"] == 0])

    def unverified(self, held_out):
        return self.clips.index[(self.clips["manually_verified"] == 0) & ((self.folds == FOLD) == held_out)]

    def models(self):
        """Train stage 0 and fine-tune from stage to stage; return the bytes of each stage's model."""
        self.write_inputs()
        return [self.train(number) for number in range(STAGES)]

    def write_inputs(self):
        write_clips(self.clips, self.folder / "clips.csv")
        write_folds(pd.DataFrame({"fname": self.folds.index, "fold": self.folds}), self.folder / "folds.csv")
        parts = [(fname, 0, frames) for fname, frames in zip(self.clips.index, self.frames.values(), strict=True)]
        write_features(parts, self.folder / "frames.npy", self.folder / "index.csv")
        said = {"label": "Bark", "predicted": "Bark", "probability": 0.5, "without_threshold": 1}
        table = pd.DataFrame({"fname": self.accepted.index, "accepted": self.accepted} | said)
        write_accepted(table, self.folder / "accepted.csv")

    def train(self, number):
        (self.folder / str(number)).mkdir(exist_ok=True)
        train_model.main(
            **{name: self.folder / f"{name}.csv" for name in ("clips", "folds", "index")},
            **(self.before(number) if number else {}),
            frames=self.folder / "frames.npy",
            folder=self.folder / str(number),
            settings=train_model.Settings(**self.of_stage(number)),
            threads=1,
            device="cpu",
            deterministic=0,
            checkpoint_seconds=1e9,
        )
        return (self.folder / f"{number}/model.safetensors").read_bytes()

    def of_stage(self, number):
        """Return the settings of a stage's training."""
        return self.settings | {"stage": f"{number:02d}", "training": self.training | (self.later if number else {})}

    def before(self, number):
        """What a later stage builds on."""
        write_starts([self.folder / f"{number - 1}/model.safetensors"] * FOLDS, self.folder / "start.csv")
        return {"start": [self.folder / "start.csv"], "labels": [self.folder / "accepted.csv"]}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return Chain(tmp_path_factory.mktemp("chain") / "undisturbed").models()


def with_other_frames(chain, clips):
    for fname in clips:
        chain.frames[fname] = chain.frames[fname] + 5


def with_other_labels(chain, clips):
    chain.clips.loc[clips, "label"] = chain.clips.loc[clips, "label"].map(
        lambda label: CLASSES[CLASSES.index(label) - 1]
    )


def not_accepted(chain, clips):
    chain.accepted[clips] = 0


@pytest.mark.parametrize("change", [with_other_frames, with_other_labels, not_accepted])
def test_what_a_fold_holds_out_leaves_no_trace_in_its_models_of_any_stage(undisturbed, tmp_path, change):
    """Were a judged clip learned from, even if only when it is accepted, other weights would come out."""
    chain = Chain(tmp_path / "held-out")
    change(chain, chain.unverified(held_out=True))
    assert chain.models() == undisturbed


@pytest.mark.parametrize("change", [with_other_frames, with_other_labels, not_accepted])
def test_what_a_fold_learns_from_does_leave_a_trace(undisturbed, tmp_path, change):
    """The control: the same changes to clips of the other folds, from the first stage that they concern."""
    chain = Chain(tmp_path / "learned")
    change(chain, chain.unverified(held_out=False)[:1])
    changed = [new != old for new, old in zip(chain.models(), undisturbed, strict=True)]
    assert changed == [change is not not_accepted, True, True]


def test_a_verdict_is_the_mean_of_the_posteriors_of_many_random_crops(tmp_path):
    """A crop starts on 0 .. tiled - frames - 1: here there are two."""
    learner = SETTINGS["learner"] | {"windows": {"name": "random_crop", "frames": 32, "tiled": 34}}
    chain = Chain(tmp_path / "chain", crops=64, learner=learner)
    chain.write_inputs()
    chain.train(0)
    verdicts = read_predictions(chain.folder / "0/judged.parquet")[CLASSES].to_numpy(float)
    network = next(Model.read(chain.folder / "0/model.safetensors").networks("cpu")).eval()
    clips = torch.from_numpy(np.stack([chain.frames[fname] for fname in chain.unverified(held_out=True)]))
    with torch.inference_mode():
        first, second = (network(clips[:, start : start + 32]).softmax(dim=1).double().numpy() for start in (0, 1))
    assert np.abs(first - second).max() > 0.001, "the two crops are told apart"
    share = ((verdicts - second) * (first - second)).sum(axis=1) / ((first - second) ** 2).sum(axis=1)
    np.testing.assert_allclose(verdicts, share[:, None] * first + (1 - share[:, None]) * second, atol=1e-5)
    assert (np.abs(share - 0.5) < 0.35).all(), "64 draws are never as one-sided (five standard errors)"
    assert (np.abs(share * 64 - np.round(share * 64)) < 0.05).all(), "each draw counts the same"


def test_where_nobody_asks_for_verdicts_their_table_has_no_rows(tmp_path):
    chain = Chain(tmp_path / "chain", crops=None)
    chain.write_inputs()
    chain.train(0)
    judged = read_predictions(chain.folder / "0/judged.parquet")
    assert (len(judged), list(judged.columns)) == (0, CLASSES)
    assert len(read_predictions(chain.folder / "0/held_out.parquet")) == 12, "these are predicted all the same"


@pytest.mark.parametrize(
    ("system", "number", "crops"), [("dorfer-a", "00", 5), ("dorfer-a", "02", 5), ("iqbal-vgg13-a", "00", None)]
)
def test_verdicts_are_asked_for_where_a_stage_of_the_system_accepts_labels(system, number, crops):
    plan = Plan(yaml.safe_load((ROOT / "config.yaml").read_text()))
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo", system=system, stage=number, fold="0")
    assert json.loads(plan.training.train(wildcards))["crops"] == crops


def test_every_stage_judges_with_the_same_folds_and_goes_on_from_the_same_fold():
    plan = Plan(yaml.safe_load((ROOT / "config.yaml").read_text()) | {"size": "published"})
    tables = set()
    for number in range(1, 11):
        for fold in range(4):
            wildcards = SimpleNamespace(
                dataset="fsdkaggle2018-demo", system="dorfer-a", stage=f"{number:02d}", fold=str(fold)
            )
            tables.add(plan.training.data_of_training(wildcards)["folds"])
            folder = f"{DEMO}/systems/dorfer-a/stage{number - 1:02d}"
            assert plan.training.models_to_start_from(wildcards)[fold] == f"{folder}/fold{fold}/model.safetensors"
            assert plan.labels.verdicts(wildcards) == [f"{folder}/fold{k}/judged.parquet" for k in range(4)]
    assert tables == {f"{DEMO}/folds/4.csv"}


def test_a_fold_judges_exactly_the_unverified_clips_that_it_holds_out_in_every_stage(built):
    clips = read_clips(built.folder / DEMO / "clips.csv", "train")
    fold_of = read_folds(built.folder / DEMO / "folds/2.csv", clips.index)
    for number in range(2):
        for fold in range(2):
            judged = built.folder / DEMO / f"systems/dorfer-a/stage{number:02d}/fold{fold}/judged.parquet"
            held_out = clips.index[(fold_of == fold) & (clips["manually_verified"] == 0)]
            assert read_predictions(judged).index.tolist() == held_out.tolist()
