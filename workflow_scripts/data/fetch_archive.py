"""Rules fetch_archive and fetch_weights: fetch one file and check that it is the right one."""

from dataclasses import dataclass
from itertools import filterfalse
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.data.download import fetch


@dataclass(frozen=True)
class Settings:
    md5: str | None = None  # hex; of archives
    sha256: str | None = None  # hex; weights have either


def main(*, sources: dict, archive: Path, settings: Settings):
    """Fetch an archive, or pretrained weights, and check that it is the right one.

    sources: folder, the user's, where a file of that name is tried first, or null;
             mirrors, http(s) addresses and local paths in order of preference
    archive: the file to write
    """
    own = [Path(sources["folder"], archive.name).absolute()] if sources["folder"] else []
    fetch([*filterfalse(_is_absent, own), *sources["mirrors"]], settings.md5 or settings.sha256, archive)


def _is_absent(path):
    """A folder without the file is nothing to speak of; one that cannot be searched is."""
    try:
        path.stat()
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return False


if __name__ == "__main__":
    run(main)
