"""Rule make_tags: what teachers say of whole clips that have no labels, for the next round to learn from."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.stage import run
from workflow_scripts.detection.best_per_class import read_best, read_best_frames
from workflow_scripts.labels.pseudo_tags import best_thresholds
from workflow_scripts.tables.clips import is_labelled, read_clips, taking_part, validates
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tasks.detection import targets

log = logging.getLogger("make_tags")
THRESHOLDS = [tenths / 10 for tenths in range(11)]  # of the authors' search (Serizel et al. 2018)


@dataclass(frozen=True)
class Settings:
    teachers: list[str]  # their names
    classes: list[str]
    pool: list[str]  # usages of the unlabelled clips that take part
    # 1 for a class from that probability on with which the tags of the clips that validated the teachers have the best
    # F1, else 0; false: the probabilities themselves
    decide: bool
    trained_folds: int  # how many folds the teachers have held out, of which clips validated them
    learn_labelled: bool  # whether the teachers have learned from labelled clips; else all of these validated them


def main(
    *,
    clips: Path,
    folds: Path,
    post_processing: list[Path],
    probabilities: list[Path],
    probabilities_index: list[Path],
    tags: Path,
    settings: Settings,
):
    """Write ``tags``, a prediction table of the unlabelled clips: the mean over frames, or 0 and 1.

    ``post_processing`` (none of a single one), ``probabilities``, ``probabilities_index``: of each teacher.
    """
    classes = settings.classes
    training = taking_part(read_clips(clips, "train"), settings.pool)
    fold_of = read_folds(folds, training.index, subset=True)
    judging = validates(training, fold_of, settings.trained_folds, settings.learn_labelled)
    heard = training["seconds"] > 0
    judges, asked = training[judging & heard], training[~is_labelled(training)]
    fnames = [*judges.index, *asked.index[asked["seconds"] > 0]]
    best = read_best(post_processing, classes)
    log.info("teachers:\n%s", best.assign(number=best["number"].map(settings.teachers.__getitem__)).to_string())
    taught = read_best_frames(best, probabilities, probabilities_index, fnames)
    means = prediction_table(fnames, [frames.mean(axis=0) for frames in taught], classes)
    if settings.decide:
        known = targets(judges["label"], classes) > 0
        thresholds = best_thresholds(means.loc[judges.index].to_numpy(), known, THRESHOLDS)
        log.info("thresholds: %s", ", ".join(f"{label} {t}" for label, t in zip(classes, thresholds, strict=True)))
        means = (means >= thresholds).astype(np.float32)
    answers = means.reindex(asked.index, fill_value=0.0)  # 0: of empty clips
    log.info("%d clips, on average with %s", len(answers), answers.mean().round(3).to_dict())
    write_predictions(answers, tags)
    return len(answers)


if __name__ == "__main__":
    run(main)
