"""Rule average_systems: fuses systems by the mean of their probabilities."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.means import arithmetic_mean, geometric_mean

log = logging.getLogger("average_systems")


def main(*, clips: Path, oof: list[Path], test: list[Path], mean_oof: Path, mean_test: Path, settings: dict):
    """Average the systems' predictions, one table each: ``oof`` of the training clips and ``test``.

    Every system has the same say in every clip: rows that do not sum to one (Iqbal et al.'s) are renormalised first,
    and so is the geometric mean. ``settings``: ``classes`` and ``fusion``, arithmetic-mean or geometric-mean.
    """
    classes = settings["classes"]
    for split, paths, output in (("train", oof, mean_oof), ("test", test, mean_test)):
        fnames = read_clips(clips, split).index
        probabilities = np.stack([read_predictions(path, fnames)[classes] for path in paths])
        probabilities /= probabilities.sum(axis=2, keepdims=True)
        log.info("%s: %d systems, %d clips, %d classes", split, *probabilities.shape)
        means = {
            "arithmetic-mean": arithmetic_mean,
            "geometric-mean": lambda values: geometric_mean(values, renormalise=True),
        }[settings["fusion"]](probabilities)
        write_predictions(prediction_table(fnames, means, classes), output)


if __name__ == "__main__":
    run(main)
