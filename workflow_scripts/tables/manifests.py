"""The files of a folder that was made as a whole, one row each."""

from workflow_scripts.tables.declaration import Table


class Manifest(Table):
    file = "<dataset>/raw/<folder>.csv"
    key = ("path",)

    path: str  # within the folder
    bytes: int  # [bytes] its size
    md5: str  # of its bytes, in hex


write_manifest = Manifest.write_rows
