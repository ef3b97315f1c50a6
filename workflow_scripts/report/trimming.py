"""What cutting silence does to durations, and to a clip."""

import logging

from workflow_scripts.data.audio import read_audio
from workflow_scripts.report.figures.durations import durations
from workflow_scripts.report.figures.style import new_figure, save
from workflow_scripts.report.figures.trimmed import Example, trimmed_clips
from workflow_scripts.tables.audio_facts import read_audio_facts
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.segments import read_segments
from workflow_scripts.tables.tables import rows_of

log = logging.getLogger("report.trimming")
LONGEST_EXAMPLE = 30  # s, unless all clips are longer


def plot_trimming(clips, facts, segments, durations_plot, example_plot, dataset, stores, examples):
    """Draw the durations of all clips before and after trimming, and an example for every way of trimming.

    ``facts``: the audio facts, for the files' own rates. ``segments``: one table per front end; ``stores``: (front end,
    its silence rule) in their order; ``examples``: (name of a way of trimming, a front end that uses it). The example
    is the training clip whose share that stays is nearest one half, the first of equals; of clips of at most 30 s, if
    there are any.
    """
    if not stores:
        for path in (durations_plot, example_plot):
            save(new_figure(f"{dataset}: its clips are embeddings, of which no silence is cut", 70), path)
        return
    table = read_clips(clips)
    rates = rows_of(read_audio_facts(facts), table.index, facts, subset=True)["rate"]
    trimmed, bounds = {}, {}
    for (store, rule), path in zip(stores, segments, strict=True):
        bounds[store] = read_segments(path)
        trimmed[store] = f"{store} ({rule})", _seconds_left(bounds[store], rates)
    before = table["seconds"]
    drawn = {name: (before.to_numpy(), after.to_numpy()) for name, after in trimmed.values()}
    save(durations(drawn, dataset), durations_plot)

    shown = []
    for name, store in examples:
        clip = table.loc[_example(table, trimmed[store][1])]
        log.info("%s: the example is %s", name, clip["fname"])
        samples, rate = read_audio(clip["path"])
        of_clip = bounds[store][bounds[store]["fname"] == clip["fname"]]
        parts = list(zip(of_clip["start"], of_clip["end"], strict=True))
        shown.append(Example(name, clip["fname"], clip["label"], samples, rate, parts))
    save(trimmed_clips(shown, dataset), example_plot)


def _seconds_left(segments, rates):
    """Return the seconds of each clip of ``rates`` that stay, 0 of one without segments."""
    samples = (segments["end"] - segments["start"]).groupby(segments["fname"]).sum()
    return (samples.reindex(rates.index, fill_value=0) / rates).fillna(0)


def _example(table, after):
    sounding = (table["seconds"] > 0) & (after > 0)
    training = sounding & (table["split"] == "train")
    short = training & (table["seconds"] <= LONGEST_EXAMPLE)
    candidates = next(chosen for chosen in (short, training, sounding) if chosen.any())
    share = (after / table["seconds"])[candidates]
    return (share - 0.5).abs().idxmin()
