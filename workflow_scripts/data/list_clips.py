"""Rule list_clips: the data set's own tables, checked against each other, as one listing of clips."""

import logging
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.listing import list_clips
from workflow_scripts.tables.listing import write_listing

log = logging.getLogger("list_clips")


def main(*, settings: dict, listing: Path):
    """List the clips that the data set's tables name; no audio is looked at.

    settings: tables and padding of the dataset file; root, the folder that its paths start from
    listing:  the listing to write
    """
    root = Path(settings["root"])
    tables = {
        name: read_csv_table(root / source["file"], source["delimiter"]) for name, source in settings["tables"].items()
    }
    clips = list_clips(tables, settings, root)
    log.info("clips\n%s", clips.groupby(["split", "usage"]).size().to_string())
    write_listing(clips, listing)


if __name__ == "__main__":
    run(main)
