import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.fusion import stack_systems
from workflow_scripts.fusion.stack import Stack, cross_fit, fit_stack, fit_stack_of_sets
from workflow_scripts.fusion.stack_file import read_stack, write_stack
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions

pytestmark = pytest.mark.filterwarnings("error")


def problem(counts, systems=2, seed=0, noise=0.8):
    """Return features [clips, systems * classes] that know something of the labels, and the labels."""
    rng = np.random.default_rng(seed)
    classes = len(counts)
    labels = rng.permutation(np.repeat(np.arange(classes), counts))
    own = [
        (1 - noise) * np.eye(classes)[labels] + noise * rng.dirichlet(np.ones(classes), len(labels))
        for _ in range(systems)
    ]
    return np.hstack(own), labels


def ones(labels):
    return np.ones(len(labels))


def test_prediction_by_hand():
    # Logits ln 3 and 0 are probabilities 3/4 and 1/2, normalised 3/5 and 2/5.
    stack = Stack(np.array([[np.log(3), 0.0]]), np.zeros(2))
    np.testing.assert_allclose(stack.predict(np.array([[1.0], [0.0]])), [[0.6, 0.4], [0.5, 0.5]])


def test_no_class_possible_is_uniform():
    np.testing.assert_array_equal(Stack(np.zeros((1, 4)), np.full(4, -np.inf)).predict(np.ones((1, 1))), [[0.25] * 4])


def test_as_many_clips_per_class_agree_with_scikit_learn():
    # Where all classes have the same number of clips, balancing them changes nothing.
    features, labels = problem([30, 30, 30])
    reference = OneVsRestClassifier(LogisticRegression(solver="liblinear", C=2.0)).fit(features, labels)
    predicted = fit_stack(features, labels, ones(labels), 3, C=2.0).predict(features)
    np.testing.assert_allclose(predicted, reference.predict_proba(features), rtol=1e-6)


def test_fit_minimises_the_weighted_loss():
    # Class k of n_k clips: own clips weigh n / (classes * n_k), the others 1, times the clip's weight; liblinear
    # minimises |w|^2 / 2 + C * weighted log loss, where w includes the intercept.
    features, labels = problem([8, 16, 48])
    weights = np.where(np.arange(72) % 3, 1.0, 0.65)
    stack = fit_stack(features, labels, weights, 3, C=1.0)
    extended = np.column_stack([features, np.ones(72)])
    for label, balance in enumerate([3.0, 1.5, 0.5]):
        sign = np.where(labels == label, 1, -1)
        cost = weights * np.where(labels == label, balance, 1)

        def loss(w, sign=sign, cost=cost):
            return w @ w / 2 + cost @ np.logaddexp(0, -sign * (extended @ w))

        best = minimize(loss, np.zeros(extended.shape[1]), tol=1e-10)
        found = loss(np.append(stack.coefficients[:, label], stack.intercepts[label]))
        assert found == pytest.approx(best.fun, rel=1e-4)


def test_down_weighted_clips_count_less():
    features = np.array([[1.0, 0.0]] * 5)
    labels = np.array([0, 0, 1, 1, 1])
    equal = fit_stack(features, labels, ones(labels), 2, C=1.0).predict(features)[0, 1]
    doubted = fit_stack(features, labels, np.where(labels == 1, 0.1, 1), 2, C=1.0).predict(features)[0, 1]
    assert doubted < equal


def test_order_of_the_systems_makes_no_difference():
    features, labels = problem([20, 30, 10], systems=3)
    swapped = np.hstack([features[:, 6:], features[:, :6]])
    np.testing.assert_allclose(
        fit_stack(swapped, labels, ones(labels), 3, C=1.0).predict(swapped),
        fit_stack(features, labels, ones(labels), 3, C=1.0).predict(features),
        atol=1e-3,  # the solver stops within its tolerance
    )


def test_predictions_are_distributions_and_an_absent_class_gets_zero():
    features, labels = problem([10, 0, 12, 0])
    predicted = fit_stack(features, labels, ones(labels), 4, C=1.0).predict(features)
    np.testing.assert_allclose(predicted.sum(axis=1), 1)
    assert (predicted[:, [1, 3]] == 0).all()
    assert (predicted[:, [0, 2]] > 0).all()


def test_the_only_class_is_certain():
    predicted = fit_stack(np.eye(3), np.array([1, 1, 1]), np.ones(3), 3, C=1.0).predict(np.eye(3))
    np.testing.assert_array_equal(predicted, [[0, 1, 0]] * 3)


