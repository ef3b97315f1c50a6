"""Rule unpack_archive: unpack one archive of the dataset."""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.tables import write_table
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import md5_of
from workflow_scripts.common.stage import run
from workflow_scripts.data.archive import unpack


def main(*, archive: list[Path], folder: Path, manifest: Path, settings: dict):
    """Unpack a zip archive and list what was in it.

    archive:  the zip file to read, or all parts of a split one in order (.z01, .z02, ..., .zip)
    folder:   the folder to write, replaced as a whole
    manifest: the CSV to write: path (within the folder), bytes, md5
    settings: md5 (hex) of each part by its name: a link to a user's own archive may have changed since it was fetched
    """
    for part in archive:
        digest = md5_of(part)
        if digest != settings["md5"][part.name]:
            raise UserError(
                f"{part}: its md5 is {digest}, expected {settings['md5'][part.name]}; delete it and run again"
            )
    write_table(pd.DataFrame(unpack(archive, folder), columns=["path", "bytes", "md5"]), manifest)


if __name__ == "__main__":
    run(main)
