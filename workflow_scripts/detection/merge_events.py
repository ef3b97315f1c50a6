"""Rule merge_events: of each class the events of the system and round that tell it best."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.detection.best_per_class import read_best, read_best_frames
from workflow_scripts.scoring.sound_events import class_f1, event_based
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.events import read_events, write_events
from workflow_scripts.tables.frame_probabilities import write_frame_probabilities
from workflow_scripts.tables.tables import write_table

log = logging.getLogger("merge_events")


@dataclass(frozen=True)
class Settings:
    detections: list[tuple[str, int]]  # (system, round) in the order of the files
    classes: list[str]


def main(
    *,
    clips: Path,
    reference: list[Path],
    post_processing: list[Path],
    filtered: list[Path],
    filtered_index: list[Path],
    events: list[Path],
    chosen: Path,
    merged_filtered: Path,
    merged_filtered_index: Path,
    merged_events: Path,
    settings: Settings,
):
    """Merge the outputs of rule detect_events of several systems and rounds, class by class.

    Without a ``reference`` the best one for a class is that with the best F1 of tags by events on the clips that
    validate. With one, the event table of the data set, the test clips are halved, every other one by name, and each
    half gets what has the best event-based F1 on the other half. The first of equals is taken. ``chosen``: CSV with
    half (of the test clips; empty where there are none), label, system, round, f1.
    """
    classes = settings.classes
    test = read_clips(clips).query("split == 'test' and seconds > 0").index.sort_values()
    tables = [read_events(path) for path in events]
    if reference:
        halves = {0: test[::2], 1: test[1::2]}
        best = {half: _best(tables, read_events(*reference), halves[1 - half], classes) for half in halves}
    else:
        halves, best = {"": test}, {"": read_best(post_processing, classes).rename(columns={"tag_f1": "f1"})}

    report, parts, frames = [], [], {}
    for half, fnames in halves.items():
        for label, number, f1 in best[half].itertuples():
            system, of_round = settings.detections[number]
            report.append({"half": half, "label": label, "system": system, "round": of_round, "f1": round(f1, 6)})
            own = tables[number]
            parts.append(own[(own["event_label"] == label) & own["fname"].isin(fnames)])
        merged = read_best_frames(best[half], filtered, filtered_index, fnames)
        frames |= dict(zip(fnames, merged, strict=True))
    report = pd.DataFrame(report)
    log.info("chosen:\n%s", report.to_string(index=False))
    write_table(report, chosen)
    write_frame_probabilities(test, (frames[fname] for fname in test), merged_filtered, merged_filtered_index)
    write_events(pd.concat(parts).sort_values(["fname", "onset", "event_label"]), merged_events)
    return len(test)


def _best(tables, reference, fnames, classes):
    """Return a table indexed by class: ``number`` of the best of ``tables`` by event-based F1, and that ``f1``."""
    scores = [event_based(reference, table, fnames, classes)[1].sum(axis=0) for table in tables]
    scores = np.nan_to_num(class_f1(np.stack(scores)))
    return pd.DataFrame({"number": scores.argmax(axis=0), "f1": scores.max(axis=0)}, classes)


if __name__ == "__main__":
    run(main)
