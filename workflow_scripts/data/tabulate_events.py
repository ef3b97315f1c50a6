"""Rule tabulate_events: the reference events of a data set with strong labels."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.event_table import checked, sound_events, told
from workflow_scripts.data.file_names import with_file_names
from workflow_scripts.data.label_generations import recognise
from workflow_scripts.data.table_formats.events import events as events_of
from workflow_scripts.tables.audio_facts import read_audio_facts
from workflow_scripts.tables.events import write_events

log = logging.getLogger("tabulate_events")


@dataclass(frozen=True)
class Settings:
    root: str  # the folder that the paths in `tables` start from
    tables: dict[str, dict]  # those of the dataset file that have the format `events`
    classes: list[str] | None
    own: list[str] = field(default_factory=list)  # names of those tables that are no published ones
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint


def main(*, settings: Settings, events: Path, facts: Path | None = None):
    """Write the events of all tables whose format is ``events``, table by table, by name.

    events: the event table to write
    facts:  what the audio says, by which clips' ends are known
    """
    root, found = Path(settings.root), []
    audio = read_audio_facts(facts) if facts else None
    for name, source in settings.tables.items():
        file = root / source["file"]
        table = with_file_names(read_csv_table(file, source["delimiter"]), source["columns"], file)
        events_found = events_of(table, source["columns"])
        own = name in settings.own
        result = checked(events_found, settings.classes, audio, own)
        found.append(sound_events(result, file))
        for what, number, note in told(result, own):
            line = f"{file}: {number:,} {what}: {note}"
            log.warning("%s", line)
            print(line, flush=True)
        log.info("%s: %d events in %d rows", file, len(found[-1]), len(table))
        if source["generations"]:
            log.info("%s", recognise(file, table, source["generations"]))
    write_events(pd.concat(found), events)


if __name__ == "__main__":
    run(main)
