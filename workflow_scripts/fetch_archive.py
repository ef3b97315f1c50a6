"""Rule fetch_archive: fetch one archive of the dataset and check that it is the right one."""

from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.data.download import fetch


def main(*, archive: Path, settings: dict):
    """Fetch an archive and check that it is the right one.

    archive:  the file to write
    settings: url (an http(s) address or a local path) and md5 (hex)
    """
    fetch(settings["url"], settings["md5"], archive)


if __name__ == "__main__":
    run(main)
