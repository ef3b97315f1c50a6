"""Rule plot_trimming: what cutting silence does to durations, and to a clip."""

import logging
from pathlib import Path

from workflow_scripts.artefacts.audio_facts import read_audio_facts
from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.segments import read_segments
from workflow_scripts.artefacts.tables import rows_of
from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import read_audio
from workflow_scripts.figures.durations import durations
from workflow_scripts.figures.style import save
from workflow_scripts.figures.trimmed import Example, trimmed_clips

log = logging.getLogger("plot_trimming")
LONGEST_EXAMPLE = 30  # s, unless all clips are longer


def main(*, clips: Path, facts: Path, segments: list[Path], durations_plot: Path, example_plot: Path, settings: dict):
    """Draw the durations of all clips before and after trimming, and an example for every way of trimming.

    ``facts``: the audio facts, for the files' own rates. ``segments``: one table per front end. ``settings``: dataset
    (its name), stores ([front end, its silence rule] in the order of ``segments``), examples ([name of a way of
    trimming, a front end that uses it]). The example is the training clip whose share that stays is nearest one half,
    the first of equals; of clips of at most 30 s, if there are any.
    """
    table = read_clips(clips)
    rates = rows_of(read_audio_facts(facts), table.index, facts, subset=True)["rate"]
    trimmed, bounds = {}, {}
    for (store, rule), path in zip(settings["stores"], segments, strict=True):
        bounds[store] = read_segments(path)
        trimmed[store] = f"{store} ({rule})", _seconds_left(bounds[store], rates)
    before = table["seconds"]
    drawn = {name: (before.to_numpy(), after.to_numpy()) for name, after in trimmed.values()}
    save(durations(drawn, settings["dataset"]), durations_plot)

    examples = []
    for name, store in settings["examples"]:
        clip = table.loc[_example(table, trimmed[store][1])]
        log.info("%s: the example is %s", name, clip["fname"])
        samples, rate = read_audio(clip["path"])
        of_clip = bounds[store][bounds[store]["fname"] == clip["fname"]]
        parts = list(zip(of_clip["start"], of_clip["end"], strict=True))
        examples.append(Example(name, clip["fname"], clip["label"], samples, rate, parts))
    save(trimmed_clips(examples, settings["dataset"]), example_plot)


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


if __name__ == "__main__":
    run(main)
