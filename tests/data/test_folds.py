import logging
import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import make_folds
from workflow_scripts.data.group_folds import check_fixed_folds, fixed_folds, group_folds
from workflow_scripts.data.stratified_folds import stratified_folds, stratum_balance
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.folds import read_folds

ROOT = Path(__file__).parents[2]
FSDKAGGLE2018 = ROOT.parent / "shared/data/fsdkaggle2018-meta/train_post_competition.csv"


def spread(folds, n_folds):
    sizes = np.bincount(folds, minlength=n_folds)
    return sizes.max() - sizes.min()


@st.composite
def data_sets(draw):
    n_folds = draw(st.integers(2, 5))
    clips = draw(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=n_folds, max_size=40))
    labels, verified = zip(*clips, strict=True)
    return np.array(labels), np.array(verified), n_folds, draw(st.integers(0, 2**32))


@given(data_sets())
def test_every_clip_in_one_fold_and_counts_differ_by_at_most_one(data_set):
    labels, verified, n_folds, _ = data_set
    folds = stratified_folds(*data_set)
    assert folds.shape == labels.shape
    assert set(folds) == set(range(n_folds))  # no fold is empty
    assert spread(folds, n_folds) <= 1
    for part in (verified, ~verified):
        assert spread(folds[part], n_folds) <= 1
        for label in set(labels[part]):
            assert spread(folds[part & (labels == label)], n_folds) <= 1


