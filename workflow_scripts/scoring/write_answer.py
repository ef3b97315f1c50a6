"""Rule write_answer: what was asked for, in the form of the challenge's submissions, and the scores in brief."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_part, read_predictions
from workflow_scripts.tables.scores import clips_of, fewer_clips, in_words, read_scores, score_of
from workflow_scripts.tables.tables import write_table


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    split: str  # which clips are answered: `test` or `train`
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    partial: bool = False  # whether the predictions are of a part of the clips only


def main(
    *,
    predictions: Path,
    scores: Path,
    plot: Path,
    clips: Path,
    answer: Path,
    answer_scores: Path,
    answer_plot: Path,
    settings: Settings,
):
    """Write ``answer`` in the form of the task, see :mod:`workflow_scripts.tasks.answers`.

    One row per test clip in the clip table's order, as submitted to Kaggle; of a collection without test clips one row
    per training clip that was held out, each judged by models that have not seen it. ``predictions``: of these clips.
    ``answer_scores`` and ``answer_plot`` are copies of ``scores`` and ``plot``; the scores are also printed in brief.
    """
    asked = read_clips(clips, settings.split)
    answers = (read_part if settings.partial else read_predictions)(predictions, asked.index)
    probabilities = answers[settings.classes].to_numpy()
    form, words = (load_part(f"tasks.{package}", settings.task) for package in ("answers", "words"))
    write_table(form.answer(answers.index, probabilities, settings.classes), answer)
    for source, target in [(scores, answer_scores), (plot, answer_plot)]:
        with written_whole(target) as partial:
            shutil.copyfile(source, partial)
    kind = {"test": "test clips", "train": "training clips, out of fold"}[settings.split]
    number = _of(len(answers), len(asked))
    print(f"{settings.dataset}: {answer} holds {form.WHAT} of {number} {kind}", end="\n\n")
    print(_overview(read_scores(scores), words))


def _of(some, asked):
    return f"{some}" if some == asked else f"{some} of {asked}"


SPLITS = {"all": "test", "public": "public", "private": "private", "oof_verified": "out of fold"}


def _overview(scores, words):
    """Return the main scores as aligned lines: one row per system, the number of clips in the header."""
    systems = list(scores.index.unique("system"))
    columns = [["", "", "system", *(in_words(scores, system) for system in systems)]]
    for metric, split in words.OVERVIEW:
        if split not in scores.index.unique("split"):
            continue
        clips = f"{clips_of(scores, split)} clips"
        cells = [_cell(scores, system, split, metric, (metric, split) == words.OVERVIEW[0]) for system in systems]
        columns.append([words.NAMES[metric], SPLITS[split], clips, *cells])
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    return "\n".join([*lines, "", "In brackets: 95 % bootstrap interval. Out of fold: verified training clips."])


def _cell(scores, system, split, metric, with_interval):
    """Return the value, and where the system stands on fewer clips than others, on how many."""
    row, fewer = score_of(scores, system, split, metric), fewer_clips(scores, system, split)
    if fewer == "0":
        return "-"
    value = f"{row['value']:.4f}" + (f" ({fewer} clips)" if fewer else "")
    return f"{value} [{row['low']:.3f}, {row['high']:.3f}]" if with_interval else value


if __name__ == "__main__":
    run(main)
