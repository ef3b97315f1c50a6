"""When which class is heard in some clips: the reference above what was detected."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from workflow_scripts.report.figures.shown_classes import short_names
from workflow_scripts.report.figures.spectrogram import power_spectrogram
from workflow_scripts.report.figures.style import BLUE, GREEN, VERMILLION, new_figure

WINDOW = 1024  # samples
RANGE_DB = 80
QUIETEST = 1e-10  # power
LEAST_LANES, MOST_LANES = 3, 10


class Timeline(NamedTuple):
    """What is shown of one clip."""

    fname: str
    samples: np.ndarray  # [n] mono
    rate: int  # Hz
    reference: pd.DataFrame  # onset, offset (seconds), event_label
    estimated: pd.DataFrame  # the same, and right (bool)
    probabilities: pd.DataFrame  # a column per class, after the median filter; the index is the step's begin in seconds


def timelines(clips, dataset, system):
    """Return the figure: of each of ``clips`` (:class:`Timeline`) its spectrogram, and below it a lane per class.

    Of many classes in a clip those with the most events, in the reference and detected, have lanes.
    """
    rows = max(-(-len(clips) // 2), 1)  # without any event in any clip there are none to be shown
    title = f"{dataset}: events by {system} in some test clips, from the best one to the worst"
    figure = new_figure(title, 100 + 280 * rows)
    parts = figure.subfigures(rows, 2, squeeze=False).ravel()
    for part, clip in zip(parts, clips, strict=False):
        _panel(part, clip)
    handles = [
        Patch(color=BLUE, label="reference"),
        Patch(color=GREEN, label="detected, right"),
        Patch(color=VERMILLION, label="detected, wrong"),
        Patch(color="0.75", label="probability, after the median filter"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _panel(part, clip):
    seconds = len(clip.samples) / clip.rate
    sound, lanes = part.subplots(2, sharex=True, height_ratios=[1, 1.6])
    power = power_spectrogram(np.pad(clip.samples, (0, WINDOW)), WINDOW, WINDOW // 2)
    image = 10 * np.log10(np.maximum(power, QUIETEST) / max(power.max(), QUIETEST))
    extent = (0, seconds, 0, clip.rate / 2000)
    sound.imshow(image, origin="lower", aspect="auto", cmap="gray_r", extent=extent, vmin=-RANGE_DB, vmax=0)
    sound.set_ylabel("kHz")
    right, wanted = int(clip.estimated["right"].sum()), len(clip.reference)
    words = f"{right} right of {len(clip.estimated)} detected, {wanted} in the reference"
    events = pd.concat([clip.reference["event_label"], clip.estimated["event_label"]]).value_counts()
    lanes_of = set(events.index[:MOST_LANES])
    labels = [label for label in clip.probabilities.columns if label in lanes_of]
    if len(labels) < len(events):
        words += f"; {len(labels)} of {len(events)} classes"
    sound.set_title(f"{clip.fname}\n{words}")

    for lane, label in enumerate(labels):
        steps = clip.probabilities[label]
        lanes.fill_between(steps.index, lane + 0.45, lane + 0.45 - 0.9 * steps, color="0.85", linewidth=0, step="post")
        _bars(lanes, clip.reference, label, lane - 0.4, lambda _: BLUE)
        _bars(lanes, clip.estimated, label, lane + 0.05, lambda event: GREEN if event.right else VERMILLION)
    short = short_names(clip.probabilities.columns)
    lanes.set_yticks(range(len(labels)), [short[label] for label in labels])
    lanes.set_ylim(max(len(labels), LEAST_LANES) - 0.5, -0.5)
    lanes.set_xlim(0, seconds)
    lanes.tick_params(axis="y", length=0)
    lanes.grid(axis="x")
    lanes.set_xlabel("s")


def _bars(axes, events, label, top, colour):
    for event in events[events["event_label"] == label].itertuples():
        axes.broken_barh([(event.onset, event.offset - event.onset)], (top, 0.35), color=colour(event))
