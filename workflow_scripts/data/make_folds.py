"""Rule make_folds: deals the training clips to the folds, once for all systems and rounds."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.data.group_folds import check_fixed_folds, fixed_folds, group_folds
from workflow_scripts.data.held_out import held_out_fold
from workflow_scripts.data.stratified_folds import stratified_folds, stratum_balance
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.folds import write_folds

log = logging.getLogger("make_folds")


@dataclass(frozen=True)
class Settings:
    folds: int | None  # how many, at least 2
    seed: int
    held_out: dict | None = None  # instead of folds: share and by, or usage, see workflow_scripts.data.held_out


def main(*, clips: Path, folds: Path, settings: Settings):
    """Write the fold table of the training clips of ``clips``; the order of its rows makes no difference.

    The data set's own folds are kept if it has some; otherwise groups are kept together if there are any. Where one
    part is held out, it is fold 0, and all others are fold 1.
    """
    training = read_clips(clips, "train").sort_index()
    verified = (training["manually_verified"] == 1).to_numpy()
    fnames, labels, groups, given = (training[name].to_numpy(str) for name in ("fname", "label", "group", "fold"))
    labels = np.array([",".join(sorted(label.split(","))) for label in labels], str)  # in whichever order they stand
    if settings.held_out:
        fold = held_out_fold(training, settings.held_out, settings.seed)
    elif given.any():
        check_fixed_folds(fnames, given, groups)
        fold = fixed_folds(labels, verified, given, settings.folds, settings.seed)
    elif groups.any():
        fold = group_folds(labels, verified, groups, settings.folds, settings.seed)
    else:
        fold = stratified_folds(labels, verified, settings.folds, settings.seed)
    if settings.held_out:
        log.info("held out: %d of %d training clips, %d of them verified", *_held(fold, verified))
    else:
        _log_balance(fold, labels, verified)
    write_folds(pd.DataFrame({"fname": fnames, "fold": fold}), folds)


def _held(fold, verified):
    return (fold == 0).sum(), len(fold), (verified & (fold == 0)).sum()


def _log_balance(fold, labels, verified):
    flags = pd.Series(verified).map({True: "verified", False: "unverified"}).to_numpy()
    sizes = pd.crosstab(fold, flags)
    log.info("clips per fold\n%s", sizes.rename_axis(index="fold", columns=None))
    strata = stratum_balance(fold, labels, flags)
    label, flag = strata["deviation"].idxmax()
    log.info("largest deviation from an even split: %.3g clips (%s, %s)", strata["deviation"].max(), label, flag)
    scarce = strata.index[strata["clips"] < len(sizes)]
    if len(scarce):
        listed = ", ".join(f"{label} ({flag})" for label, flag in scarce)
        log.warning("fewer clips than folds, so in some folds there are none of them: %s", listed)


if __name__ == "__main__":
    run(main)