def test_cross_fit_learns_nothing_from_random_labels():
    rng = np.random.default_rng(0)
    features, labels, folds = rng.normal(size=(200, 200)), rng.integers(0, 4, 200), np.arange(200) % 5
    weights = ones(labels)
    fitted = fit_stack(features, labels, weights, 4, C=10.0).predict(features)
    assert (fitted.argmax(axis=1) == labels).mean() > 0.95
    crossed = cross_fit(features, labels, weights, folds, 4, C=10.0)
    assert (crossed.argmax(axis=1) == labels).mean() < 0.36  # chance 0.25, standard deviation 0.03


def test_own_label_has_no_influence_on_the_own_prediction():
    features, labels = problem([20, 20, 20])
    folds = np.arange(60) % 3
    changed = np.where(folds == 1, (labels + 1) % 3, labels)
    before = cross_fit(features, labels, ones(labels), folds, 3, C=1.0)
    after = cross_fit(features, changed, ones(labels), folds, 3, C=1.0)
    np.testing.assert_array_equal(before[folds == 1], after[folds == 1])
    assert (before[folds == 0] != after[folds == 0]).any()


CLASSES = ["Cat", "Dog", "Cow"]


@pytest.fixture
def files(tmp_path):
    """Two systems on 30 training clips and 6 test clips: the first always right, the second always wrong."""
    labels = np.arange(36) % 3
    names = np.array([f"{number:02}.wav" for number in range(36)])
    lines = ["fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5"]
    lines += [
        f"{name},{'train' if number < 30 else 'test'},{CLASSES[label]},{number % 2},,,,,x.wav,1.0,"
        for number, (name, label) in enumerate(zip(names, labels, strict=True))
    ]
    (tmp_path / "clips.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "folds.csv").write_text(
        "fname,fold\n" + "".join(f"{name},{n % 5}\n" for n, name in enumerate(names[:30]))
    )
    shuffled = np.random.default_rng(0).permutation(30)
    for system, named in (("right", labels), ("wrong", (labels + 1) % 3)):
        rows = 0.1 + 0.7 * np.eye(3)[named]
        for kind, clips in (("oof", shuffled), ("test", np.arange(30, 36))):
            table = prediction_table(names[clips], rows[clips], CLASSES)
            write_predictions(table, tmp_path / f"{system}.{kind}.parquet")
    return tmp_path


def stage(files, systems=("right", "wrong"), labels=(), unverified_weight=0.65, C=1.0, partial=None):
    stack_systems.main(
        clips=files / "clips.csv",
        folds=files / "folds.csv",
        oof=[files / f"{system}.oof.parquet" for system in systems],
        test=[files / f"{system}.test.parquet" for system in systems],
        labels=list(labels),
        stack_oof=files / "stack.oof.parquet",
        stack_test=files / "stack.test.parquet",
        weights=files / "weights.csv",
        stack=files / "stack.safetensors",
        settings=stack_systems.Settings(
            systems=list(systems),
            task="multiclass",
            classes=CLASSES,
            C=C,
            unverified_weight=unverified_weight,
            partial=partial,
        ),
    )
    return read_predictions(files / "stack.oof.parquet"), read_predictions(files / "stack.test.parquet")


def test_stage_predicts_training_and_test_clips(files):
    out_of_fold, test = stage(files)
    assert list(out_of_fold.columns) == CLASSES
    assert list(out_of_fold.index) == [f"{number:02}.wav" for number in range(30)]
    np.testing.assert_array_equal(out_of_fold.to_numpy().argmax(axis=1), np.arange(30) % 3)
    np.testing.assert_array_equal(test.to_numpy().argmax(axis=1), np.arange(6) % 3)
    np.testing.assert_allclose(test.sum(axis=1), 1, rtol=1e-6)


def test_stack_mends_a_system_that_is_always_wrong(files):
    out_of_fold, _ = stage(files, ["wrong"])
    np.testing.assert_array_equal(out_of_fold.to_numpy().argmax(axis=1), np.arange(30) % 3)


