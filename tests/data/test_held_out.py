"""One part that is held out: by hand, and what holds of any clips."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import make_folds
from workflow_scripts.data.held_out import held_out_share, held_out_usage
from workflow_scripts.tables.clips import Clips, write_clips
from workflow_scripts.tables.folds import Folds


def held(labels, groups=None, share=0.25, by=None, verified=None, seed=1, subsets=None):
    """Return bool [clips]: which are held out."""
    labels = np.array(labels)
    groups = np.full(len(labels), "") if groups is None else np.array(groups)
    verified = np.ones(len(labels), bool) if verified is None else np.array(verified)
    return held_out_share(labels, verified, groups, share, by, seed, subsets) == 0


# ------------------------------------------------------------------ evenly by class, flag and subset


def test_a_quarter_of_each_stratum_by_hand():
    labels, verified = [*"aaaaaaaabbbb"] * 2, [True] * 12 + [False] * 12  # 8 a and 4 b of each flag: 2 and 1 of them
    out = held(labels, verified=verified)
    counts = pd.Series(out).groupby([verified, labels]).sum().to_dict()
    assert counts == {(True, "a"): 2, (True, "b"): 1, (False, "a"): 2, (False, "b"): 1}


CLIPS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=2, max_size=80)


@given(CLIPS, st.floats(0.01, 0.99), st.integers(0, 99))
def test_the_share_is_met_and_each_stratum_has_its_own_to_within_a_clip(clips, share, seed):
    labels, verified = map(np.array, zip(*clips, strict=True))
    out = held(labels, share=share, verified=verified, seed=seed)
    assert out.sum() == min(max(round(share * len(clips)), 1), len(clips) - 1)
    met = out.mean()
    for flag in (True, False):
        for part in (verified == flag, *((verified == flag) & (labels == label) for label in "abc")):
            assert abs(out[part].sum() - met * part.sum()) < 1


@given(CLIPS, st.lists(st.sampled_from(["", "small", "small;other"]), min_size=80, max_size=80), st.floats(0.01, 0.99))
def test_each_subset_of_a_stratum_has_its_share_to_within_a_clip(clips, names, share):
    labels, verified = map(np.array, zip(*clips, strict=True))
    subsets = np.array(names[: len(clips)])
    out = held(labels, share=share, verified=verified, subsets=subsets)
    for flag in (True, False):
        for label in "abc":
            stratum = (verified == flag) & (labels == label)
            for part in (stratum, *(stratum & (subsets == name) for name in set(names))):
                assert abs(out[part].sum() - out.mean() * part.sum()) < 1


def test_subsets_that_there_are_none_of_make_no_difference():
    labels = np.array([*"ab"] * 40)
    assert (held(labels, subsets=np.full(80, "")) == held(labels)).all()


def test_the_seed_decides_who_is_held_out():
    first, second = held(["a"] * 200, seed=1), held(["a"] * 200, seed=2)
    assert (first == held(["a"] * 200, seed=1)).all()
    assert 0 < (first & second).sum() < 30, "of 50 each, a quarter is expected to be the same"


def test_groups_make_no_difference_to_single_clips():
    labels, groups = ["a"] * 40, ["u"] * 20 + ["v"] * 20
    assert (held(labels, groups, by="clip") == held(labels)).all()


# ------------------------------------------------------------------ by group


def test_groups_are_dealt_by_hand():
    # The largest comes first. 8 clips would fill the smaller side (a quarter of 16) twice, so they are learned from;
    # 4 fill it; the others of 2 and 2 are learned from.
    groups = [*"uuuuuuuuvvvvwwxx"]
    out = held(["a"] * 16, groups, by="group")
    assert {group for group, is_out in zip(groups, out, strict=True) if is_out} == {"v"}


@st.composite
def grouped(draw):
    clip = st.tuples(st.sampled_from(["a", "b", "a,b", "c"]), st.booleans(), st.sampled_from(["", *"uvwxyz"]))
    clips = draw(st.lists(clip, min_size=2, max_size=60))
    labels, verified, groups = map(np.array, zip(*clips, strict=True))
    return labels, verified, groups, draw(st.floats(0.05, 0.95)), draw(st.integers(0, 99))


def sides(out, keys):
    """Return key -> the sides on which clips with it are; an empty key is none."""
    found = defaultdict(set)
    for is_out, of_clip in zip(out, keys, strict=True):
        for key in of_clip:
            found[key].add(bool(is_out))
    return found


@given(grouped())
def test_no_group_is_on_both_sides(clips):
    labels, verified, groups, share, seed = clips
    if len(set(groups) - {""}) + (groups == "").sum() < 2 or not (groups != "").any():
        return
    out = held(labels, groups, share, "group", verified, seed)
    assert out.any()
    assert not out.all()
    assert all(len(found) == 1 for found in sides(out, [[g] if g else [] for g in groups]).values())


@given(grouped())
def test_no_group_is_on_both_sides_with_clips_of_one_label(clips):
    labels, verified, groups, share, seed = clips
    if not (groups != "").any():
        return
    try:
        out = held(labels, groups, share, "group_and_class", verified, seed)
    except UserError as error:
        assert "all training clips are of one group" in str(error)
        return
    keys = [[(g, label) for label in names.split(",")] if g else [] for g, names in zip(groups, labels, strict=True)]
    assert all(len(found) == 1 for found in sides(out, keys).values())
    assert out.any()
    assert not out.all()


def test_a_group_may_be_on_both_sides_with_other_labels_only():
    labels, groups = [*"aaab"], [*"uuuu"]  # one uploader: three dogs, a cat
    assert held(labels, groups, by="group_and_class").tolist() == [False, False, False, True]
    with pytest.raises(UserError, match=r"all training clips are of one group, .* say by: clip"):
        held(labels, groups, by="group")


def test_a_clip_of_two_labels_ties_them_together():
    labels, groups = ["a", "a,b", "b", "c", "c", "c", "c"], [*"uuuuuuu"]
    out = held(labels, groups, share=0.4, by="group_and_class")
    assert out.tolist() in ([True] * 3 + [False] * 4, [False] * 3 + [True] * 4)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=30), st.floats(0.1, 0.9), st.integers(0, 99))
def test_of_clips_that_are_alike_the_share_is_met_to_within_half_the_largest_group(sizes, share, seed):
    groups = np.repeat(np.arange(len(sizes)).astype(str), sizes)
    out = held(["a"] * len(groups), groups, share, "group", seed=seed)
    if abs(out.sum() - share * len(groups)) > max(sizes) / 2 + 1e-3 * len(groups):
        assert len(set(groups[out])) == 1 or len(set(groups[~out])) == 1, "a side that would have been empty"


def test_groups_are_kept_together_where_there_are_any_unless_it_is_said_otherwise():
    labels, groups = ["a"] * 40, [str(number // 4) for number in range(40)]
    assert (held(labels, groups) == held(labels, groups, by="group")).all()
    assert len(set(np.array(groups)[held(labels, groups)])) in (2, 3)
    assert (held(labels) == held(labels, by="clip")).all()


@pytest.mark.parametrize("by", ["group", "group_and_class"])
def test_no_groups_to_go_by(by):
    with pytest.raises(UserError, match=f"held_out: by: {by}: no training clip has a group; name their column"):
        held([*"aabb"], by=by)


def test_nothing_to_hold_out():
    with pytest.raises(UserError, match="of 1 training clips none can be held out"):
        held(["a"])


# ------------------------------------------------------------------ the data set's own split


def test_the_clips_of_a_usage():
    assert held_out_usage(["train", "val", "train"], "val").tolist() == [1, 0, 1]
    with pytest.raises(UserError, match=r"no training clips have 'dev'; there are 'train', 'val'; correct it"):
        held_out_usage(["train", "val"], "dev")
    with pytest.raises(UserError, match="all training clips have 'val'"):
        held_out_usage(["val", "val"], "val")


# ------------------------------------------------------------------ the stage


@pytest.fixture
def deal(tmp_path):
    def run(how, **columns):
        table = pd.DataFrame(dict.fromkeys(Clips.columns, ""), index=range(21))
        table = table.assign(fname=[f"{number:02}.wav" for number in range(21)], split=["train"] * 20 + ["test"])
        table = table.assign(label="Dog", manually_verified=[1, 0] * 10 + [1], seconds=1.0, **columns)
        write_clips(table, tmp_path / "clips.csv")
        settings = make_folds.Settings(folds=None, seed=1, held_out=how)
        make_folds.main(clips=tmp_path / "clips.csv", folds=tmp_path / "folds.csv", settings=settings)
        return Folds.read(tmp_path / "folds.csv")["fold"]

    return run


def test_the_stage_holds_out_fold_0_and_says_how_many_clips(deal, caplog):
    with caplog.at_level("INFO"):
        fold = deal({"share": 0.2})
    assert fold.value_counts().to_dict() == {0: 4, 1: 16}
    assert "held out: 4 of 20 training clips, 2 of them verified" in caplog.text


def test_the_stage_goes_by_what_the_table_says(deal):
    usage = ["val" if number < 3 else "train" for number in range(21)]
    assert deal({"usage": "val"}, usage=usage).tolist() == [0] * 3 + [1] * 17
    group = [str(number // 5) for number in range(21)]
    fold = deal({"share": 0.25, "by": "group"}, group=group)
    assert sorted(fold.groupby(group[:20]).unique().map(list).tolist()) == [[0], [1], [1], [1]]
    small = np.array(["small" if number < 8 else "" for number in range(21)])
    fold = deal({"share": 0.25}, subsets=small)
    assert fold.groupby(small[:20]).agg(lambda part: (part == 0).sum()).to_dict() == {"": 3, "small": 2}
    assert deal({"share": 0.25}, fold=["1"] * 10 + ["2"] * 11).value_counts()[0] == 5, (
        "the data set's folds are no part"
    )
