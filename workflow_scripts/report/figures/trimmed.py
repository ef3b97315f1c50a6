"""A clip before and after trimming (after Figure 1 of Dorfer & Widmer 2018)."""

from typing import NamedTuple

import numpy as np

from workflow_scripts.report.figures.spectrogram import power_spectrogram
from workflow_scripts.report.figures.style import ORANGE, new_figure

WINDOW = 1024  # samples
COLUMNS = 2000  # of the picture, at most
RANGE_DB = 80
QUIETEST = 1e-10  # power


class Example(NamedTuple):
    """What is shown of one way of trimming."""

    name: str  # of the silence rule and the front ends that use it
    fname: str
    label: str
    samples: np.ndarray  # [n] mono, the whole clip
    rate: int  # Hz
    bounds: list  # (start, end) of the parts that stay, in samples


def trimmed_clips(examples, dataset):
    """Return the figure: for each of ``examples`` (:class:`Example`) two spectrograms on one time axis."""
    figure = new_figure(f"{dataset}: a clip before and after silence is cut", 60 + 470 * len(examples))
    for part, example in zip(figure.subfigures(len(examples), squeeze=False).ravel(), examples, strict=True):
        _pair(part, example)
    return figure


def _pair(part, example):
    samples, rate = example.samples, example.rate
    kept = np.concatenate([samples[start:end] for start, end in example.bounds])
    seconds, left = len(samples) / rate, len(kept) / rate
    before, after = part.subplots(2, sharex=True, sharey=True)
    loudest = _power(samples, len(samples)).max(initial=QUIETEST)
    for axes, sound in ((before, samples), (after, kept)):
        power = np.maximum(_power(sound, len(samples)), QUIETEST) / loudest
        extent = (0, len(sound) / rate, 0, rate / 2000)
        look = {"origin": "lower", "aspect": "auto", "cmap": "viridis", "vmin": -RANGE_DB, "vmax": 0}
        image = axes.imshow(10 * np.log10(power), extent=extent, **look)
        axes.set_ylabel("kHz")
        axes.set_facecolor("0.93")
    for start, end in example.bounds:
        before.axvspan(start / rate, end / rate, ymin=0.94, color=ORANGE, linewidth=0)
        for edge in (start, end):
            before.axvline(edge / rate, color=ORANGE, linewidth=1.5)
    before.set_xlim(0, seconds)
    before.set_title(
        f"{example.name}: {example.fname} ({example.label}), {seconds:.2f} s; the bar marks what is kept", weight="bold"
    )
    after.set_title(f"after: {left:.2f} s, {left / seconds:.0%} of it")
    after.set_xlabel("s")
    part.colorbar(image, ax=[before, after], label="dB re the loudest", aspect=40, pad=0.01)


def _power(samples, longest):
    """Return [1 + WINDOW / 2, frames], of at most about ``COLUMNS`` frames for ``longest`` samples."""
    hop = max(WINDOW // 4, longest // COLUMNS)
    padded = np.pad(samples, (0, max(WINDOW - len(samples), 0)))
    return power_spectrogram(padded, WINDOW, hop)
