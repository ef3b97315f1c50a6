"""A fold goes on without clips that its own model, which has learned them, finds improbable."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from tests.project import ROOT
from tests.refusals import refusal
from tests.training.test_judging import CLASSES, FOLD, TRAINING, Chain
from workflow_scripts.common.errors import UserError
from workflow_scripts.labels import prune_clips
from workflow_scripts.labels.pruning import losses_of_clips
from workflow_scripts.learners import classifier, network
from workflow_scripts.report.pruning import report_pruning
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.study.stages import FURTHER
from workflow_scripts.tables.pruned import read_pruned, write_pruned
from workflow_scripts.training.inference import predict_all_windows
from workflow_scripts.training.model import Model

CROSS_ENTROPY = {"name": "cross_entropy"}
REMEMBERING = {"name": "early_learning_regularisation", "of": CROSS_ENTROPY, "momentum": 0.7, "strength": 3}
PERCENTILE = {"name": "percentile", "at": 80}
PRUNED = {"name": "pruned", "loss": CROSS_ENTROPY, "by": PERCENTILE}
PRUNING = {"start": "previous", "optimizer_state": "previous", "begins_after": 2, "epochs": 3, "labels": PRUNED}


# ------------------------------------------------------------------ the losses


def test_the_loss_of_a_clip_is_the_mean_of_its_windows_losses():
    probabilities = np.array([[0.5, 0.5], [0.25, 0.75], [1.0, 0.0], [0.125, 0.875]], np.float32)
    clip, targets = np.array([1, 0, 2, 0]), np.eye(2, dtype=np.float32)[[0, 1, 0]]
    losses = losses_of_clips(probabilities, clip, targets, np.array([True, True, False]), CROSS_ENTROPY)
    # of the first clip -log(1/4) and -log(1/8), of the second -log(1/2), of the third 0
    np.testing.assert_allclose(losses, [2.5 * np.log(2), np.log(2), 0], atol=1e-6)


def test_a_probability_of_zero_has_the_largest_loss_of_all():
    losses = losses_of_clips(np.float32([[0, 1]]), np.array([0]), np.float32([[1, 0]]), np.array([True]), CROSS_ENTROPY)
    assert losses == pytest.approx([-np.log(1e-7)])


# ------------------------------------------------------------------ rule prune_clips, and the training after it


class Pruned(Chain):
    """Two epochs of a training, and a third one without what was pruned."""

    def __init__(self, folder, by=PERCENTILE, among="unverified", **later):
        labels = PRUNED | {"by": by, "among": among}
        super().__init__(folder, {"gone_on_until": 3}, PRUNING | {"labels": labels} | later)
        self.write_inputs()

    def of_stage(self, number):
        settings = super().of_stage(number)
        if number:
            del settings["training"]["gone_on_until"]
        return settings

    def before(self, number):
        return super().before(number) | {"labels": [self.folder / "pruned.csv"]}

    def prune(self, learner=None):
        labels = self.later["labels"]
        prune_clips.main(
            **{name: self.folder / f"{name}.csv" for name in ("clips", "folds", "index")},
            frames=self.folder / "frames.npy",
            model=self.folder / "0/model.safetensors",
            pruned=self.folder / "pruned.csv",
            settings=prune_clips.Settings(
                **{key: self.settings[key] for key in ("system", "fold", "seed", "task", "classes")},
                learner=learner or self.settings["learner"],
                stage="01",
                learn_from=self.later.get("learn_from", "all"),
                **{key: labels[key] for key in ("among", "loss", "by")},
            ),
            threads=1,
            device="cpu",
            deterministic=0,
        )
        return read_pruned(self.folder / "pruned.csv")


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """After its first stage."""
    chain = Pruned(tmp_path_factory.mktemp("pruned") / "chain")
    chain.train(0)
    return chain


def again(chain, **later):
    """Return ``chain`` with another second stage."""
    other = object.__new__(Pruned)
    other.__dict__ |= chain.__dict__ | {"later": chain.later | later}
    return other


def learned(chain, which=(0, 1)):
    clips = chain.clips[chain.folds != FOLD]
    return clips.index[clips["manually_verified"].isin(which)].tolist()


def test_a_fold_judges_the_unverified_clips_that_it_learned_from(chain):
    table = chain.prune()
    assert table["fname"].tolist() == learned(chain, [0])
    assert table["label"].tolist() == chain.clips.loc[table["fname"], "label"].tolist()
    assert table["clean_probability"].isna().all()
    # 12 clips: the 80th percentile lies between the ninth and the tenth loss
    assert set(table["fname"][table["pruned"] == 1]) == set(table.nlargest(3, "loss")["fname"])


def test_its_losses_are_those_of_the_model_of_its_stage_before(chain):
    table = chain.prune()
    judge = next(Model.read(chain.folder / "0/model.safetensors").networks("cpu")).eval()
    frames = torch.from_numpy(np.stack([chain.frames[fname] for fname in table["fname"]]))
    with torch.inference_mode():  # a clip is one window, tiled to itself
        said = judge(frames).log_softmax(dim=1).numpy()
    expected = -said[np.arange(len(table)), [CLASSES.index(label) for label in table["label"]]]
    np.testing.assert_allclose(table["loss"], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("later", "which"),
    [
        ({"labels": PRUNED | {"among": "all"}}, [0, 1]),
        ({"labels": PRUNED | {"among": "all"}, "learn_from": "verified"}, [1]),
        ({"labels": PRUNED | {"among": "unverified"}, "learn_from": "unverified"}, [0]),
        ({"labels": PRUNED | {"among": "unverified"}, "learn_from": "verified"}, []),
    ],
)
def test_which_clips_can_be_pruned(chain, later, which):
    assert again(chain, **later).prune()["fname"].tolist() == learned(chain, which)


def test_a_mixture_tells_how_probable_it_is_that_a_label_is_right(chain):
    by = {"name": "loss_mixture", "clean_above": 0.5}
    table = again(chain, labels=chain.later["labels"] | {"by": by}).prune()
    assert (table["pruned"] == (table["clean_probability"] <= 0.5)).all()
    assert table["clean_probability"][table["loss"].idxmin()] > 0.5
    first = (chain.folder / "pruned.csv").read_bytes()
    again(chain, labels=chain.later["labels"] | {"by": by}).prune()
    assert (chain.folder / "pruned.csv").read_bytes() == first


def lessons(chain, monkeypatch):
    """Return the clips that the second stage hands over to the loop."""

    def fit(settings, training, training_set, *_, **__):
        raise StopIteration(training_set.windows(np.random.default_rng(0)))

    with monkeypatch.context() as patch:
        patch.setattr(network, "fit", fit)
        with pytest.raises(StopIteration) as caught:
            chain.train(1)
    return sorted(set(caught.value.args[0]["fname"]))


def test_the_next_stage_learns_from_what_is_left(chain, monkeypatch):
    table = chain.prune()
    gone = table["fname"][table["pruned"] == 1].tolist()
    assert len(gone) == 3
    assert lessons(chain, monkeypatch) == [fname for fname in learned(chain) if fname not in gone]


def test_a_table_of_other_clips_is_no_table_of_this_fold(chain, monkeypatch):
    table = chain.prune()
    write_pruned(table.iloc[1:], chain.folder / "pruned.csv")
    with pytest.raises(UserError, match=r"pruned\.csv: 1 clips are missing"):
        lessons(chain, monkeypatch)


def test_pruning_nothing_is_learning_what_is_given(chain):
    all_kept = again(chain, labels=chain.later["labels"] | {"by": {"name": "percentile", "at": 100}})
    assert (all_kept.prune()["pruned"] == 0).all()
    without = all_kept.train(1)
    assert again(chain, labels={"name": "given"}).train(1) == without
    chain.prune()
    assert chain.train(1) != without, "the control"


def test_what_a_fold_holds_out_leaves_no_trace(tmp_path, chain):
    """Neither frames nor labels of the clips that validate change what is pruned."""
    other = Pruned(tmp_path / "other")
    for fname in other.clips.index[other.folds == FOLD]:
        other.frames[fname] = other.frames[fname] + 5
    other.write_inputs()
    other.train(0)
    pd.testing.assert_frame_equal(other.prune(), chain.prune(), check_exact=True)


# ------------------------------------------------------------------ windows


def test_all_windows_of_a_clip_are_judged_and_a_clip_without_any_evenly(chain):
    sections = chain.settings["learner"] | {"windows": {"name": "sliding", "length": 32, "hop": 4}}
    store = SimpleNamespace(
        frames=np.concatenate([chain.frames[fname] for fname in ("00", "02")]),
        index=pd.DataFrame({"fname": ["00", "02"], "segment": 0, "first": [0, 40], "frames": [40, 40], "minimum": 0.0}),
    )
    learner = network.Learner(sections, prune_clips.load_part("tasks", "multiclass"), store, torch.device("cpu"))
    model = Model.read(chain.folder / "0/model.safetensors")
    clips = chain.clips.loc[["00", "01", "02"]].assign(seconds=[1.0, 0.0, 1.0])
    probabilities, clip = learner.predict_windows(model, clips)
    windows = learner.cut.inference(store.index.assign(clip=[0, 2]))
    expected, of = predict_all_windows(next(model.networks("cpu")), learner.bank, windows, learner.task)
    assert clip.tolist() == [1, *of] and len(of) > 4
    np.testing.assert_allclose(probabilities, [[1 / 3] * 3, *expected], atol=1e-6)


def test_a_classifier_judges_whole_clips(tmp_path):
    """By hand: the table has the loss of what it predicts for them."""
    chain = Pruned(tmp_path / "chain")
    section = {"name": "classifier", "classifier": {"name": "linear", "C": [1.0]}}
    chain.settings = chain.settings | {"learner": section, "crops": None}
    chain.training = FURTHER | {"checkpoint_selection": TRAINING["checkpoint_selection"]}
    chain.train(0)
    table = chain.prune(section)
    task = prune_clips.load_part("tasks", "multiclass")
    store = prune_clips.read_features(chain.folder / "frames.npy", chain.folder / "index.csv")
    learner = classifier.Learner(section, task, store, "cpu")
    said = learner.predict(classifier.read_model(chain.folder / "0/model.safetensors"), chain.clips.loc[table["fname"]])
    expected = -np.log(said[np.arange(len(table)), [CLASSES.index(label) for label in table["label"]]])
    np.testing.assert_allclose(table["loss"], expected, rtol=1e-5)
    assert table["pruned"].sum() == 3


# ------------------------------------------------------------------ how much of it was right


def test_precision_and_recall_of_pruning_by_hand(tmp_path):
    def write(name, rows):
        table = pd.DataFrame(rows, columns=["fname", "label", "loss", "pruned"])
        write_pruned(table.assign(clean_probability=np.nan), tmp_path / name)
        return tmp_path / name

    first = write("0.csv", [("a", "Bark", 0.1, 0), ("b", "Bark", 3, 1), ("c", "Meow", 2, 1), ("d", "Meow", 1.5, 0)])
    second = write("1.csv", [("a", "Bark", 0.2, 0), ("d", "Meow", 0.3, 0)])
    truth = tmp_path / "true.csv"
    truth.write_text("fname,true_label\na,Bark\nb,Bark\nc,Bark\nd,Bark\nx,Bark\n")  # c and d are wrong
    keys = [["x", 1, 0], ["x", 1, 1]]
    report_pruning([first, second], keys, tmp_path / "report.csv", str(truth))
    assert (tmp_path / "report.csv").read_text().splitlines() == [
        "system,round,fold,candidates,pruned,largest_loss_kept,share_wrong,precision,recall",
        "x,1,0,4,2,1.5,0.5,0.5,0.5",
        "x,1,1,2,0,0.3,0.5,,0.0",
    ]
    report_pruning([first], keys[:1], tmp_path / "report.csv", None)
    assert (tmp_path / "report.csv").read_text().splitlines()[1] == "x,1,0,4,2,1.5,,,"


# ------------------------------------------------------------------ the plan

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
DEMO = "results/fsdkaggle2018-demo"
MORE = {"start": "previous", "optimizer_state": "previous", "epochs": 30}
OWN = {"stages": {"training": {}, "pruning": MORE | {"labels": PRUNED | {"among": "unverified"}}}}
SYSTEM = "cross-task-cnn"


def planned(own=None, **changes):
    sizes = {"own": {SYSTEM: own}} if own else {}
    return Plan(CONFIG | {"size": "own" if own else "demo", "sizes": sizes} | changes)


def of(stage, system=SYSTEM, fold=2, dataset="fsdkaggle2018-demo"):
    return SimpleNamespace(dataset=dataset, system=system, stage=stage, fold=str(fold))


def test_each_fold_is_pruned_by_its_own_model_of_the_stage_before():
    plan = planned(OWN)
    assert plan.labels.model_of_stage_before(of("01")) == f"{DEMO}/systems/{SYSTEM}/stage00/fold2/model.safetensors"
    assert plan.training.data_of_training(of("01"))["labels"] == [f"{DEMO}/systems/{SYSTEM}/stage01/fold2/pruned.csv"]
    settings = json.loads(plan.labels.prune_clips(of("01")))
    assert (settings["fold"], settings["among"], settings["by"]) == (2, "unverified", PERCENTILE)
    assert {f"workflow_scripts.parts.{part}" for part in ("selections.percentile", "losses.cross_entropy")} <= set(
        settings["modules"]
    )


def test_a_stage_that_goes_on_takes_the_training_up_to_its_own_last_epoch():
    first, second = planned(OWN).study.stages(SYSTEM)
    assert (first.settings["epochs"], first.settings["gone_on_until"], first.epochs) == (25, 30, 25)
    assert (second.settings["epochs"], second.settings["begins_after"], second.epochs) == (30, 25, 5)
    assert planned(OWN).training.estimated_recipe(SYSTEM)["stages"][1]["epochs"] == 5


def test_only_the_end_of_a_training_is_an_answer():
    plan = planned(OWN)
    oof = plan.prediction.oof_of_all_stages(of("01"))
    assert oof == [f"{DEMO}/systems/{SYSTEM}/stage01/oof.parquet"]


def test_a_training_that_no_other_goes_on_with_is_planned_as_ever():
    plain = json.loads(planned().training.train(of("00")))["training"]
    assert not {"optimizer_state", "gone_on_until", "begins_after"} & plain.keys()


def test_what_was_pruned_is_reported_where_something_is():
    pruning = planned(OWN, systems=[SYSTEM, "iqbal-vgg13-a"])
    tables = [f"{DEMO}/systems/{SYSTEM}/stage01/fold{fold}/pruned.csv" for fold in range(4)]
    assert pruning.report.pruned_of_systems(of("01")) == tables
    assert f"{DEMO}/pruning.csv" in pruning.report.left_behind(of("01").__dict__)
    assert json.loads(pruning.report.report_results(of("01")))["pruned"] == [[SYSTEM, 1, fold] for fold in range(4)]
    assert "pruned" not in json.loads(planned().report.report_results(of("01")))
    assert f"{DEMO}/pruning.csv" not in planned().report.left_behind(of("01").__dict__)


def stages(**pruning):
    return {"stages": {"training": {}, "pruning": OWN["stages"]["pruning"] | pruning}}


def labels(**changes):
    return stages(labels=PRUNED | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (labels(by={"name": "percentil"}), ["stages.pruning: labels.by", "'percentil'", "loss_mixture, percentile"]),
        (labels(by={"name": "percentile", "at": 101}), ["labels.by", "percentile: at", "from 0 to 100"]),
        (labels(by={"name": "loss_mixture", "at": 97}), ["labels.by", "loss_mixture has no parameter 'at'"]),
        (labels(by={"at": 97}), ["stages.pruning.labels.by", "'name'"]),
        (labels(loss={"name": "binary_cross_entropy"}), ["labels.loss", "binary_cross_entropy is of multilabel"]),
        (labels(loss={"name": "cross"}), ["labels.loss", "'cross'"]),
        (labels(among="verified"), ["stages.pruning.labels.among", "'verified'"]),
        (stages(labels={"name": "pruned", "loss": CROSS_ENTROPY}), ["pruned needs the parameter 'by'"]),
        ({"stages": {"pruning": {"labels": PRUNED}}}, ["no stage before", "could have judged any"]),
        (stages(start="scratch"), ["optimizer_state", "say `start: previous`, too"]),
        (stages(epochs=25), ["optimizer_state: epochs", "ends with epoch 25", "say more here, or fewer there"]),
        (stages(optimizer={"name": "sgd"}), ["optimizer_state: optimizer", "another one in the stage before"]),
        (stages(rates={"classifier": 2}), ["optimizer_state: rates", "another one in the stage before"]),
        (stages(loss=REMEMBERING), ["optimizer_state: loss", "remembers of clips"]),
        (labels(loss=REMEMBERING), ["labels.loss", "remembers clips"]),
        (stages(fresh=["classifier"]), ["optimizer_state", "`fresh`"]),
        (stages(optimizer_state="kept"), ["stages.pruning.optimizer_state", "'kept'"]),
        (stages(repeat=2), ["optimizer_state: epochs", "ends with epoch 30"]),
        ({"training": {"augmentation": {"name": "mixup", "alpha": 1, "partner": "last"}}}, ["partner", "'last'"]),
        ({"training": {"augmentation": {"name": "mixup", "alpha": 1, "after": -1}}}, ["augmentation.after", "-1"]),
    ],
)
def test_a_mistake_is_one_line_that_names_it(changes, words):
    message = refusal(read_recipe, SYSTEM, {SYSTEM: changes})
    assert all(word in message for word in words), message


def test_pruning_is_of_one_label_a_clip():
    own = stages(labels=PRUNED | {"loss": {"name": "binary_cross_entropy"}})
    message = refusal(read_recipe, "cross-task-cnn-multilabel", {"cross-task-cnn-multilabel": own})
    assert "pruned ones are made where a clip has one label" in message


def test_nothing_is_left_to_the_state_of_a_pre_training():
    own = {"stages": {"fine_tuning": {"optimizer_state": "previous", "start": "previous", "fresh": []}}}
    message = refusal(read_recipe, "contrastive-vgg-like", {"contrastive-vgg-like": own})
    assert "stages.fine_tuning: optimizer_state: of pre-training" in message


def test_a_data_set_without_unverified_clips_has_none_to_prune(tmp_path):
    content = {"like": "fsdkaggle2018-demo", "title": "verified", "counts": {"verified": 190, "train": 190}}
    (tmp_path / "verified.yaml").write_text(yaml.safe_dump(content))
    plan = planned(OWN, dataset=str(tmp_path / "verified.yaml"))
    message = refusal(plan.labels.prune_clips, of("01", dataset="verified"))
    assert "stages.pruning: labels.among: the dataset verified has no unverified clips" in message
