import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.common.errors import UserError
from workflow_scripts.fusion import average_systems
from workflow_scripts.fusion.means import arithmetic_mean, geometric_mean, mean_by_clip
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions

# Two systems, one clip, two classes: arithmetic (0.5, 0.5); geometric sqrt(0.9 * 0.1) = 0.3 and sqrt(0.1 * 0.9) = 0.3.
OPPOSED = np.array([[[0.9, 0.1]], [[0.1, 0.9]]])


def test_arithmetic_mean_by_hand():
    np.testing.assert_allclose(arithmetic_mean(OPPOSED), [[0.5, 0.5]])


def test_geometric_mean_by_hand():
    np.testing.assert_allclose(geometric_mean(OPPOSED, floor=0), [[0.3, 0.3]])
    np.testing.assert_allclose(geometric_mean(OPPOSED, renormalise=True), [[0.5, 0.5]])


def test_weighted_means_by_hand():
    weights = [3, 1]  # of OPPOSED: 0.9 and 0.1
    np.testing.assert_allclose(arithmetic_mean(OPPOSED, weights=weights), [[0.7, 0.3]])
    ninth = 9**0.5  # 0.9 ** (3 / 4) * 0.1 ** (1 / 4) against the other way round: the ratio 9 to the power of a half
    np.testing.assert_allclose(
        geometric_mean(OPPOSED, weights=weights, floor=0, renormalise=True), [[ninth / (1 + ninth), 1 / (1 + ninth)]]
    )


def test_one_zero_does_not_decide_alone():
    # sqrt((0 + 1e-8) * (1 + 1e-8)) = 1e-4
    np.testing.assert_allclose(geometric_mean(np.array([[0.0, 1.0], [1.0, 0.0]])), [1e-4, 1e-4], rtol=1e-6)


def test_mean_over_another_axis():
    np.testing.assert_allclose(arithmetic_mean(OPPOSED.swapaxes(0, 1), axis=1), [[0.5, 0.5]])
    np.testing.assert_allclose(geometric_mean(OPPOSED.swapaxes(0, 1), axis=1, floor=0), [[0.3, 0.3]])


def test_mean_by_clip_by_hand():
    windows = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
    clip = np.array([2, 0, 2])
    np.testing.assert_allclose(mean_by_clip(windows, clip, 4), [[0.2, 0.8], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]])
    geometric = mean_by_clip(windows, clip, 4, "geometric")
    np.testing.assert_allclose(geometric, [[0.2, 0.8], [0.5, 0.5], [0.3, 0.3], [0.5, 0.5]], rtol=1e-6)


