"""Folds that keep clips together: those of a group (one uploader, one recording), or of one of the data set's folds."""

import re

import numpy as np

from workflow_scripts.common.errors import UserError


def group_folds(labels, verified, groups, n_folds, seed):
    """Return the fold of each clip, 0 to ``n_folds`` - 1, as an int array; no group is split and no fold is empty.

    ``labels``: [clips], text or numbers; ``verified``: boolean [clips]; ``groups``: text [clips], where each clip with
    an empty text is a group of its own. The groups are dealt from the largest to the smallest, those of equal size in
    an order that follows from ``seed``; each goes to the fold where it adds least to the chi-square distance between
    the folds' counts and an even split, counting clips in all, by label, by flag, and by label and flag together. So
    the distance never exceeds what dealing the groups at random gives on average. The result depends on the order of
    the clips without a group (so sort them by name first).

    The idea is that of scikit-learn's StratifiedGroupKFold. This deals as evenly, never leaves a fold empty, takes
    labels that are rarer than folds, and looks only at the counts that a group has a part in, so that many different
    labels cost nothing.

    Raises UserError if there are fewer groups than folds.
    """
    group = numbered(np.asarray(groups, str))
    sizes = np.bincount(group)
    if len(sizes) < n_folds:
        raise UserError(
            f"folds: {len(sizes)} groups of training clips do not make {n_folds} folds; ask for fewer, or do not name"
            " the column of groups in the dataset file"
        )
    members = np.split(np.argsort(group), np.cumsum(sizes)[:-1])
    counted = counted_strata(labels, verified)
    # Whole numbers, or rounding would break ties differently on different machines.
    weights = 2**32 // np.bincount(counted.ravel())
    counts = np.zeros((n_folds, len(weights)), int)
    fold_of_group = np.empty(len(sizes), int)
    for dealt in np.lexsort((np.random.default_rng(seed).permutation(len(sizes)), -sizes)):
        added = counted[members[dealt]].ravel()
        # chi-square is sum(weight * count^2) less a constant; adding x to a count adds 2 * weight * count * x + const.
        fold = (counts[:, added] @ weights[added]).argmin()
        np.add.at(counts[fold], added, 1)
        fold_of_group[dealt] = fold
    return fold_of_group[group]


def fixed_folds(labels, verified, given, n_folds, seed):
    """Return the fold of each clip, 0 to ``n_folds`` - 1, as an int array, where the data set has folds of its own.

    ``given``: text [clips], the data set's fold of each clip; the others as for :func:`group_folds`. With as many given
    folds as are asked for, they are numbered in natural order (2 before 10, numbers before text). More are dealt whole,
    like groups; ``seed`` makes a difference only then.

    Raises UserError if there are fewer given folds than are asked for.
    """
    names = sorted(set(given), key=_natural)
    if len(names) < n_folds:
        raise UserError(
            f"the data set fixes {len(names)} folds, {n_folds} are asked for; set `folds: {len(names)}` for the system"
            " in config.yaml (sizes) and stack.folds, or do not name the column in the dataset file"
        )
    if len(names) > n_folds:
        return group_folds(labels, verified, given, n_folds, seed)
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[name] for name in given])


def check_fixed_folds(fnames, given, groups):
    """Raise UserError unless every clip has a fold of the data set's own and no group lies in two of them.

    All arguments: text [clips]; a clip with an empty group belongs to none. The message names the first offender.
    """
    first_of_group = {}
    for fname, fold, group in zip(fnames, given, groups, strict=True):
        if not fold:
            raise UserError(
                f"clip {fname} has no fold, others have one; complete the column, or do not name it in the dataset file"
            )
        first, its_fold = first_of_group.setdefault(group, (fname, fold))
        if group and its_fold != fold:
            raise UserError(
                f"group {group} is torn by the data set's folds: clip {first} is in fold {its_fold}, clip {fname} in"
                f" fold {fold}; name either the groups or the folds in the dataset file"
            )


def numbered(groups):
    """Return the number of each clip's group, counting from 0: the named groups by name, then the lone clips."""
    lone = groups == ""
    numbers = np.empty(len(groups), int)
    names, numbers[~lone] = np.unique(groups[~lone], return_inverse=True)
    numbers[lone] = len(names) + np.arange(lone.sum())
    return numbers


def counted_strata(labels, verified):
    """Return, per clip, the numbers of the four counts that it adds to: int [clips, 4]."""
    label = np.unique(labels, return_inverse=True)[1]
    stratum = 2 * label + np.asarray(verified, bool)
    keys = np.stack([np.zeros_like(label), label, stratum % 2, stratum], axis=1)
    kinds = np.broadcast_to(np.arange(4), keys.shape)
    return np.unique(4 * keys + kinds, return_inverse=True)[1].reshape(keys.shape)


def _natural(name):
    parts = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]
    return parts, name
