"""Rule merge_events: of each class the events of the system and round that tell it best."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.best_per_class import read_best, read_best_frames
from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.events import read_events, write_events
from workflow_scripts.artefacts.frame_probabilities import write_frame_probabilities
from workflow_scripts.artefacts.tables import write_table
from workflow_scripts.common.stage import run

log = logging.getLogger("merge_events")


def main(
    *,
    clips: Path,
    post_processing: list[Path],
    filtered: list[Path],
    filtered_index: list[Path],
    events: list[Path],
    chosen: Path,
    merged_filtered: Path,
    merged_filtered_index: Path,
    merged_events: Path,
    settings: dict,
):
    """Merge the outputs of rule detect_events of several systems and rounds, class by class.

    The best one for a class is that with the best F1 of tags by events on the clips that validate, the first of equals.
    ``chosen``: CSV with label, system, round, tag_f1. ``settings``: detections ([system, round] in the order of the
    files), classes.
    """
    classes = settings["classes"]
    best = read_best(post_processing, classes)
    report = pd.DataFrame([settings["detections"][number] for number in best["number"]], columns=["system", "round"])
    report = report.assign(label=classes, tag_f1=best["tag_f1"].to_numpy())[["label", "system", "round", "tag_f1"]]
    log.info("chosen:\n%s", report.to_string(index=False))
    tables = [read_events(path) for path in events]
    parts = [tables[number][tables[number]["event_label"] == label] for label, number in best["number"].items()]
    test = read_clips(clips).query("split == 'test' and seconds > 0").index
    merged = read_best_frames(best, filtered, filtered_index, test)
    write_table(report, chosen)
    write_frame_probabilities(test, merged, merged_filtered, merged_filtered_index)
    write_events(pd.concat(parts).sort_values(["fname", "onset", "event_label"]), merged_events)
    return len(test)


if __name__ == "__main__":
    run(main)
