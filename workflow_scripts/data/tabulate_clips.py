"""Rule tabulate_clips: the clip table, from the listing and what decoding the audio has shown."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.data.clip_table import check_labels, clip_table
from workflow_scripts.tables.audio_facts import read_audio_facts
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.problems import write_problems

log = logging.getLogger("tabulate_clips")


@dataclass(frozen=True)
class Settings:
    classes: list[str] | None
    unusable_audio: str  # what a clip without it leads to: `refuse` or `leave_out`
    further: bool = False  # whether the clips of further classes are in the table, as training clips


def main(*, listing: Path, facts: Path, clips: Path, problems: Path, settings: Settings):
    """Write the table of the clips that the pipeline works with, and what was wrong with the others.

    listing, facts:  what the tables say, what the audio says
    clips, problems: the clip table and the table of data problems to write
    """
    listed = read_listing(listing)
    check_labels(listed, settings.classes)
    table, found = clip_table(listed, read_audio_facts(facts), settings.unusable_audio)
    for fname, problem, consequence in found:
        log.info("%s: %s; %s", fname, problem, consequence)
    further = table["split"] == "further"
    table = table.assign(split=table["split"].mask(further, "train")) if settings.further else table[~further]
    log.info("%d of %d clips", len(table), len(listed))
    write_clips(table, clips)
    write_problems(found, problems)


if __name__ == "__main__":
    run(main)
