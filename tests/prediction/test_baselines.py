import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.prediction import predict_baselines
from workflow_scripts.prediction.baselines.clip_statistics import clip_statistics
from workflow_scripts.prediction.baselines.most_frequent import most_frequent
from workflow_scripts.prediction.baselines.random_forest import random_forest, random_forest_of_sets
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.predictions import read_predictions

pytestmark = pytest.mark.filterwarnings("error")


def test_most_frequent_by_hand():
    np.testing.assert_array_equal(most_frequent(np.eye(4)[[0, 2, 2, 0, 2]], 2), [[0.4, 0, 0.6, 0]] * 2)


def test_clip_statistics_by_hand():
    # Two bands, three frames; relative to the loudest cell (-10): band 0 is -20, -10, 0; band 1 is -200, cut at -80.
    spectrogram = np.array([[-30, -210], [-20, -210], [-10, -210]], np.float32)
    mean, std, median, quantile, maximum, change = clip_statistics(spectrogram)[:-1].reshape(6, 2)
    np.testing.assert_allclose(mean, [-10, -80])
    np.testing.assert_allclose(std, [np.sqrt(200 / 3), 0])
    np.testing.assert_allclose(median, [-10, -80])
    np.testing.assert_allclose(quantile, [-2, -80])  # 0.9 * (3 - 1) = 1.8: 0.8 of the way from -10 to 0
    np.testing.assert_allclose(maximum, [0, -80])
    np.testing.assert_allclose(change, [np.sqrt(200 / 3), 0])  # changes 0, 10, 10
    assert clip_statistics(spectrogram)[-1] == 3


def test_single_frame():
    statistics = clip_statistics(np.zeros((1, 4), np.float32))
    np.testing.assert_array_equal(statistics, [0] * 24 + [1])


@given(arrays(float, st.tuples(st.integers(1, 9), st.just(3)), elements=st.floats(-120, 20)), st.floats(-40, 40))
def test_gain_makes_no_difference(spectrogram, gain):
    np.testing.assert_allclose(clip_statistics(spectrogram + gain), clip_statistics(spectrogram), atol=1e-6)


def clouds(clips, classes, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(clips) % classes
    return 5 * np.eye(classes)[labels] + rng.normal(size=(clips, classes)), labels


def test_forest_tells_clouds_apart():
    (training, labels), (new, truth) = clouds(60, 3), clouds(30, 3, seed=1)
    predicted = random_forest(training, labels, new, 3, 50, seed=1, threads=1)
    assert (predicted.argmax(axis=1) == truth).mean() > 0.9
    np.testing.assert_allclose(predicted.sum(axis=1), 1)


def test_the_share_of_clips_that_have_each_class_by_hand():
    np.testing.assert_array_equal(most_frequent(np.array([[1, 1, 0], [0, 1, 0]]), 1), [[0.5, 1, 0]])


def test_forest_tells_any_number_of_classes_of_a_clip():
    (training, labels), (new, truth) = clouds(60, 3), clouds(30, 3, seed=1)
    # a class of the first two clouds, one of the last two, one of none, one of all
    sets = np.array([[1, 0, 0, 1], [1, 1, 0, 1], [0, 1, 0, 1]])
    predicted = random_forest_of_sets(training, sets[labels], new, 4, 50, seed=1, threads=1)
    assert ((predicted[:, :2] > 0.5) == sets[truth, :2]).mean() > 0.9
    assert (predicted[:, 2] == 0).all() and (predicted[:, 3] == 1).all()


def test_forest_gives_zero_to_a_class_without_training_clips():
    training, labels = clouds(40, 2)
    predicted = random_forest(training, labels * 2, training, 4, 10, seed=1, threads=1)
    assert predicted.shape == (40, 4)
    assert (predicted[:, [1, 3]] == 0).all()
    assert (predicted[:, [0, 2]].sum(axis=0) > 0).all()


CLASSES = ["Low", "High", "Both"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """24 training and 6 test clips of three spectra; one of each is empty; clip 1 has two segments."""
    folder = tmp_path_factory.mktemp("baselines")
    rng = np.random.default_rng(0)
    spectra = np.array([[0, -40], [-40, 0], [0, 0]])
    names, lines, parts = [f"{n:02}.wav" for n in range(30)], [], []
    for number, name in enumerate(names):
        empty = number in (5, 29)
        split = "train" if number < 24 else "test"
        lines.append(f"{name},{split},{CLASSES[number % 3]},1,,,,,x.wav,{0 if empty else 1}.0,")
        for segment in range(0 if empty else 1 + (number == 1)):
            noise = rng.normal(size=(rng.integers(2, 9), 2)).astype(np.float32)
            parts.append((name, segment, spectra[number % 3] + noise))
    header = "fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5\n"
    (folder / "clips.csv").write_text(header + "\n".join(lines) + "\n")
    (folder / "folds.csv").write_text(
        "fname,fold\n" + "".join(f"{name},{n // 6}\n" for n, name in enumerate(names[:24]))
    )
    write_features(parts, folder / "frames.npy", folder / "index.csv")
    return folder


def stage(folder, threads=1):
    outputs = {
        f"{model}_{kind}": folder / f"{model}.{kind}.parquet"
        for model in ("frequent", "forest")
        for kind in ("oof", "test")
    }
    predict_baselines.main(
        clips=folder / "clips.csv",
        folds=folder / "folds.csv",
        frames=folder / "frames.npy",
        index=folder / "index.csv",
        **outputs,
        settings=predict_baselines.Settings(task="multiclass", classes=CLASSES, trees=30, seed=1),
        threads=threads,
    )
    return outputs


def test_stage_predicts_every_clip(folder):
    outputs = stage(folder)
    training, test = [f"{n:02}.wav" for n in range(24)], [f"{n:02}.wav" for n in range(24, 30)]
    third = np.full(3, 1 / 3)
    for model in ("frequent", "forest"):
        assert list(read_predictions(outputs[f"{model}_oof"]).index) == training
        assert list(read_predictions(outputs[f"{model}_test"]).index) == test
    np.testing.assert_allclose(read_predictions(outputs["frequent_test"]), [third] * 6)
    out_of_fold, forest = read_predictions(outputs["forest_oof"]), read_predictions(outputs["forest_test"])
    np.testing.assert_array_equal(forest.to_numpy()[:5].argmax(axis=1), np.arange(24, 29) % 3)
    np.testing.assert_allclose(forest.loc["29.wav"], third)  # empty
    np.testing.assert_allclose(out_of_fold.loc["05.wav"], third)
    right = out_of_fold.to_numpy().argmax(axis=1) == np.arange(24) % 3
    assert right[np.arange(24) != 5].all()


def test_held_out_labels_do_not_reach_the_predictions(folder):
    """A fold that holds all clips of a class: models of the other folds do not know the class."""
    folds = (folder / "folds.csv").read_text()
    try:
        rows = "".join(f"{n:02}.wav,{n % 3}\n" for n in range(24))
        (folder / "folds.csv").write_text("fname,fold\n" + rows)
        outputs = stage(folder)
    finally:
        (folder / "folds.csv").write_text(folds)
    heard = np.arange(24) != 5
    for model in ("frequent", "forest"):
        own = read_predictions(outputs[f"{model}_oof"]).to_numpy()[np.arange(24), np.arange(24) % 3]
        assert (own[heard] == 0).all()


def test_number_of_threads_makes_no_difference(folder):
    one = {name: path.read_bytes() for name, path in stage(folder, threads=1).items()}
    assert {name: path.read_bytes() for name, path in stage(folder, threads=2).items()} == one