def test_renormalised_mean_by_clip_sums_to_one():
    windows = np.array([[0.8, 0.2], [0.5, 0.5]])  # geometric: sqrt(0.4) : sqrt(0.1) = 2 : 1
    np.testing.assert_allclose(
        mean_by_clip(windows, np.array([0, 0]), 1, "geometric", renormalise=True), [[2 / 3, 1 / 3]], rtol=1e-6
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_clip_without_windows_is_uniform(mean):
    for renormalise in (False, True):
        means = mean_by_clip(np.array([[0.8, 0.2]]), np.array([1]), 2, mean, renormalise)
        np.testing.assert_allclose(means, [[0.5, 0.5], [0.8, 0.2]], rtol=1e-6)


def test_unknown_mean_is_an_error():
    with pytest.raises(KeyError):
        mean_by_clip(np.ones((1, 2)), np.array([0]), 1, "harmonic")


probabilities = arrays(float, (6, 3), elements=st.floats(0.01, 1)).map(lambda a: a / a.sum(axis=1, keepdims=True))


@given(probabilities, st.permutations(range(6)))
def test_order_of_the_inputs_makes_no_difference(values, order):
    np.testing.assert_allclose(arithmetic_mean(values[order]), arithmetic_mean(values))
    np.testing.assert_allclose(geometric_mean(values[order]), geometric_mean(values))
    clip = np.array([0, 0, 1, 1, 1, 2])
    for mean in ("arithmetic", "geometric"):
        np.testing.assert_allclose(
            mean_by_clip(values[order], clip[order], 3, mean), mean_by_clip(values, clip, 3, mean), rtol=1e-9
        )


@given(probabilities)
def test_means_by_clip_are_the_means_of_each_clip(values):
    clip = np.array([1, 0, 1, 0, 0, 1])
    for name, mean in (("arithmetic", arithmetic_mean), ("geometric", geometric_mean)):
        expected = [mean(values[clip == 0]), mean(values[clip == 1])]
        np.testing.assert_allclose(mean_by_clip(values, clip, 2, name), expected, rtol=1e-9)


@given(probabilities)
def test_arithmetic_mean_is_a_distribution_and_geometric_mean_is_not_larger(values):
    arithmetic = arithmetic_mean(values)
    assert arithmetic.sum() == pytest.approx(1)
    assert (geometric_mean(values, floor=0) <= arithmetic + 1e-12).all()
    assert geometric_mean(values, renormalise=True).sum() == pytest.approx(1)


CLIPS = """fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5
a,train,Cat,1,,,,,a.wav,1.0,
b,train,Dog,0,,,,,b.wav,1.0,
c,test,Cat,1,Public,,,,c.wav,1.0,
"""


def average(folder, fusion, systems, **others):
    """Run the stage on ``systems``, a list of ({fname: row} of the training clips, the same of the test clips)."""
    (folder / "clips.csv").write_text(CLIPS)
    inputs = {"oof": [], "test": []}
    for number, tables in enumerate(systems):
        for kind, rows in zip(inputs, tables, strict=True):
            inputs[kind].append(folder / f"{kind}{number}.parquet")
            write_predictions(prediction_table(list(rows), list(rows.values()), ["Cat", "Dog"]), inputs[kind][-1])
    outputs = {kind: folder / f"{kind}.parquet" for kind in inputs}
    settings = average_systems.Settings(task="multiclass", classes=["Cat", "Dog"], fusion=fusion, **others)
    average_systems.main(
        clips=folder / "clips.csv", **inputs, mean_oof=outputs["oof"], mean_test=outputs["test"], settings=settings
    )
    return {kind: read_predictions(path) for kind, path in outputs.items()}


@pytest.mark.parametrize(
    ("fusion", "expected"),
    [("arithmetic-mean", [[0.65, 0.35], [0.3, 0.7]]), ("geometric-mean", [[2 / 3, 1 / 3], [0.29, 0.71]])],
)
def test_stage_averages_by_name_not_by_row(tmp_path, fusion, expected):
    outputs = average(
        tmp_path,
        fusion,
        [
            ({"a": [0.8, 0.2], "b": [0.4, 0.6]}, {"c": [1.0, 0.0]}),
            ({"b": [0.2, 0.8], "a": [0.5, 0.5]}, {"c": [1.0, 0.0]}),
        ],
    )
    # geometric, b: sqrt(0.08) : sqrt(0.48) = 0.2899 : 0.7101
    np.testing.assert_allclose(outputs["oof"].loc[["a", "b"]], expected, atol=2e-4)
    np.testing.assert_allclose(outputs["oof"].sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(outputs["test"], [[1, 0]], atol=2e-4)


def test_stage_refuses_a_system_that_lacks_a_clip(tmp_path):
    with pytest.raises(UserError, match=r"oof1.parquet: 1 clips are missing, the first is b"):
        average(
            tmp_path,
            "arithmetic-mean",
            [({"a": [0.8, 0.2], "b": [0.4, 0.6]}, {"c": [1.0, 0.0]}), ({"a": [0.5, 0.5]}, {"c": [1.0, 0.0]})],
        )


def test_a_system_whose_rows_do_not_sum_to_one_has_the_same_say(tmp_path):
    rows = {"a": [0.9, 0.1], "b": [0.2, 0.8]}
    faint = {fname: [value / 10 for value in row] for fname, row in {"a": [0.3, 0.7], "b": [0.2, 0.8]}.items()}
    outputs = average(tmp_path, "arithmetic-mean", [(rows, {"c": [0.5, 0.5]}), (faint, {"c": [0.01, 0.03]})])
    np.testing.assert_allclose(outputs["oof"].loc["a"], [0.6, 0.4], rtol=1e-6)
    np.testing.assert_allclose(outputs["test"].loc["c"], [0.375, 0.625], rtol=1e-6)


def test_systems_may_weigh_differently(tmp_path):
    systems = [({"a": row, "b": row}, {"c": row}) for row in ([0.9, 0.1], [0.1, 0.9])]
    outputs = average(tmp_path, "geometric-mean", systems, weights=[1.5, 1])
    ratio = 9 ** (0.5 / 2.5)
    for table in outputs.values():
        np.testing.assert_allclose(table, [[ratio / (1 + ratio), 1 / (1 + ratio)]] * len(table), atol=1e-6)


def test_a_mean_stands_on_the_clips_that_all_systems_have(tmp_path, caplog):
    both, one, test = {"a": [0.8, 0.2], "b": [0.4, 0.6]}, {"b": [0.2, 0.8]}, {"c": [1.0, 0.0]}
    with caplog.at_level("INFO"):
        outputs = average(tmp_path, "arithmetic-mean", [(both, test), (one, test)], partial=[False, True])
    assert outputs["oof"].index.tolist() == ["b"]
    np.testing.assert_allclose(outputs["oof"], [[0.3, 0.7]], rtol=1e-6)
    assert outputs["test"].index.tolist() == ["c"]
    assert "1 of 2 training clips" in caplog.text
    with pytest.raises(UserError, match=r"oof1\.parquet: no clip was held out by all of these systems"):
        average(tmp_path, "arithmetic-mean", [({"a": [0.8, 0.2]}, test), (one, test)], partial=[True, True])
    with pytest.raises(UserError, match=r"oof0\.parquet: 1 clips do not belong here, the first is x"):
        average(tmp_path, "arithmetic-mean", [({"x": [0.8, 0.2]}, test), (both, test)], partial=[True, False])