@pytest.mark.parametrize(("unverified_weight", "C"), [(0.65, 1.0), (1.0, 1.0), (0.65, 20.0)])
def test_stage_weighs_clips_and_penalises_in_both_of_its_fits(files, unverified_weight, C):
    """On a noisy problem, against the fits with weights written by hand: every second clip is verified."""
    rng = np.random.default_rng(1)
    noisy = {}
    for kind, count in (("oof", 30), ("test", 6)):
        table = read_predictions(files / f"right.{kind}.parquet").sort_index()
        noisy[kind] = rng.dirichlet(np.ones(3), count).astype(np.float32)
        write_predictions(prediction_table(table.index, noisy[kind], CLASSES), files / f"right.{kind}.parquet")
    out_of_fold, test = stage(files, ["right"], unverified_weight=unverified_weight, C=C)
    labels, weights = np.arange(30) % 3, np.where(np.arange(30) % 2, 1.0, unverified_weight)
    features = noisy["oof"].astype(float)
    expected = cross_fit(features, labels, weights, np.arange(30) % 5, 3, C)
    np.testing.assert_allclose(out_of_fold.to_numpy(), expected, rtol=1e-5)
    expected = fit_stack(features, labels, weights, 3, C).predict(noisy["test"].astype(float))
    np.testing.assert_allclose(test.to_numpy(), expected, rtol=1e-5)
    if unverified_weight < 1:
        swapped = cross_fit(features, labels, weights[::-1], np.arange(30) % 5, 3, C)
        assert np.abs(out_of_fold.to_numpy() - swapped).max() > 0.001, "the problem tells the weights apart"


def with_clips(files, system, chosen):
    """Leave the first system's out-of-fold predictions as they are, the other one's of ``chosen`` clips only."""
    path = files / f"{system}.oof.parquet"
    table = read_predictions(path)
    write_predictions(table[[int(name[:2]) in chosen for name in table.index]], path)


def test_stack_stands_on_the_clips_that_all_systems_have(files, caplog):
    """As if there were no others: a clip's fold is the same, and what was predicted of others makes no difference."""
    chosen = list(range(5, 20))
    with_clips(files, "right", chosen)
    with caplog.at_level("INFO"):
        out_of_fold, test = stage(files, partial=[True, False])
    assert "of 15 of 30 training clips" in caplog.text
    with_clips(files, "wrong", chosen)
    path = files / "clips.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[6:21], *lines[31:]]))
    (files / "folds.csv").write_text("fname,fold\n" + "".join(f"{n:02}.wav,{n % 5}\n" for n in chosen))
    alone, test_alone = stage(files)
    pd.testing.assert_frame_equal(out_of_fold, alone)
    pd.testing.assert_frame_equal(test, test_alone)


def test_a_system_with_folds_still_needs_every_clip(files):
    with_clips(files, "right", range(20))
    for partial in (None, [False, True]):
        with pytest.raises(UserError, match=r"right\.oof\.parquet: 10 clips are missing, the first is 20\.wav"):
            stage(files, partial=partial)


def test_systems_without_a_common_clip_and_clips_of_one_fold_are_one_line(files):
    with_clips(files, "right", range(15))
    with_clips(files, "wrong", [14, 19, 24])
    with pytest.raises(UserError, match=r"folds\.csv: the 1 clips .* are in one fold"):
        stage(files, partial=[True, True])
    with_clips(files, "wrong", [19, 24])
    with pytest.raises(UserError, match=r"right\.oof.* no clip was held out by all of these systems"):
        stage(files, partial=[True, True])


def test_stage_writes_the_same_bytes_again(files):
    stage(files)
    first = (files / "stack.oof.parquet").read_bytes(), (files / "stack.test.parquet").read_bytes()
    stage(files)
    assert first == ((files / "stack.oof.parquet").read_bytes(), (files / "stack.test.parquet").read_bytes())


def test_stage_refuses_a_system_that_lacks_clips(files):
    table = read_predictions(files / "wrong.oof.parquet")
    write_predictions(table.drop(index="07.wav"), files / "wrong.oof.parquet")
    with pytest.raises(UserError, match=r"wrong.oof.parquet: 1 clips are missing, the first is 07.wav"):
        stage(files)


def test_corrected_labels_are_fitted_and_promoted_clips_weigh_as_verified_ones(files):
    """The same comes out as if the clip table said so."""
    given = stage(files)
    clips = pd.read_csv(files / "clips.csv", index_col="fname")
    doubtful = clips.index[:30][clips["manually_verified"][:30] == 0]
    relabelled, promoted = doubtful[::4], doubtful[1::4]
    labels = clips.loc[doubtful, ["label"]].assign(given_label="Cat", predicted="Cat", probability=0.9)
    labels.loc[relabelled, "label"] = "Cow"
    labels["relabelled"] = labels.index.isin(relabelled).astype(int)
    labels["promoted"] = labels.index.isin(promoted).astype(int)
    labels[::-1].to_csv(files / "labels.csv")  # in another order
    corrected = stage(files, labels=[files / "labels.csv"])

    clips.loc[relabelled, "label"] = "Cow"
    clips.loc[promoted, "manually_verified"] = 1
    clips.to_csv(files / "clips.csv")
    for one, other, before in zip(corrected, stage(files), given, strict=True):
        np.testing.assert_array_equal(one, other)
        assert (one != before).any(axis=None)


