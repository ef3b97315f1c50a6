"""Rule report_data: what there is in a collection, and everything in it that needs a look."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from workflow_scripts.common.files import files_below, written_whole
from workflow_scripts.common.stage import run
from workflow_scripts.data import data_report, data_summary, suffixes
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.event_table import checked
from workflow_scripts.data.file_names import with_file_names
from workflow_scripts.data.label_generations import recognise
from workflow_scripts.data.near_names import near_names
from workflow_scripts.data.table_formats.events import events as events_of
from workflow_scripts.tables.audio_facts import read_audio_facts
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.tables import write_table


@dataclass(frozen=True)
class Settings:
    title: str
    root: str  # the folder that the paths in `tables` start from
    tables: dict[str, dict]  # of the dataset file
    classes: list[str] | None
    counts: dict | None  # of the dataset file
    unusable_audio: str  # what a clip without it leads to: `refuse` or `leave_out`
    folds: list[int]  # the numbers of folds that will be asked for
    held_out: dict[str, dict] = field(default_factory=dict)  # name of a split -> how it holds out one part
    seed: int = 0  # of these splits
    unlabelled: str | None = None  # why no run can use a table without labels
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint


def main(*, listing: Path, facts: Path, report: Path, summary: Path, settings: Settings):
    """Write the data report, and print its summary. Findings are no failure.

    listing, facts: what the tables say, what the audio says
    report:         the table to write, one row per figure or finding
    summary:        the same in words to write, as Markdown
    """
    clips, root, tables = read_listing(listing), Path(settings.root), settings.tables.values()
    folders = {root / source["audio"] for source in tables if "audio" in source}
    notes = [
        recognise(
            root / source["file"], read_csv_table(root / source["file"], source["delimiter"]), source["generations"]
        )
        for source in tables
        if source["generations"]
    ]
    notes += [f"the audio folder {folder} does not exist" for folder in sorted(folders) if not folder.is_dir()]
    audio = read_audio_facts(facts)
    table = data_report.report(
        clips,
        audio,
        settings.classes,
        settings.counts,
        settings.folds,
        sorted(_audio_files(folders) - set(clips["path"])),
        notes,
        settings.unusable_audio,
        unlabelled=settings.unlabelled,
        held_out=settings.held_out,
        seed=settings.seed,
        events=_events(settings.tables, settings.classes, root, audio),
        near=near_names(clips, (audio["state"] == "missing").reindex(clips.index, fill_value=False)),
    )
    text = data_summary.summary(table, settings.title)
    write_table(table, report)
    with written_whole(summary) as partial:
        partial.write_text(text, encoding="utf-8")
    print(text)


def _events(tables, classes, root, facts):
    """Return [(file, split, own, what was found of its events)] of the tables whose format is ``events``."""
    found = []
    for source in tables.values():
        if source.get("format") == "events":
            file, own = root / source["file"], not source["generations"]
            rows = with_file_names(read_csv_table(file, source["delimiter"]), source["columns"], file)
            events = checked(events_of(rows, source["columns"]), classes, facts, own)
            found.append((file, source["split"], own, events))
    return found


def _audio_files(folders):
    """Return the paths of all files in ``folders``, searched through, whose suffix is one of audio."""
    known = suffixes.READ | suffixes.CONVERTED
    audio = (path for folder in folders for path in files_below(folder) if path.suffix.lower() in known)
    return {os.fsencode(path).decode(errors="replace") for path in audio}  # what is no UTF-8 can be shown, too


if __name__ == "__main__":
    run(main)