@given(st.lists(st.integers(4, 9), min_size=1, max_size=5), st.integers(0, 100))
def test_label_counts_are_those_of_scikit_learn(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    folds = stratified_folds(labels, np.ones(len(labels), bool), 4, seed)
    splits = StratifiedKFold(4, shuffle=True, random_state=seed).split(labels, labels)
    for fold, (_, held_out) in enumerate(splits):
        assert Counter(labels[folds == fold]) == Counter(labels[held_out])


def test_seed_decides_who_goes_where():
    labels, verified = np.repeat(["a", "b"], 50), np.tile([True, False], 50)
    first = stratified_folds(labels, verified, 4, 1)
    np.testing.assert_array_equal(first, stratified_folds(labels, verified, 4, 1))
    # A clip comes to the same fold again in one of four cases: 25 of 100 on average.
    assert (first == stratified_folds(labels, verified, 4, 2)).mean() < 0.5


def test_neighbours_are_not_dealt_in_turn():
    folds = stratified_folds(np.zeros(200, int), np.ones(200, bool), 4, 1)
    steps = np.bincount(np.diff(folds) % 4, minlength=4)
    assert (steps > 20).all()  # in turn: all steps 1; at random: about 50 each


def test_fewer_clips_than_folds():
    with pytest.raises(UserError, match="3 training clips do not make 4 folds"):
        stratified_folds(["a", "a", "b"], [True, True, False], 4, 1)


@pytest.fixture(scope="module")
def fsdkaggle2018():
    if not FSDKAGGLE2018.exists():
        pytest.skip("the training table of FSDKaggle2018 is not on this machine")
    return pd.read_csv(FSDKAGGLE2018).sort_values("fname")


@pytest.mark.parametrize("n_folds", [4, 5])
def test_folds_of_fsdkaggle2018(fsdkaggle2018, n_folds):
    labels, verified = fsdkaggle2018["label"].to_numpy(str), fsdkaggle2018["manually_verified"].to_numpy() == 1
    folds = stratified_folds(labels, verified, n_folds, 2018)
    clips = list(zip(labels.tolist(), verified.tolist(), folds.tolist(), strict=True))
    assert len(clips) == 9473
    assert sum(flag for _, flag, _ in clips) == 3710
    assert len({label for label, _, _ in clips}) == 41

    def even(counts, total):
        return {counts[fold] for fold in range(n_folds)} <= {total // n_folds, -(-total // n_folds)}

    assert even(Counter(fold for *_, fold in clips), 9473)
    assert even(Counter(fold for _, flag, fold in clips if flag), 3710)
    for stratum, total in Counter((label, flag) for label, flag, _ in clips).items():
        assert even(Counter(fold for *its, fold in clips if tuple(its) == stratum), total)


def test_rarest_strata_of_fsdkaggle2018(fsdkaggle2018):
    labels, verified = fsdkaggle2018["label"].to_numpy(str), fsdkaggle2018["manually_verified"].to_numpy() == 1
    balance = stratum_balance(stratified_folds(labels, verified, 4, 2018), labels, verified)
    unverified = balance.xs(False, level="verified").sort_values("clips")
    # Counted in the published table with awk.
    assert unverified["clips"].head(4).to_dict() == {
        "Gunshot_or_gunfire": 2,
        "Telephone": 8,
        "Glockenspiel": 24,
        "Scissors": 36,
    }
    # Two clips in four folds: half a clip too many or too few everywhere; 8, 24 and 36 clips are shared without rest.
    assert unverified["deviation"].head(4).tolist() == [0.5, 0, 0, 0]


def test_balance_by_hand():
    labels, verified = ["a", "a", "a", "a", "a", "b", "b"], [True, True, True, True, False, True, True]
    balance = stratum_balance([0, 0, 0, 1, 1, 0, 1], labels, verified)
    expected = {("a", False): (1, 0.5), ("a", True): (4, 1.0), ("b", True): (2, 0.0)}
    assert {stratum: tuple(row) for stratum, row in balance.iterrows()} == expected


@st.composite
def grouped_data_sets(draw):
    n_folds = draw(st.integers(2, 5))
    clip = st.tuples(st.sampled_from("abcd"), st.booleans(), st.sampled_from(["", *"uvwxyz"]))
    clips = draw(st.lists(clip, min_size=n_folds, max_size=60).filter(lambda clips: n_groups(clips) >= n_folds))
    labels, verified, groups = zip(*clips, strict=True)
    return np.array(labels), np.array(verified), np.array(groups), n_folds, draw(st.integers(0, 2**32))


def n_groups(clips):
    names = [group for *_, group in clips]
    return names.count("") + len(set(names) - {""})


@given(grouped_data_sets())
def test_no_group_is_split_and_no_fold_empty(data_set):
    labels, _, groups, n_folds, _ = data_set
    folds = group_folds(*data_set)
    assert folds.shape == labels.shape
    assert set(folds) == set(range(n_folds))
    for group in set(groups) - {""}:
        assert len(set(folds[groups == group])) == 1


@given(grouped_data_sets())
def test_groups_are_dealt_at_least_as_evenly_as_at_random(data_set):
    labels, verified, groups, n_folds, _ = data_set
    folds = group_folds(*data_set)
    names = np.where(groups == "", np.arange(len(groups)).astype(str), groups)
    distance = at_random = 0.0
    for counted in (
        np.zeros(len(labels)),
        labels,
        verified,
        2 * (labels[:, None] == list("abcd")).argmax(1) + verified,
    ):
        for value in set(counted):
            part = counted == value
            even = part.sum() / n_folds
            distance += ((np.bincount(folds[part], minlength=n_folds) - even) ** 2).sum() / part.sum()
            # In a fold drawn at random a group of x clips has the variance x^2 (1/n)(1 - 1/n); groups are independent.
            at_random += sum(x**2 for x in Counter(names[part]).values()) * (1 - 1 / n_folds) / part.sum()
    assert distance <= at_random + 1e-6


@given(st.lists(st.integers(1, 9), min_size=4, max_size=30), st.integers(0, 100))
def test_sizes_differ_by_at_most_the_largest_group(sizes, seed):
    groups = np.repeat(np.arange(len(sizes)).astype(str), sizes)
    alike = np.zeros(len(groups), int)
    assert spread(group_folds(alike, alike, groups, 4, seed), 4) <= max(sizes)


@given(grouped_data_sets(), st.randoms())
def test_folds_of_named_groups_do_not_depend_on_the_order(data_set, random):
    labels, verified, groups, n_folds, seed = data_set
    groups = np.where(groups == "", np.arange(len(groups)).astype(str), groups)
    order = random.sample(range(len(labels)), len(labels))
    folds = group_folds(labels, verified, groups, n_folds, seed)
    again = group_folds(labels[order], verified[order], groups[order], n_folds, seed)
    np.testing.assert_array_equal(again, folds[order])


def test_seed_decides_which_groups_are_together():
    labels, verified, groups = ["a"] * 200, [True] * 200, np.repeat(np.arange(100).astype(str), 2)
    first = group_folds(labels, verified, groups, 4, 1)
    assert (first == group_folds(labels, verified, groups, 4, 2)).mean() < 0.5


@pytest.mark.parametrize("mean_size", [1, 3, 30])
def test_groups_are_dealt_as_evenly_as_by_scikit_learn(mean_size):
    generator = np.random.default_rng(1)
    labels, verified = generator.choice(10, 3000, p=np.arange(1, 11) / 55), generator.random(3000) < 0.4
    groups = generator.integers(0, 3000 // mean_size, 3000).astype(str)
    strata = 2 * labels + verified
    theirs = np.empty(3000, int)
    for fold, (_, held_out) in enumerate(
        StratifiedGroupKFold(5, shuffle=True, random_state=1).split(strata, strata, groups)
    ):
        theirs[held_out] = fold
    ours = group_folds(labels, verified, groups, 5, 1)
    deviation = [stratum_balance(folds, labels, verified)["deviation"].mean() for folds in (ours, theirs)]
    assert deviation[0] <= 1.1 * deviation[1]


def test_every_stratum_may_be_rarer_than_folds():
    labels, verified, groups = np.array(list("abcdef")), np.ones(6, bool), np.array(list("uuvwxy"))
    with pytest.raises(ValueError, match="members in each class"), warnings.catch_warnings(action="ignore"):
        list(StratifiedGroupKFold(4, shuffle=True, random_state=1).split(labels, labels, groups))
    assert sorted(np.bincount(group_folds(labels, verified, groups, 4, 1))) == [1, 1, 2, 2]


def test_fewer_groups_than_folds():
    with pytest.raises(UserError, match="3 groups of training clips do not make 4 folds; ask for fewer"):
        group_folds(list("aaaaa"), [True] * 5, ["u", "u", "v", "v", ""], 4, 1)


def given_folds(given, n_folds, seed=1):
    return fixed_folds(["a"] * len(given), [True] * len(given), given, n_folds, seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_given_folds_are_numbered_in_natural_order(seed):
    numbers = ["10", "2", "1", "2", "10"]
    assert given_folds(numbers, 3, seed).tolist() == [2, 1, 0, 1, 2]
    assert given_folds([f"fold{number}" for number in numbers], 3, seed).tolist() == [2, 1, 0, 1, 2]
    assert given_folds(["dev", "10", "2", "b10", "b9"], 5, seed).tolist() == [4, 1, 0, 3, 2]


def test_more_given_folds_than_asked_for_are_dealt_whole():
    given = np.repeat(np.arange(1, 11).astype(str), 7)
    folds = given_folds(given, 5)
    assert np.bincount(folds).tolist() == [14] * 5
    assert all(len(set(folds[given == name])) == 1 for name in given)


def test_fewer_given_folds_than_asked_for():
    with pytest.raises(UserError, match=r"fixes 3 folds, 5 are asked for; set `folds: 3` .* and stack.folds"):
        given_folds(["1", "2", "3", "3", "3"], 5)


def test_clip_without_a_given_fold():
    with pytest.raises(UserError, match=r"clip b\.wav has no fold"):
        check_fixed_folds(["a.wav", "b.wav", "c.wav"], ["1", "", ""], ["", "", ""])


def test_group_torn_by_the_given_folds():
    fnames, groups = ["a.wav", "b.wav", "c.wav", "d.wav"], ["u", "", "u", ""]
    check_fixed_folds(fnames, ["1", "1", "1", "2"], groups)
    with pytest.raises(UserError, match=r"group u .* clip a\.wav is in fold 1, clip c\.wav in fold 2"):
        check_fixed_folds(fnames, ["1", "1", "2", "2"], groups)


def clip_table(order):
    names = [f"{number:02}.wav" for number in range(20)]
    table = pd.DataFrame(
        {
            "fname": [*names, "test.wav"],
            "split": ["train"] * 20 + ["test"],
            "label": [*("None", "Dog") * 10, "Dog"],
            "manually_verified": [1, 1, 0, 0, 0] * 4 + [1],
            "usage": [""] * 20 + ["Public"],
            "subsets": "",
            "group": "",
            "fold": "",
            "path": "clip.wav",
            "seconds": 1.0,
            "md5": "",
        }
    )
    return table.iloc[order]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("folds")


def stage(folder, order, **columns):
    write_clips(clip_table(range(21)).assign(**columns).iloc[order], folder / "clips.csv")
    make_folds.main(
        clips=folder / "clips.csv", folds=folder / "folds.csv", settings=make_folds.Settings(folds=4, seed=1)
    )
    return (folder / "folds.csv").read_bytes()


def test_stage_deals_training_clips_only(folder):
    stage(folder, range(21))
    names = clip_table(range(20))["fname"]
    assert Counter(read_folds(folder / "folds.csv", names)) == {0: 5, 1: 5, 2: 5, 3: 5}
    assert b"test.wav" not in (folder / "folds.csv").read_bytes()


def test_stage_logs_the_sizes(folder, caplog):
    with caplog.at_level(logging.INFO):
        stage(folder, range(21))
    assert "unverified  verified" in caplog.text
    assert re.search(r"\n3 +3 +2\n", caplog.text)  # 8 verified and 12 unverified clips in four folds


@given(st.permutations(range(21)))
def test_stage_ignores_the_order_of_the_rows(folder, order):
    assert stage(folder, order) == stage(folder, range(21))


PAIRS = [*(f"uploader {number // 2}" for number in range(20)), ""]


def test_stage_keeps_groups_together(folder):
    stage(folder, range(21), group=PAIRS)
    folds = read_folds(folder / "folds.csv", clip_table(range(20))["fname"])
    assert (folds[::2] == folds[1::2]).all()
    assert set(folds) == {0, 1, 2, 3}


@given(st.permutations(range(21)))
def test_stage_with_groups_ignores_the_order_of_the_rows(folder, order):
    groups = [*PAIRS[:10], *[""] * 11]
    assert stage(folder, order, group=groups) == stage(folder, range(21), group=groups)


def test_stage_takes_the_fixed_folds(folder):
    given = [str(8 + number // 2 % 4) for number in range(20)]  # 8, 8, 9, 9, 10, 10, 11, 11, 8 ...
    stage(folder, range(21), fold=[*given, ""], group=PAIRS)
    folds = read_folds(folder / "folds.csv", clip_table(range(20))["fname"])
    assert folds.tolist() == [int(name) - 8 for name in given]


def test_stage_refuses_what_does_not_fit(folder):
    with pytest.raises(UserError, match=r"clip 19\.wav has no fold"):
        stage(folder, range(21), fold=[*"1234" * 4, *"123", "", ""])
    with pytest.raises(UserError, match="group uploader 0 is torn"):
        stage(folder, range(21), fold=[*"1234" * 5, ""], group=PAIRS)


def test_stage_logs_how_even_the_folds_are(folder, caplog):
    with caplog.at_level(logging.INFO):
        stage(folder, range(21), fold=[*"1" * 10, *"2" * 4, *"3" * 3, *"4" * 3, ""])
    # Unverified Dog clips: 3, 7 and 9 in the first fold, 13, 17, 19 beyond; an equal share is 1.5. None: 2, 4, 8 and
    # 12, 14, 18, just as uneven, but they come later. The verified deviate by 1.
    assert "largest deviation from an even split: 1.5 clips (Dog, unverified)" in caplog.text
    assert "fewer clips than folds" not in caplog.text


def test_stage_warns_of_labels_that_some_folds_lack(folder, caplog):
    stage(folder, range(21), label=["Rare", *["Dog"] * 20])
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warning == "fewer clips than folds, so in some folds there are none of them: Rare (verified)"
