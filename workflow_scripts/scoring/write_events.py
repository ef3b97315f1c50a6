"""Rule write_events: the events of the answer in the form of the challenge's submissions, and the scores in brief."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.stage import run
from workflow_scripts.tables.event_class_scores import read_event_class_scores
from workflow_scripts.tables.events import read_events
from workflow_scripts.tables.scores import clips_of, read_scores

# metric, its heading
COLUMNS = [
    ("event_f1", "event F1"),
    ("event_error_rate", "error rate"),
    ("segment_f1", "segment F1"),
    ("tag_f1", "tag F1"),
    ("psds1", "PSDS 1"),
    ("psds2", "PSDS 2"),
]
NAMED = 10  # classes


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    answer: str  # name of the system or ensemble whose events these are


def main(*, events: Path, scores: Path, by_class: Path, answer: Path, answer_scores: Path, settings: Settings):
    """Write ``answer``: filename, onset, offset (seconds), event_label, separated by tabs; one row per event.

    ``events``: the event table of the answer. ``answer_scores`` is a copy of ``scores``, which are also printed in
    brief, with the classes of the table ``by_class`` that no mean is over.
    """
    table = read_events(events).rename(columns={"fname": "filename"})
    with written_whole(answer) as partial:
        table.to_csv(partial, sep="\t", index=False, lineterminator="\n", float_format="%.3f")
    with written_whole(answer_scores) as partial:
        shutil.copyfile(scores, partial)
    print(f"{settings.dataset}: {answer} holds {len(table)} events, by {settings.answer}", end="\n\n")
    print(_overview(read_scores(scores)))
    for line in _left_out(read_event_class_scores(by_class), settings.answer, by_class):
        print(line)


def _overview(scores):
    """Return the main scores as aligned lines: for each split one row per detection."""
    lines = []
    for split in scores.index.unique("split"):
        rows = [[f"{split}, {clips_of(scores, split)} clips", *(heading for _, heading in COLUMNS)]]
        for system in scores.index.unique("system"):
            rows.append([system, *(_cell(scores.loc[(system, split, metric)]) for metric, _ in COLUMNS)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
        lines.append("")
    return "\n".join([*lines, "Means of the classes. In brackets: 95 % bootstrap interval over the clips."])


def _left_out(table, answer, path):
    """Yield a line for each split in which a class of the vocabulary does not sound."""
    own = table[(table["system"] == answer) & (table["reference"] == 0)]
    for split, rows in own.groupby("split", sort=False):
        names = [f"{row.label} ({row.estimated:.0f})" for row in rows[:NAMED].itertuples()]
        more = f" and {len(rows) - NAMED} more in {path}" if len(rows) > NAMED else ""
        yield (
            f"{split}: left out of all means of the classes, as no scored clip has them: {', '.join(names)}{more}. "
            f"In brackets: false alarms by {answer}; they count in event_micro_f1."
        )


def _cell(row):
    interval = f" [{row['low']:.3f}, {row['high']:.3f}]" if row["low"] == row["low"] else ""
    return f"{row['value']:.4f}{interval}"


if __name__ == "__main__":
    run(main)
