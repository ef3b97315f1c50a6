"""The listing: what a data set's own tables say of its clips, before any audio is looked at.

| column | what |
|---|---|
| fname | name of the clip, unique |
| split | ``train`` or ``test`` |
| usage | the data set's own division, e.g. ``Public``, ``Private`` or ``Ignored`` (not scored) test clips; or empty |
| label | the label; several are joined by commas; empty where there is none |
| manually_verified | 1 where a person checked the label, else 0; 1 for test clips |
| group | clips of one group (uploader, location ...) are never split between folds; empty where there are no groups |
| fold | the data set's own fold of a training clip; empty where it has none |
| path | the audio file, relative to the working directory or absolute |
| row | the table's file and line that the clip comes from |
"""

from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {
    "fname": str,
    "split": str,
    "usage": str,
    "label": str,
    "manually_verified": int,
    "group": str,
    "fold": str,
    "path": str,
    "row": str,
}


def read_listing(path):
    """Return the listing indexed by fname, in file order."""
    return read_table(path, COLUMNS).set_index("fname", drop=False)


def write_listing(table, path):
    write_table(table[list(COLUMNS)], path)
