"""Rule write_answer: what was asked for, in the form of the challenge's submissions, and the scores in brief."""

import shutil
from pathlib import Path

import pandas as pd

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.map_at_3 import top_classes
from workflow_scripts.scoring.score_table import clips_of, read_scores
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.tables import write_table


def main(
    *,
    predictions: Path,
    scores: Path,
    plot: Path,
    clips: Path,
    answer: Path,
    answer_scores: Path,
    answer_plot: Path,
    settings: dict,
):
    """Write ``answer``: fname and label, the three most probable classes separated by spaces, the best first.

    One row per test clip in the clip table's order, as submitted to Kaggle; of a collection without test clips one row
    per training clip, each judged by models that have not seen it. ``predictions``: of these clips. ``answer_scores``
    and ``answer_plot`` are copies of ``scores`` and ``plot``; the scores are also printed in brief. ``settings``:
    dataset (its name), split (which clips are answered, ``test`` or ``train``), classes.
    """
    asked = read_clips(clips, settings["split"])
    probabilities = read_predictions(predictions, asked.index)[settings["classes"]].to_numpy()
    names = [name.replace(" ", "_") for name in settings["classes"]]  # a space separates the three
    labels = [" ".join(names[index] for index in best) for best in top_classes(probabilities)]
    write_table(pd.DataFrame({"fname": asked.index, "label": labels}), answer)
    for source, target in [(scores, answer_scores), (plot, answer_plot)]:
        with written_whole(target) as partial:
            shutil.copyfile(source, partial)
    kind = {"test": "test clips", "train": "training clips, out of fold"}[settings["split"]]
    print(f"{settings['dataset']}: {answer} holds the three best classes of {len(asked)} {kind}", end="\n\n")
    print(_overview(read_scores(scores)))


# metric, its heading, split, its heading
COLUMNS = [
    ("map3", "MAP@3", "all", "test"),
    ("accuracy", "accuracy", "all", "test"),
    ("map3", "MAP@3", "public", "public"),
    ("map3", "MAP@3", "private", "private"),
    ("map3", "MAP@3", "oof_verified", "out of fold"),
]
INTERVAL_OF = ("map3", "all")


def _overview(scores):
    """Return the main scores as aligned lines: one row per system, the number of clips in the header."""
    systems = list(scores.index.unique("system"))
    columns = [["", "", "system", *systems]]
    for metric, metric_name, split, split_name in COLUMNS:
        if split not in scores.index.unique("split"):
            continue
        clips = f"{clips_of(scores, split)} clips"
        cells = [_cell(scores.loc[(system, split, metric)], (metric, split) == INTERVAL_OF) for system in systems]
        columns.append([metric_name, split_name, clips, *cells])
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    return "\n".join([*lines, "", "In brackets: 95 % bootstrap interval. Out of fold: verified training clips."])


def _cell(row, with_interval):
    value = f"{row['value']:.4f}"
    return f"{value} [{row['low']:.3f}, {row['high']:.3f}]" if with_interval else value


if __name__ == "__main__":
    run(main)
