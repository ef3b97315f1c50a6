"""Folds stratified twice, by label and by verification (Dorfer & Widmer 2018)."""

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import UserError


def stratified_folds(labels, verified, n_folds, seed):
    """Return the fold of each clip, 0 to ``n_folds`` - 1, as an int array.

    ``labels``: [clips], text or numbers; ``verified``: boolean [clips]. Over the folds the numbers of clips differ by
    at most 1, and so do those of the verified and of the unverified clips, and within both those of each label. Which
    clips of a label go where depends on ``seed`` and on the order of the clips (so sort them by name first).

    Raises UserError if there are fewer clips than folds.
    """
    if len(labels) < n_folds:
        raise UserError(f"folds: {len(labels)} training clips do not make {n_folds} folds; ask for fewer or add clips")
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    dealt = np.lexsort((shuffled, labels, ~np.asarray(verified, bool)))  # like cards: verified first, label by label
    folds = np.empty(len(labels), int)
    folds[dealt] = np.arange(len(labels)) % n_folds
    return folds


def stratum_balance(folds, labels, verified):
    """Return a table of how evenly ``folds`` (none of them empty) share each stratum: a label, verified or not.

    All arguments: [clips]. The table is indexed and sorted by (label, verified) and holds the strata that have clips:
    ``clips``, their number, and ``deviation``, how many clips the fold furthest from an equal share has too many or
    too few of.
    """
    counts = pd.crosstab([labels, verified], folds, rownames=["label", "verified"])
    clips = counts.sum(axis=1)
    deviation = counts.sub(clips / counts.shape[1], axis=0).abs().max(axis=1)
    return pd.DataFrame({"clips": clips, "deviation": deviation})
