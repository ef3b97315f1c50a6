"""A stage of pre-training by the rule that trains: it learns no label, and a later stage goes on from its encoder."""

import numpy as np
import pandas as pd
import pytest

from tests.training.test_judging import CLASSES, FOLD, TRAINING, Chain
from workflow_scripts.common.errors import UserError
from workflow_scripts.tables.models import read_model
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.training import fit as loop

NETWORK = {"name": "vgg_like", "width": 2, "features": 8}
WINDOWS = {"name": "patches", "length": 16, "hop": 8}
PRETRAINING = TRAINING | {
    "epochs": 3,
    "learning_rate": 0.03,
    "loss": {"name": "nt_xent"},
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "sampling": {"name": "pairs"},
    "augmentation": {"name": "contrastive_views"},
    "checkpoint_selection": {"rule": "last", "metric": "knn", "neighbours": 5, "count": 1},
}
CONTRASTIVE = {
    "task": "contrastive",
    "crops": None,
    "learner": {
        "name": "contrastive",
        "network": NETWORK | {"projection": 8},
        "windows": WINDOWS | {"draws": 2},
        "aggregation": {"mean": "arithmetic", "renormalise": False},
    },
}
FINE_TUNING = {"start": "previous", "fresh": ["head"], "augmentation": None}


class Pretrained(Chain):
    """Pre-training, and fine-tuning from it; ``training``: changes of the former."""

    def __init__(self, folder, **training):
        super().__init__(folder, later=FINE_TUNING)
        self.pretraining = PRETRAINING | training

    def of_stage(self, number):
        if number == 0:
            return self.settings | CONTRASTIVE | {"stage": "00", "training": self.pretraining}
        plain = {"name": "network", "network": NETWORK, "windows": WINDOWS}
        return super().of_stage(number) | {"learner": CONTRASTIVE["learner"] | plain}

    def before(self, number):
        return super().before(number) | {"labels": []}

    def with_labels(self, change, which):
        """Let ``change`` of a class's number be the label of the clips ``which``."""
        labels = self.clips.loc[which, "label"]
        self.clips.loc[which, "label"] = [CLASSES[change(CLASSES.index(label)) % 3] for label in labels]
        return self

    def pretrained(self):
        """Return the bytes of the model, and the table of what is said of the clips held out."""
        self.write_inputs()
        return self.train(0), read_predictions(self.folder / "0/held_out.parquet")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    chain = Pretrained(tmp_path_factory.mktemp("pretrained") / "chain")
    return chain, *chain.pretrained()


def test_the_weights_know_nothing_of_labels(undisturbed, tmp_path):
    _, model, _ = undisturbed
    other = Pretrained(tmp_path / "other")
    other.clips["label"] = np.random.default_rng(5).permutation(other.clips["label"])
    assert other.pretrained()[0] == model


def test_of_held_out_clips_there_are_the_votes_of_their_patches(undisturbed):
    chain, _, held_out = undisturbed
    assert held_out.index.tolist() == chain.clips.index[chain.folds == FOLD].tolist()
    np.testing.assert_allclose(held_out.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(held_out * 4, (held_out * 4).round(), atol=1e-6)  # of four patches
    history = pd.read_csv(chain.folder / "0/history.csv")
    assert list(history) == ["epoch", "learning_rate", "training_loss", "knn_accuracy"]
    assert read_predictions(chain.folder / "0/judged.parquet").empty


def test_only_verified_clips_that_are_learned_from_vote(undisturbed, tmp_path):
    """Others may have any label: were they among the neighbours, votes would change."""
    chain, _, held_out = undisturbed
    voting = chain.clips.index[(chain.folds != FOLD) & (chain.clips["manually_verified"] == 1)]
    others = Pretrained(tmp_path / "others").with_labels(
        lambda number: number + 1, chain.clips.index.difference(voting)
    )
    pd.testing.assert_frame_equal(others.pretrained()[1], held_out)
    turned = Pretrained(tmp_path / "turned").with_labels(lambda number: number + 1, voting).pretrained()[1]
    majority, other_majority = (table.to_numpy().argmax(axis=1) for table in (held_out, turned))
    assert (majority != other_majority).any()


def test_fine_tuning_starts_from_the_encoder_and_has_a_head_for_the_classes(tmp_path):
    chain = Pretrained(tmp_path / "chain", epochs=1)
    chain.later = FINE_TUNING | {"frozen": ["encoder"]}
    chain.write_inputs()
    for number in (0, 1):
        chain.train(number)
    before, after = (read_model(chain.folder / f"{number}/model.safetensors")[0] for number in (0, 1))
    encoder = {name for name in after if name.startswith("0/1.encoder.")}
    assert encoder == {name for name in before if name.startswith("0/1.encoder.")}
    assert all(before[name].equal(after[name]) for name in encoder | {"0/0.mean", "0/0.deviation"})
    assert {name: list(after[name].shape) for name in after if "head" in name} == {
        "0/1.head.weight": [3, 8],
        "0/1.head.bias": [3],
    }


def test_an_interrupted_pretraining_ends_with_the_same_bytes(undisturbed, tmp_path, monkeypatch):
    chain, model, held_out = undisturbed
    again, train_batch, updates = Pretrained(tmp_path / "again"), loop.train_batch, iter(range(100))

    def update(*arguments):
        if next(updates) == 9:  # in the second of three epochs, each of six updates
            raise KeyboardInterrupt
        return train_batch(*arguments)

    monkeypatch.setattr(loop, "train_batch", update)
    with pytest.raises(KeyboardInterrupt):
        again.pretrained()
    bytes_again, votes = again.pretrained()
    assert next(updates) == 19, "it went on where it had stopped"
    assert bytes_again == model
    pd.testing.assert_frame_equal(votes, held_out)
    assert (again.folder / "0/history.csv").read_bytes() == (chain.folder / "0/history.csv").read_bytes()


def test_without_verified_clips_to_be_neighbours_it_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"knn needs verified clips that are learned from .*`learn_from`"):
        Pretrained(tmp_path / "chain", learn_from="unverified").pretrained()
