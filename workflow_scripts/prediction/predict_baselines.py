"""Rule predict_baselines: fits the baselines to the given labels and predicts all clips with them."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.prediction.baselines.clip_statistics import clip_statistics
from workflow_scripts.prediction.baselines.most_frequent import most_frequent
from workflow_scripts.prediction.baselines.random_forest import random_forest, random_forest_of_sets
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, write_predictions

log = logging.getLogger("predict_baselines")


@dataclass(frozen=True)
class Settings:
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    trees: int  # of the forest
    seed: int  # of the forest


def main(
    *,
    clips: Path,
    folds: Path,
    frames: Path,
    index: Path,
    frequent_oof: Path,
    frequent_test: Path,
    forest_oof: Path,
    forest_test: Path,
    settings: Settings,
    threads: int,
):
    """Predict each training clip by baselines fitted to the other folds, the test clips by those of all folds.

    ``frames``, ``index``: the feature store. Clips without features (empty audio) have no part in the forest's
    training; it finds all classes equally probable there.
    """
    classes, task = settings.classes, load_part("tasks", settings.task)
    training, tested = read_clips(clips, "train"), read_clips(clips, "test")
    fold = read_folds(folds, training.index)
    truth = task.targets(training["label"], classes)
    forest_of, labels = (random_forest, truth.argmax(axis=1)) if task.EXCLUSIVE else (random_forest_of_sets, truth)
    statistics = _clip_statistics(read_features(frames, index))
    vectors = statistics.reindex(training.index).to_numpy()

    frequent = np.empty((len(training), len(classes)))
    forest = np.empty((len(training), len(classes)))
    for number in np.unique(fold):
        out = fold == number
        frequent[out] = most_frequent(truth[~out], out.sum())
        forest[out] = _forest(forest_of, vectors[~out], labels[~out], vectors[out], settings, threads)
        log.info("fold %d predicted", number)
    write_predictions(prediction_table(training.index, frequent, classes), frequent_oof)
    write_predictions(prediction_table(training.index, forest, classes), forest_oof)

    frequent = most_frequent(truth, len(tested))
    forest = _forest(forest_of, vectors, labels, statistics.reindex(tested.index).to_numpy(), settings, threads)
    write_predictions(prediction_table(tested.index, frequent, classes), frequent_test)
    write_predictions(prediction_table(tested.index, forest, classes), forest_test)
    return len(training) + len(tested)


def _clip_statistics(store):
    """Return a table with one row per clip, all its segments taken together."""
    rows = {}
    for fname, segments in progress(store.index.groupby("fname"), "clip statistics", "clip"):
        spans = zip(segments["first"], segments["frames"], strict=True)
        rows[fname] = clip_statistics(np.concatenate([store.frames[first : first + count] for first, count in spans]))
    return pd.DataFrame.from_dict(rows, orient="index")


def _forest(forest_of, training, labels, wanted, settings, threads):
    """Return the forest's predictions for the clips of ``wanted``; NaN stands where a clip has no features."""
    classes = len(settings.classes)
    heard = ~np.isnan(training[:, 0])
    model = {"classes": classes, "trees": settings.trees, "seed": settings.seed, "threads": threads}
    probabilities = forest_of(training[heard], labels[heard], np.nan_to_num(wanted), **model)
    return np.where(np.isnan(wanted[:, :1]), 1 / classes, probabilities)


if __name__ == "__main__":
    run(main)
