"""Rule report_events: what a run of Task 4 has found, beside what authors report, and as figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import read_audio
from workflow_scripts.report.figures.event_class_f1 import event_class_f1
from workflow_scripts.report.figures.passes import passes
from workflow_scripts.report.figures.style import save
from workflow_scripts.report.figures.timelines import Timeline, timelines
from workflow_scripts.report.published import compare_published
from workflow_scripts.scoring.sound_events import event_based, right_estimates
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.event_class_scores import read_event_class_scores
from workflow_scripts.tables.events import read_events
from workflow_scripts.tables.frame_probabilities import read_frame_probabilities
from workflow_scripts.tables.scores import clips_of, read_scores

CLIPS_SHOWN = 8


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    classes: list[str]
    published: list[dict]  # see `compare_published`
    answer: str  # name of the detection that `events` are of
    oracle: str  # name of the perfect tags
    detections: list[tuple[str, str]]  # (name, system) of all in the score table's order
    last: list[str]  # names of those that are no step on the way
    step_seconds: float  # from one frame of `filtered` to the next


def main(
    *,
    clips: Path,
    reference: Path,
    events: Path,
    filtered: Path,
    filtered_index: Path,
    scores: Path,
    by_class: Path,
    published: Path,
    timelines_plot: Path,
    class_plot: Path,
    passes_plot: Path,
    settings: Settings,
):
    """Write the table ``published``, see :func:`compare_published`; draw figures of the first split of test clips.

    ``reference``: the event table of the data set; ``events``, ``filtered``, ``filtered_index``: those of the answer;
    ``scores``, ``by_class``: of all detections. The clips shown stand at equal distances in the order of their F1, best
    to worst.
    """
    table, classes, dataset = read_clips(clips), settings.classes, settings.dataset
    compare_published(scores, settings.published, dataset, published)
    scored, of_classes = read_scores(scores), read_event_class_scores(by_class)
    split = scored.index.unique("split")[0]
    number = clips_of(scored, split)

    test = table[(table["split"] == "test") & (table["usage"].replace("", "test") == split) & (table["seconds"] > 0)]
    truth, found = read_events(reference), read_events(events)
    shown = _shown(truth, found, list(test.index), classes)
    probabilities = read_frame_probabilities(filtered, filtered_index, shown)
    panels = []
    for fname in shown:
        steps = pd.DataFrame(probabilities[fname], columns=classes)
        steps.index = steps.index * settings.step_seconds
        true, estimated = (events[events["fname"] == fname] for events in (truth, found))
        estimated = estimated.assign(right=right_estimates(true, estimated))
        panels.append(Timeline(fname, *read_audio(test["path"][fname]), true, estimated, steps))
    save(timelines(panels, dataset, settings.answer), timelines_plot)

    of_split = of_classes[(of_classes["split"] == split) & of_classes["system"].isin(settings.last)]
    save(event_class_f1(of_split, dataset, split, number, settings.answer, settings.oracle), class_plot)

    f1 = scored.xs((split, "event_f1"), level=("split", "metric"))
    steps = pd.DataFrame(settings.detections, columns=["name", "system"])
    steps = steps.join(f1, on="name")
    save(passes(steps, dataset, split, number, f1["value"][settings.oracle]), passes_plot)


def _shown(truth, found, fnames, classes):
    """Return the names of some clips with events, at equal distances in the order of their F1."""
    _, counts = event_based(truth, found, fnames, classes)
    reference, estimated, right = counts.sum(axis=1).T
    heard = np.flatnonzero(reference + estimated)
    order = heard[np.argsort(-(2 * right[heard] / (reference + estimated)[heard]), kind="stable")]
    places = np.linspace(0, len(order) - 1, min(CLIPS_SHOWN, len(order))).round().astype(int)
    return [fnames[clip] for clip in order[places]]


if __name__ == "__main__":
    run(main)
