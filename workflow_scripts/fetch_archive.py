"""Rule fetch_archive: fetch one archive of the dataset and check that it is the right one."""

from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.data.download import fetch


def main(*, source: str, archive: Path, settings: dict):
    """Fetch an archive and check that it is the right one.

    source:   an http(s) address or a local path
    archive:  the file to write
    settings: md5 (hex)
    """
    fetch(source, settings["md5"], archive)


if __name__ == "__main__":
    run(main)