def test_stage_writes_what_the_stack_has_learned(files):
    """One system says the same of every clip."""
    for kind in ("oof", "test"):
        table = read_predictions(files / f"right.{kind}.parquet")
        write_predictions(table.assign(Cat=0.5, Dog=0.25, Cow=0.25), files / f"flat.{kind}.parquet")
    stage(files, ["flat", "right"])
    weights = pd.read_csv(files / "weights.csv", keep_default_na=False)
    assert weights["label"].tolist() == ["Cat", "Cat", "Dog", "Dog", "Cow", "Cow"]
    assert weights["system"].tolist() == ["flat", "right"] * 3
    assert weights["share"].tolist() == [0, 1] * 3
    of_right = weights[weights["system"] == "right"]
    assert (of_right["own_coefficient"] > 0).all(), "its Cat speaks for Cat"
    assert (of_right["against_coefficient"] < 0).all(), "its Dog or Cow against Cat"


def test_the_stack_that_is_saved_is_the_one_that_predicts_the_test_clips(files):
    _, test = stage(files)
    stack, systems, classes = read_stack(files / "stack.safetensors")
    assert (systems, classes) == (["right", "wrong"], CLASSES)
    features = [read_predictions(files / f"{system}.test.parquet", test.index)[CLASSES] for system in systems]
    np.testing.assert_allclose(stack.predict(np.hstack(features).astype(float)), test.to_numpy(), rtol=1e-6)


def test_a_saved_stack_reads_back_the_same_and_its_bytes_too(tmp_path):
    stack = Stack(np.array([[0.1, -3e-9, 0.0], [1e300, 2.0, 0.0]]), np.array([-np.inf, np.inf, -0.5]))
    write_stack(stack, ["one"], CLASSES, tmp_path / "stack.safetensors")
    first = (tmp_path / "stack.safetensors").read_bytes()
    read, _, _ = read_stack(tmp_path / "stack.safetensors")
    np.testing.assert_array_equal(read.coefficients, stack.coefficients)
    np.testing.assert_array_equal(read.intercepts, stack.intercepts)
    write_stack(read, ["one"], CLASSES, tmp_path / "stack.safetensors")
    assert (tmp_path / "stack.safetensors").read_bytes() == first
    (tmp_path / "stack.safetensors").write_bytes(first[:-1] + bytes([first[-1] ^ 1]))
    with pytest.raises(DamagedError, match=r"stack.safetensors: its content has another checksum"):
        read_stack(tmp_path / "stack.safetensors")


# ------------------------------------------------------------------ any number of classes a clip


def test_each_class_has_a_plain_logistic_regression_of_scikit_learn():
    features, labels = problem([30, 20, 25])
    truth = np.eye(3)[labels]
    truth[:10, 0] = 1
    stack = fit_stack_of_sets(features, truth, ones(labels), 3, C=2.0)
    predicted = stack.predict(features)
    for label in range(3):
        reference = LogisticRegression(solver="liblinear", C=2.0).fit(features, truth[:, label])
        np.testing.assert_allclose(predicted[:, label], reference.predict_proba(features)[:, 1], rtol=1e-6)
    assert predicted.sum(axis=1).max() > 1.05, "classes do not exclude each other"


def test_a_class_of_no_clip_is_impossible_and_one_of_all_is_certain():
    features, labels = problem([20, 20])
    truth = np.column_stack([labels, np.zeros(40), np.ones(40)])
    predicted = fit_stack_of_sets(features, truth, ones(labels), 3, C=1.0).predict(features)
    assert (predicted[:, 1] == 0).all() and (predicted[:, 2] == 1).all()


def test_out_of_fold_no_clip_is_told_by_a_stack_that_has_seen_its_labels():
    features, labels = problem([20, 20, 20])
    truth, folds = np.eye(3)[labels], np.arange(60) % 3
    before = cross_fit(features, truth, ones(labels), folds, 3, 1.0, fit_stack_of_sets)
    truth[folds == 1] = 1 - truth[folds == 1]
    after = cross_fit(features, truth, ones(labels), folds, 3, 1.0, fit_stack_of_sets)
    np.testing.assert_array_equal(before[folds == 1], after[folds == 1])
    assert (before[folds != 1] != after[folds != 1]).any()


def test_a_saved_stack_of_sets_is_read_as_one(tmp_path):
    stack = Stack(np.ones((2, 3)), np.zeros(3), exclusive=False)
    write_stack(stack, ["one"], CLASSES, tmp_path / "stack.safetensors")
    read, _, _ = read_stack(tmp_path / "stack.safetensors")
    np.testing.assert_array_equal(read.predict(np.ones((1, 2))), stack.predict(np.ones((1, 2))))
    assert not read.exclusive
