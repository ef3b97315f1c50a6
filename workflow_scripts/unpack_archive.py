"""Rule unpack_archive: unpack one archive of the dataset."""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.tables import write_table
from workflow_scripts.common.stage import run
from workflow_scripts.data.archive import unpack


def main(*, archive: Path, folder: Path, manifest: Path, settings: dict):
    """Unpack a zip archive and list what was in it.

    archive:  the zip file to read
    folder:   the folder to write, replaced as a whole
    manifest: the CSV to write: path (within the folder), bytes, md5
    settings: nothing but the fingerprint of the code
    """
    write_table(pd.DataFrame(unpack(archive, folder), columns=["path", "bytes", "md5"]), manifest)


if __name__ == "__main__":
    run(main)
