"""One part of the training clips that is held out, where a system does not go through folds."""

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.group_folds import counted_strata, numbered

WHOLE = 10_000  # shares are reckoned in parts of it: whole numbers break ties alike on all machines


def held_out_fold(clips, how, seed):
    """Return 0 for each of ``clips`` (training clips of the clip table) that is held out and 1 for others, [clips].

    ``how``: a recipe's ``held_out``: see :func:`held_out_share` and :func:`held_out_usage`, whose errors it raises.
    """
    if "usage" in how:
        return held_out_usage(clips["usage"].to_numpy(str), how["usage"])
    labels, groups, subsets = (clips[name].to_numpy(str) for name in ("label", "group", "subsets"))
    verified = (clips["manually_verified"] == 1).to_numpy()
    return held_out_share(labels, verified, groups, how["share"], how.get("by"), seed, subsets)


def held_out_share(labels, verified, groups, share, by, seed, subsets=None):
    """Return 0 for each clip that is held out and 1 for all others, as an int array [clips].

    ``labels``: [clips], text, several joined by commas; ``verified``: boolean [clips]; ``groups``: text [clips], empty
    where a clip has none; ``subsets``: the same, as in the clip table, None where there are none. ``share``: of the
    clips, 0..1. ``by``:

    - ``clip``: so many clips, evenly by label, flag and subset, whatever the groups;
    - ``group``: no group is on both sides;
    - ``group_and_class``: no group is on both sides with clips of one label: an uploader's dogs are on one side, their
      cats may be on the other (the development set of FSD50K, Fonseca et al. 2020);
    - None: by group where there are groups, as folds are, else by clip.

    Groups are dealt whole, so the share is met to within half the largest one where all clips are alike, and roughly
    else. The order of the clips makes a difference, so sort them by name first.

    Raises UserError where nothing can be told apart: fewer than two clips, or groups, or no groups at all.
    """
    grouped = (groups != "").any()
    if by is None:
        by = "group" if grouped else "clip"
    if by == "clip":
        return _evenly_drawn(labels, verified, subsets, share, seed)
    if not grouped:
        raise UserError(
            f"held_out: by: {by}: no training clip has a group; name their column in the dataset file "
            "(`columns: {group: ...}`), or say by: clip"
        )
    together = groups if by == "group" else _with_labels(groups, labels)
    return _dealt_whole(labels, verified, together, share, seed)


def held_out_usage(usages, usage):
    """Return the same where the data set says itself what is held out: the clips of a ``usage`` (text [clips]).

    Raises UserError where no clip has it, or all have.
    """
    held = np.asarray(usages) == usage
    if held.all() or not held.any():
        known = ", ".join(sorted({repr(str(name)) for name in usages}))
        raise UserError(
            f"held_out: usage: {'all' if held.any() else 'no'} training clips have {usage!r}; there are {known}; "
            "correct it in the recipe, or the tables' `usage` in the dataset file"
        )
    return (~held).astype(int)


def _evenly_drawn(labels, verified, subsets, share, seed):
    """Of each run of clips sorted by flag, label and subsets, and shuffled within, its share to within one clip."""
    clips = len(labels)
    if clips < 2:
        raise UserError(f"held_out: of {clips} training clips none can be held out; add clips")
    number = min(max(round(share * clips), 1), clips - 1)
    shuffled = np.random.default_rng(seed).permutation(clips)
    within = [shuffled] if subsets is None else [shuffled, subsets]
    ordered = np.lexsort((*within, labels, ~np.asarray(verified, bool)))
    drawn = (2 * np.arange(clips + 1) * number + clips) // (2 * clips)  # of the first 0, 1, 2 ... clips
    fold = np.empty(clips, int)
    fold[ordered] = 1 - np.diff(drawn)
    return fold


def _dealt_whole(labels, verified, groups, share, seed):
    """Deal groups as :func:`workflow_scripts.data.group_folds.group_folds` does, to two sides of unequal size.

    A group goes where it adds least to the chi-square distance between the sides' counts and their shares.
    """
    group = numbered(groups)
    sizes = np.bincount(group)
    if len(sizes) < 2:
        raise UserError("held_out: all training clips are of one group, of which none can be held out; say by: clip")
    members = np.split(np.argsort(group), np.cumsum(sizes)[:-1])
    counted = counted_strata(labels, verified)
    weights = 2**32 // np.bincount(counted.ravel())
    counts, side = np.zeros((2, len(weights)), int), np.empty(len(sizes), int)
    held = round(share * WHOLE)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(sizes)), -sizes))
    for dealt in order:
        strata, added = np.unique(counted[members[dealt]], return_counts=True)
        # adding x to a count c of a side whose share is p adds (2 c + x) x / p, but for what is the same of both sides
        to_held, to_others = map(int, ((2 * counts[:, strata] + added) * added) @ weights[strata])
        side[dealt] = 0 if to_held * (WHOLE - held) < to_others * held else 1
        counts[side[dealt], strata] += added
    if len(set(side)) < 2:
        side[order[-1]] = 1 - side[order[-1]]  # the smallest group, where the others are too large for the share
    return side[group]


def _with_labels(groups, labels):
    """Return names [clips] of what stays together: clips of a group with a label in common, or others in between."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to import, and seldom used
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    pairs = [(clip, (groups[clip], label)) for clip in range(len(groups)) for label in labels[clip].split(",")]
    numbers = {}
    clips, of_group = zip(*((clip, numbers.setdefault(pair, len(numbers))) for clip, pair in pairs), strict=True)
    nodes = len(groups) + len(numbers)
    links = coo_array((np.ones(len(pairs)), (clips, len(groups) + np.array(of_group))), (nodes, nodes))
    _, component = connected_components(links, directed=False)
    return np.where(groups == "", "", component[: len(groups)].astype(str))
