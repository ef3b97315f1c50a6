"""Rule score_events: how well every round of every system of Task 4 detects events, in all and class by class."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.bootstrap import interval_of_sums
from workflow_scripts.scoring.psds import psds
from workflow_scripts.scoring.sound_events import (
    class_f1,
    class_means,
    clip_based,
    event_based,
    macro_f1,
    segment_based,
)
from workflow_scripts.scoring.splits import event_splits
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.event_class_scores import write_event_class_scores
from workflow_scripts.tables.events import read_events
from workflow_scripts.tables.frame_probabilities import read_frame_probabilities
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.scores import write_scores

log = logging.getLogger("score_events")
ORACLE_STEP = 0.02  # seconds


@dataclass(frozen=True)
class Settings:
    oracle: str  # what the perfect tags are called
    detections: list[dict]  # in the order of the files: name, and step_seconds from one frame to the next
    classes: list[str]
    usages: list[str]  # those of the test clips with events
    published: list[dict]  # each has system, split, metric, value and by_class (label -> value, or null)
    resamples: int  # of the bootstrap
    seed: int  # of the bootstrap


def main(
    *,
    listing: Path,
    clips: Path,
    reference: Path,
    events: list[Path],
    filtered: list[Path],
    filtered_index: list[Path],
    scores: Path,
    by_class: Path,
    settings: Settings,
):
    """Write the scores of all detections, and of perfect tags without any timing: each class through the whole clip.

    ``listing``: all clips of the data set; those without audio may be missing in ``clips``, and the scores say so.
    ``reference``: the event table of the data set. ``events``, ``filtered``, ``filtered_index``: of each detection its
    events, and its probabilities of frames after the median filter. ``scores`` and ``by_class``: the tables to write.
    """
    table, classes = read_clips(clips), settings.classes
    listed = {split: len(fnames) for split, fnames in event_splits(read_listing(listing), settings.usages).items()}
    splits = event_splits(table, settings.usages)
    if not splits:
        raise UserError(f"{clips}: none of the clips with reference events has audio; see data_problems.csv")
    truth = read_events(reference)
    files = zip(settings.detections, events, filtered, filtered_index, strict=True)
    detections = [{"name": settings.oracle, "step_seconds": ORACLE_STEP, "files": None}]
    detections += [detection | {"files": paths} for detection, *paths in files]
    published = {(row["system"], row["split"], row["metric"]): row for row in settings.published}
    bootstrap = {"seed": settings.seed, "resamples": settings.resamples}
    score_rows, class_rows = [], []
    for detection in progress(detections, "scoring", "detections"):
        name, step = detection["name"], detection["step_seconds"]
        files = detection["files"]
        found, frames = _read(files, table) if files else _oracle(truth, table, classes)
        for split, fnames in splits.items():
            scored = truth[truth["fname"].isin(fnames)]
            metrics, counts = event_based(scored, found, fnames, classes)
            measures = _event_measures(metrics, counts, bootstrap) | _other_measures(scored, found, fnames, classes)
            measures |= psds({fname: frames[fname] for fname in fnames if fname in frames}, scored, classes, step)
            measures |= {"clips": len(fnames), "listed_clips": listed[split]}
            heard = counts[:, :, 0].sum(axis=0) > 0
            measures |= {"classes": int(heard.sum()), "listed_classes": len(classes)}
            log.info(
                "%s, %s: event F1 %.4f on %d clips, the mean of %d of %d classes; %d false alarms of the others",
                *(name, split, measures["event_f1"]["value"], len(fnames), heard.sum(), len(classes)),
                counts[:, ~heard, 1].sum(),
            )
            for metric, value in measures.items():
                row = {"system": name, "split": split, "metric": metric}
                row["published"] = published.get((name, split, metric), {}).get("value")
                score_rows.append(row | (value if isinstance(value, dict) else {"value": value}))
            own = published.get((name, split, "event_f1"), {}).get("by_class") or {}
            key = {"system": name, "split": split}
            class_rows += [key | row | {"published": own.get(row["label"])} for row in _class_rows(counts, classes)]
    write_scores(score_rows, scores)
    write_event_class_scores(class_rows, by_class)


def _event_measures(metrics, counts, bootstrap):
    means, overall = class_means(metrics), metrics.results_overall_metrics()
    low, high = interval_of_sums(counts, macro_f1, **bootstrap)
    return {
        "event_f1": {"value": means["f_measure"], "low": low, "high": high},
        "event_precision": means["precision"],
        "event_recall": means["recall"],
        "event_error_rate": means["error_rate"],
        "event_micro_f1": overall["f_measure"]["f_measure"],
    }


def _other_measures(reference, found, fnames, classes):
    segments, segment_counts = segment_based(reference, found, fnames, classes)
    return {
        "segment_f1": macro_f1(segment_counts.sum(axis=0)).item(),
        "segment_error_rate": class_means(segments)["error_rate"],
        "tag_f1": macro_f1(clip_based(reference, found, fnames, classes).sum(axis=0)).item(),
    }


def _class_rows(counts, classes):
    totals = counts.sum(axis=0)
    for label, f1, (reference, estimated, found) in zip(
        classes, class_f1(totals).tolist(), totals.tolist(), strict=True
    ):
        yield {
            "label": label,
            **{"reference": reference, "estimated": estimated, "found": found, "f1": f1},
            "precision": found / estimated if estimated else None,
            "recall": found / reference if reference else None,
        }


def _oracle(truth, table, classes):
    """Return (events, fname -> [steps, classes]) of perfect tags."""
    tags = truth[truth["fname"].isin(table.index)].drop_duplicates(["fname", "event_label"])
    found = tags.assign(onset=0.0, offset=table["seconds"][tags["fname"]].to_numpy())
    frames = {
        fname: np.zeros((int(np.ceil(seconds / ORACLE_STEP)), len(classes)), np.float32)
        for fname, seconds in table["seconds"].items()
    }
    for fname, label in zip(tags["fname"], tags["event_label"], strict=True):
        frames[fname][:, classes.index(label)] = 1
    return found, frames


def _read(files, table):
    path, array, index = files
    test = table.query("split == 'test' and seconds > 0").index
    events = read_events(path)
    strangers = events[~events["fname"].isin(test)]
    if len(strangers):
        raise DamagedError(path, f"{strangers['fname'].iloc[0]} is no test clip")
    return events, read_frame_probabilities(array, index, test)


if __name__ == "__main__":
    run(main)
