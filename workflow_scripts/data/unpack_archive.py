"""Rule unpack_archive: unpack one archive of the dataset."""

from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import md5_of
from workflow_scripts.common.stage import run
from workflow_scripts.data.archive import unpack
from workflow_scripts.tables.manifests import write_manifest


@dataclass(frozen=True)
class Settings:
    md5: dict[str, str]  # (hex) of each part by its name: a link to a user's own archive may have changed meanwhile


def main(*, archive: list[Path], folder: Path, manifest: Path, settings: Settings):
    """Unpack a zip archive and list what was in it.

    archive:  the zip file to read, or all parts of a split one in order (.z01, .z02, ..., .zip)
    folder:   the folder to write, replaced as a whole
    manifest: the table to write, see :mod:`workflow_scripts.tables.manifests`
    """
    for part in archive:
        digest = md5_of(part)
        if digest != settings.md5[part.name]:
            raise UserError(f"{part}: its md5 is {digest}, expected {settings.md5[part.name]}; delete it and run again")
    write_manifest(unpack(archive, folder), manifest)


if __name__ == "__main__":
    run(main)
