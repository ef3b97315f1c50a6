"""Rule detect_events: the sound events in the test clips, by one system in one round."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.detection.post_processing import events_of, median_filtered, odd_steps
from workflow_scripts.detection.tuning import best_settings
from workflow_scripts.tables.clips import read_clips, taking_part, validates
from workflow_scripts.tables.events import Events, write_events
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.frame_probabilities import read_frame_probabilities, write_frame_probabilities
from workflow_scripts.tables.post_processing import write_post_processing
from workflow_scripts.tasks.detection import targets

log = logging.getLogger("detect_events")


@dataclass(frozen=True)
class Settings:
    classes: list[str]
    thresholds: list[float]  # 0..1, to choose from; of equals the first
    median_seconds: list[float]  # lengths of the median filter to choose from
    step_seconds: float  # from one frame of the probabilities to the next
    pool: list[str]  # usages of the unlabelled clips that take part
    trained_folds: int  # how many folds were held out in turn, from fold 0 on
    learn_labelled: bool  # whether this round learned from labelled clips


def main(
    *,
    clips: Path,
    folds: Path,
    probabilities: Path,
    probabilities_index: Path,
    post_processing: Path,
    filtered: Path,
    filtered_index: Path,
    events: Path,
    settings: Settings,
):
    """Choose threshold and median filter of each class on the clips that validate; detect events in the test clips.

    ``probabilities``, ``probabilities_index``: of rule predict_frames. Written: ``post_processing``, what was chosen;
    ``filtered`` and ``filtered_index``, the probabilities of the test clips after the median filter; ``events``, the
    event table.
    """
    table, classes, step = read_clips(clips), settings.classes, settings.step_seconds
    training = taking_part(table[table["split"] == "train"], settings.pool).query("seconds > 0")
    fold_of = read_folds(folds, training.index, subset=True)
    judges = training[validates(training, fold_of, settings.trained_folds, settings.learn_labelled)]
    test = table.query("split == 'test' and seconds > 0")
    steps = read_frame_probabilities(probabilities, probabilities_index, [*judges.index, *test.index])
    within = {fname: steps[fname][: int(np.ceil(table["seconds"][fname] / step))] for fname in steps}

    lengths = {odd_steps(seconds, step): seconds for seconds in settings.median_seconds}
    tags = targets(judges["label"], classes) > 0
    thresholds, chosen, f1 = best_settings(
        [within[fname] for fname in judges.index], tags, settings.thresholds, list(lengths)
    )
    report = pd.DataFrame({"label": classes, "threshold": thresholds, "median_seconds": [lengths[n] for n in chosen]})
    report = report.assign(tag_f1=f1.round(6))
    log.info("by the tags of %d clips:\n%s", len(judges), report.to_string(index=False))

    smooth = {fname: median_filtered(within[fname], chosen) for fname in test.index}
    rows = [
        (fname, onset, offset, classes[label])
        for fname, seconds in test["seconds"].items()
        for onset, offset, label in sorted(events_of(smooth[fname], thresholds, step, seconds))
    ]
    log.info("%d events in %d test clips", len(rows), len(test))
    write_post_processing(report, post_processing)
    write_frame_probabilities(test.index, smooth.values(), filtered, filtered_index)
    write_events(pd.DataFrame(rows, columns=list(Events.columns)).round(3), events)
    return len(test)


if __name__ == "__main__":
    run(main)
