"""Rule average_systems: fuses systems by the mean of their probabilities."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.mean_of_systems import mean_of_systems
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import prediction_table, read_oof, read_predictions, write_predictions

log = logging.getLogger("average_systems")


@dataclass(frozen=True)
class Settings:
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    fusion: str  # `arithmetic-mean` or `geometric-mean`
    weights: list[float] | None = None  # of the systems in the order of the tables; None: all the same
    partial: list[bool] | None = None  # of the tables in `oof`, see workflow_scripts.tables.predictions.read_oof


def main(*, clips: Path, oof: list[Path], test: list[Path], mean_oof: Path, mean_test: Path, settings: Settings):
    """Average the systems' predictions, one table each: ``oof`` of the training clips that all have, and ``test``.

    See :func:`workflow_scripts.fusion.mean_of_systems.mean_of_systems`.
    """
    classes, exclusive = settings.classes, load_part("tasks", settings.task).EXCLUSIVE
    training, tested = read_clips(clips, "train").index, read_clips(clips, "test").index

    def average(tables, output):
        probabilities = np.stack([table[classes] for table in tables])
        means = mean_of_systems(probabilities, settings.fusion, settings.weights, exclusive)
        write_predictions(prediction_table(tables[0].index, means, classes), output)
        return len(means)

    held_out = average(read_oof(oof, training, settings.partial), mean_oof)
    log.info("%d systems, %d classes, %d of %d training clips", len(oof), len(classes), held_out, len(training))
    average([read_predictions(path, tested) for path in test], mean_test)
    log.info("%d test clips", len(tested))


if __name__ == "__main__":
    run(main)
