"""Relabelling and promotion (Iqbal et al. 2018): the rules, their stages, and what a training learns of them."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.common.errors import UserError
from workflow_scripts.labels import correct_labels
from workflow_scripts.labels.relabelling import relabel
from workflow_scripts.learners import network
from workflow_scripts.report.relabelling import report_relabelling
from workflow_scripts.scoring.relabelling import relabelling_figures
from workflow_scripts.scoring.shares import share
from workflow_scripts.study.stages import FURTHER
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.corrected_labels import with_corrected_labels
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.training import train_model

pytestmark = pytest.mark.filterwarnings("error")

# ------------------------------------------------------------------ the rules

BARK, MEOW, KNOCK = range(3)
PROBABILITIES = np.array([[0.25, 0.5, 0.25], [0.0, 0.25, 0.75], [0.125, 0.75, 0.125], [0.5, 0.25, 0.25]])
GIVEN = np.array([BARK, BARK, MEOW, BARK])  # the first two are contradicted, the others confirmed


def flags(**thresholds):
    return [part.tolist() for part in relabel(PROBABILITIES, GIVEN, **thresholds)]


def test_by_default_every_contradicted_label_is_replaced_and_those_confirmed_above_0_7_are_promoted():
    labels, relabelled, promoted = flags()
    assert labels == [MEOW, KNOCK, MEOW, BARK]
    assert relabelled == [True, True, False, False]
    assert promoted == [False, False, True, False]


@pytest.mark.parametrize(("above", "relabelled"), [(0.49, [0, 1]), (0.5, [1]), (0.75, []), (None, [])])
def test_only_contradictions_above_the_threshold_replace_the_label(above, relabelled):
    labels, changed, promoted = flags(relabel_above=above, promote_above=None)
    assert np.flatnonzero(changed).tolist() == relabelled
    assert labels == [[MEOW, KNOCK][clip] if clip in relabelled else GIVEN[clip] for clip in range(4)]
    assert not any(promoted)


@pytest.mark.parametrize(("above", "promoted"), [(0.49, [2, 3]), (0.5, [2]), (0.75, []), (None, [])])
def test_only_confirmations_above_the_threshold_promote(above, promoted):
    labels, relabelled, trusted = flags(relabel_above=None, promote_above=above)
    assert np.flatnonzero(trusted).tolist() == promoted
    assert labels == GIVEN.tolist()
    assert not any(relabelled)


# In quarters, so that classes tie with each other and with thresholds.
clips_judged = st.integers(1, 6).flatmap(
    lambda clips: st.tuples(
        arrays(float, (clips, 3), elements=st.sampled_from([0, 0.25, 0.5, 0.75, 1])),
        arrays(int, clips, elements=st.integers(0, 2)),
    )
)
thresholds = st.none() | st.sampled_from([0, 0.25, 0.5, 0.75, 1])


@given(clips_judged, thresholds, thresholds)
def test_a_relabelled_clip_gets_its_most_probable_class_and_all_others_keep_their_label(judged, relabel_above, tau):
    probabilities, given_labels = judged
    labels, relabelled, promoted = relabel(probabilities, given_labels, relabel_above, tau)
    assert not (relabelled & promoted).any()
    for row, old, new, changed, trusted in zip(
        probabilities.tolist(), given_labels, labels, relabelled, promoted, strict=True
    ):
        assert changed == (new != old)
        assert row[new] == max(row) or not changed
        assert row[old] == max(row) or not trusted
        assert not changed or max(row) > relabel_above
        assert not trusted or max(row) > tau


@given(clips_judged, st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted))
def test_a_higher_threshold_only_removes(judged, ascending):
    (_, more_relabelled, more_promoted), (_, relabelled, promoted) = (relabel(*judged, t, t) for t in ascending)
    assert (more_relabelled | ~relabelled).all()
    assert (more_promoted | ~promoted).all()


@given(clips_judged, thresholds, thresholds)
def test_neither_threshold_acts_on_the_other_rule(judged, relabel_above, tau):
    _, relabelled, promoted = relabel(*judged, relabel_above, tau)
    assert (relabelled == relabel(*judged, relabel_above, None)[1]).all()
    assert (promoted == relabel(*judged, None, tau)[2]).all()


# ------------------------------------------------------------------ correct_labels

CLASSES = ["Bark", "Meow"]
CLIPS = """fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5
a,train,Bark,0,,,,,a.wav,1.0,
v,train,Meow,1,,,,,v.wav,1.0,
b,train,Bark,0,,,,,b.wav,1.0,
t,test,Bark,1,,,,,t.wav,1.0,
c,train,Meow,0,,,,,c.wav,1.0,
d,train,Meow,0,,,,,d.wav,1.0,
"""
JUDGED = {
    "d": [0.6, 0.4],  # contradicted, not above 0.6
    "v": [0.875, 0.125],  # contradicted, but verified
    "c": [0.3125, 0.6875],  # confirmed, not above 0.7
    "b": [0.75, 0.25],  # confirmed
    "a": [0.25, 0.75],  # contradicted
}
CORRECTED = """fname,given_label,predicted,probability,label,relabelled,promoted
a,Bark,Meow,0.75,Meow,1,0
b,Bark,Bark,0.75,Bark,0,1
c,Meow,Meow,0.6875,Meow,0,0
d,Meow,Bark,0.6,Meow,0,0
"""
SHUFFLED = "\n".join([*CORRECTED.splitlines()[:1], *CORRECTED.splitlines()[:0:-1]]) + "\n"


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    write("clips.csv", CLIPS)
    return write


def corrected(folder, judged, columns=CLASSES):
    write_predictions(prediction_table(list(judged), list(judged.values()), CLASSES)[columns], folder / "oof.parquet")
    correct_labels.main(
        clips=folder / "clips.csv",
        oof=folder / "oof.parquet",
        labels=folder / "labels.csv",
        settings=correct_labels.Settings(CLASSES, relabel_above=0.6, promote_above=0.7),
    )
    return (folder / "labels.csv").read_text()


@pytest.mark.parametrize("columns", [CLASSES, CLASSES[::-1]])
@pytest.mark.usefixtures("write")
def test_stage_corrects_exactly_the_unverified_training_clips_by_class_name(tmp_path, columns):
    assert corrected(tmp_path, JUDGED, columns) == CORRECTED


@pytest.mark.parametrize("lost", ["b", "v"])
@pytest.mark.usefixtures("write")
def test_stage_refuses_predictions_that_lack_a_training_clip(tmp_path, lost):
    judged = {fname: row for fname, row in JUDGED.items() if fname != lost}
    with pytest.raises(UserError, match=rf"oof\.parquet: 1 clips are missing, the first is {lost}"):
        corrected(tmp_path, judged)


@pytest.mark.usefixtures("write")
def test_stage_refuses_predictions_of_a_test_clip(tmp_path):
    with pytest.raises(UserError, match=r"oof\.parquet: 1 clips do not belong here, the first is t"):
        corrected(tmp_path, JUDGED | {"t": [0.5, 0.5]})


# ------------------------------------------------------------------ the corrected labels


def test_corrected_labels_are_joined_by_name(write):
    clips = read_clips(write("clips.csv", CLIPS), "train")
    joined = with_corrected_labels(clips, write("labels.csv", SHUFFLED))
    assert joined["label"].to_dict() == {"a": "Meow", "v": "Meow", "b": "Bark", "c": "Meow", "d": "Meow"}
    assert joined.index[joined["promoted"]].tolist() == ["b"]
    assert clips.loc["a", "label"] == "Bark", "the given table stays as it is"


def test_some_of_the_clips_suffice(write):
    clips = read_clips(write("clips.csv", CLIPS), "train").loc[["d", "a"]]
    joined = with_corrected_labels(clips, write("labels.csv", CORRECTED))
    assert joined[["label", "promoted"]].to_numpy().tolist() == [["Meow", False], ["Meow", False]]


def test_a_verified_clip_keeps_its_label_whatever_the_table_says(write):
    clips = read_clips(write("clips.csv", CLIPS), "train")
    joined = with_corrected_labels(clips, write("labels.csv", CORRECTED + "v,Meow,Bark,0.9,Bark,1,1\n"))
    assert joined.loc["v", ["label", "promoted"]].tolist() == ["Meow", False]


def test_an_unverified_clip_without_a_corrected_label_is_an_error(write):
    clips = read_clips(write("clips.csv", CLIPS), "train")
    labels = write("labels.csv", CORRECTED.replace("c,Meow,Meow,0.6875,Meow,0,0\n", ""))
    with pytest.raises(UserError, match=r"labels\.csv: 1 clips are missing, the first is c"):
        with_corrected_labels(clips, labels)


# ------------------------------------------------------------------ how good they are


def test_a_share_of_nothing_is_undefined():
    assert (share(1, 4), share(np.int64(0), np.int64(4)), share(4, 4)) == (0.25, 0, 1)
    assert np.isnan(share(np.int64(0), np.int64(0)))


#        relabelled: mended twice, spoilt, wrong twice; promoted: right, wrong, right; left alone: wrong
BEFORE = ["Bark", "Bark", "Bark", "Bark", "Meow", "Meow", "Meow", "Knock"]
AFTER = ["Meow", "Meow", "Meow", "Meow", "Meow", "Meow", "Meow", "Knock"]
TRUTH = ["Meow", "Meow", "Bark", "Knock", "Meow", "Bark", "Meow", "Bark"]
RELABELLED = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool)
PROMOTED = np.array([0, 0, 0, 0, 1, 1, 1, 0], bool)


def test_figures_by_hand():
    assert relabelling_figures(BEFORE, AFTER, TRUTH, RELABELLED, PROMOTED) == {
        "share_right_before": 3 / 8,
        "share_right_after": 4 / 8,
        "relabelled_mended": 2 / 4,
        "relabelled_spoilt": 1 / 4,
        "promoted_right": 2 / 3,
    }


def test_where_nothing_was_relabelled_or_promoted_there_is_nothing_to_share():
    nothing = np.zeros(8, bool)
    figures = relabelling_figures(BEFORE, BEFORE, TRUTH, nothing, nothing)
    assert (figures.pop("share_right_before"), figures.pop("share_right_after")) == (3 / 8, 3 / 8)
    assert set(figures) == {"relabelled_mended", "relabelled_spoilt", "promoted_right"}
    assert np.isnan(list(figures.values())).all()


TRUE_LABELS = "fname,true_label\nd,Bark\nc,Meow\nt,Bark\nb,Meow\na,Meow\n"
UNCHANGED = """fname,given_label,predicted,probability,label,relabelled,promoted
a,Bark,Meow,0.5,Bark,0,0
b,Bark,Bark,0.5,Bark,0,0
c,Meow,Meow,0.5,Meow,0,0
d,Meow,Bark,0.5,Meow,0,0
"""


@pytest.fixture
def report(write, tmp_path):
    """Run the stage on an ensemble with two rounds, of which the second corrects nothing."""

    def run(rounds=(("both", 1, SHUFFLED), ("both", 2, UNCHANGED)), true_labels=TRUE_LABELS):
        report_relabelling(
            clips=tmp_path / "clips.csv",
            corrected=[write(f"{ensemble}{number}.csv", text) for ensemble, number, text in rounds],
            keys=[[ensemble, number] for ensemble, number, _ in rounds],
            report=tmp_path / "report.csv",
            true_labels=true_labels and str(write("true.csv", true_labels)),
        )
        return (tmp_path / "report.csv").read_text().splitlines()

    return run


HEADER = (
    "ensemble,round,unverified,relabelled,promoted,"
    "share_right_before,share_right_after,relabelled_mended,relabelled_spoilt,promoted_right"
)


def test_report_compares_with_the_true_labels_by_clip_name(report):
    # Right before: c; after: a and c. Relabelled: a, mended. Promoted: b, wrong.
    assert report() == [HEADER, "both,1,4,1,1,0.25,0.5,1.0,0.0,0.0", "both,2,4,0,0,0.25,0.25,,,"]


def test_report_without_true_labels_only_counts(report):
    assert report(true_labels=None) == [HEADER, "both,1,4,1,1,,,,,", "both,2,4,0,0,,,,,"]


@pytest.mark.parametrize("true_labels", [TRUE_LABELS, None])
def test_report_without_rounds_is_a_header(report, true_labels):
    assert report(rounds=(), true_labels=true_labels) == [HEADER]


def test_report_refuses_true_labels_that_lack_an_unverified_clip(report):
    with pytest.raises(UserError, match=r"true\.csv: 1 clips are missing, the first is c"):
        report(true_labels=TRUE_LABELS.replace("c,Meow\n", ""))


# ------------------------------------------------------------------ what a training learns

COLLECTION = pd.DataFrame(
    [  # fname, given label, verified, fold, corrected label, promoted
        ("held-verified", "Bark", 1, 1, "", ""),
        ("verified", "Meow", 1, 0, "", ""),
        ("promoted", "Meow", 0, 2, "Meow", 1),
        ("held-promoted", "Bark", 0, 1, "Bark", 1),
        ("alone", "Bark", 0, 0, "Bark", 0),
        ("relabelled", "Bark", 0, 2, "Meow", 0),
        ("held-relabelled", "Bark", 0, 1, "Meow", 0),
        ("held-verified-too", "Meow", 1, 1, "", ""),
    ],
    columns=["fname", "label", "verified", "fold", "corrected", "promoted"],
)
SETTINGS = {
    "system": "iqbal-vgg13-a",
    "stage": "01",
    "fold": 1,
    "seed": 1,
    "task": "multiclass",
    "classes": ["Knock", *CLASSES],
    "learner": {
        "name": "network",
        "network": {"name": "vgg13", "width": 2},
        "windows": {"name": "random_crop", "frames": 4, "tiled": 4},
        "aggregation": {"mean": "arithmetic", "renormalise": False},
    },
    "pool": [],
    "crops": None,
}
TRAINING = FURTHER | {"epochs": 1, "normalisation": None, "unverified_weight": 0.5}
LEARNED = {"name": "corrected", "relabel_above": 0, "promote_above": 0.7, "promoted_weight": 0.75}


class Recorder(torch.nn.Module):
    """Knows a clip by its spectrogram, which holds the clip's number in the collection throughout."""

    def forward(self, spectrograms):
        self.numbers = spectrograms[:, 0, 0].int().tolist()
        return torch.zeros(len(spectrograms), 3)


