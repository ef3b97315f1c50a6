"""Rule average_systems: fuses systems by the mean of their probabilities."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.common.stage import run
from workflow_scripts.fusion.mean_of_systems import mean_of_systems
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions

log = logging.getLogger("average_systems")


def main(*, clips: Path, oof: list[Path], test: list[Path], mean_oof: Path, mean_test: Path, settings: dict):
    """Average the systems' predictions, one table each: ``oof`` of the training clips and ``test``.

    ``settings``: ``classes``; ``fusion``, arithmetic-mean or geometric-mean, and maybe ``weights`` of the systems; see
    :func:`workflow_scripts.fusion.mean_of_systems.mean_of_systems`.
    """
    classes = settings["classes"]
    for split, paths, output in (("train", oof, mean_oof), ("test", test, mean_test)):
        fnames = read_clips(clips, split).index
        probabilities = np.stack([read_predictions(path, fnames)[classes] for path in paths])
        log.info("%s: %d systems, %d clips, %d classes", split, *probabilities.shape)
        means = mean_of_systems(probabilities, settings["fusion"], settings.get("weights"))
        write_predictions(prediction_table(fnames, means, classes), output)


if __name__ == "__main__":
    run(main)
