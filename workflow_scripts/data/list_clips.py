"""Rule list_clips: the data set's own tables, checked against each other, as one listing of clips."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.listing import list_clips
from workflow_scripts.tables.listing import write_listing

log = logging.getLogger("list_clips")


@dataclass(frozen=True)
class Settings:
    root: str  # the folder that the paths in `tables` start from
    tables: dict[str, dict]  # of the dataset file
    padding: bool  # whether test clips of the usage Ignored stay, without a label
    subsets: dict[str, dict] = field(default_factory=dict)  # of the dataset file
    further_classes: list[str] = field(default_factory=list)  # of the dataset file
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint


def main(*, settings: Settings, listing: Path):
    """List the clips that the data set's tables name; no audio is looked at.

    listing: the listing to write
    """
    root = Path(settings.root)
    tables = {
        name: read_csv_table(root / source["file"], source["delimiter"]) for name, source in settings.tables.items()
    }
    clips = list_clips(tables, settings.tables, root, settings.padding, settings.subsets, settings.further_classes)
    log.info("clips\n%s", clips.groupby(["split", "usage"]).size().to_string())
    write_listing(clips, listing)


if __name__ == "__main__":
    run(main)