@pytest.fixture
def trained(write, tmp_path, monkeypatch):
    """Return what the stage hands over to the training of fold 1: (TrainingSet, function that validates a network)."""

    def hand_over(network, training, training_set, bank, *, validate, **_):
        raise StopIteration(training_set, validate)  # nothing needs to be trained

    def run(corrected):
        doubtful = COLLECTION[COLLECTION["verified"] == 0]
        lines = [f"{c.fname},{c.label},Knock,0.5,{c.corrected},1,{c.promoted}" for c in doubtful[::-1].itertuples()]
        labels = write("labels.csv", "\n".join([CORRECTED.splitlines()[0], *lines, ""]))
        lines = [f"{c.fname},train,{c.label},{c.verified},,,,,x.wav,1.0," for c in COLLECTION.itertuples()]
        write("clips.csv", "\n".join([CLIPS.splitlines()[0], *lines, ""]))
        COLLECTION[["fname", "fold"]].to_csv(tmp_path / "folds.csv", index=False)
        parts = [(c.fname, 0, np.full((4, 2), c.Index, np.float32)) for c in COLLECTION.itertuples()]
        write_features(parts, tmp_path / "frames.npy", tmp_path / "index.csv")
        monkeypatch.setattr(network, "fit", hand_over)
        with pytest.raises(StopIteration) as handed:
            train_model.main(
                **{name: tmp_path / f"{name}.csv" for name in ("clips", "folds", "index")},
                frames=tmp_path / "frames.npy",
                labels=[labels] if corrected else [],
                folder=tmp_path,
                settings=train_model.Settings(
                    training=TRAINING | ({"labels": LEARNED} if corrected else {}), **SETTINGS
                ),
                threads=1,
                device="cpu",
                deterministic=0,
                checkpoint_seconds=1,
            )
        return handed.value.args

    return run


