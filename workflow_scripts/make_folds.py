"""Rule make_folds: deals the training clips to the folds, once for all systems and rounds."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.folds import write_folds
from workflow_scripts.common.stage import run
from workflow_scripts.data.stratified_folds import stratified_folds

log = logging.getLogger("make_folds")


def main(*, clips: Path, folds: Path, settings: dict):
    """Write the fold table of the training clips of ``clips``; the order of its rows makes no difference.

    ``settings``: ``folds`` (how many) and ``seed``.
    """
    training = read_clips(clips, "train").sort_index()
    verified = (training["manually_verified"] == 1).to_numpy()
    fold = stratified_folds(training["label"].to_numpy(str), verified, settings["folds"], settings["seed"])
    sizes = pd.crosstab(fold, verified).rename(columns={True: "verified", False: "unverified"})
    log.info("clips per fold\n%s", sizes.rename_axis(index="fold", columns=None))
    write_folds(pd.DataFrame({"fname": training.index, "fold": fold}), folds)


if __name__ == "__main__":
    run(main)