@pytest.mark.parametrize(
    ("corrected", "expected"),
    [
        (False, {"promoted": ("Meow", 0.5), "alone": ("Bark", 0.5), "relabelled": ("Bark", 0.5)}),
        (True, {"promoted": ("Meow", 0.75), "alone": ("Bark", 0.5), "relabelled": ("Meow", 0.5)}),
    ],
)
def test_a_training_learns_the_corrected_labels_with_their_weights(trained, corrected, expected):
    training_set, _ = trained(corrected)
    windows = training_set.windows(np.random.default_rng(0))
    clip = windows["clip"].to_numpy()
    labels = [SETTINGS["classes"][number] for number in training_set.targets[clip].argmax(axis=1)]
    learned = dict(zip(windows["fname"], zip(labels, training_set.weights[clip].tolist(), strict=True), strict=True))
    assert learned == {"verified": ("Meow", 1.0)} | expected
    assert len(training_set.targets) == len(training_set.weights) == 4, "no held-out clip is among them"


@pytest.mark.parametrize("corrected", [False, True])
def test_a_promoted_clip_never_validates(trained, corrected):
    _, validate = trained(corrected)
    network = Recorder()
    probabilities, targets = validate(network)
    assert COLLECTION["fname"][network.numbers].tolist() == ["held-verified", "held-verified-too"]
    assert [SETTINGS["classes"][number] for number in targets.argmax(axis=1)] == ["Bark", "Meow"]
    assert probabilities.shape == (2, 3)
