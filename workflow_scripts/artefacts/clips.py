"""The clip table: one row per clip.

| column | what |
|---|---|
| fname | name of the clip, unique |
| split | ``train`` or ``test`` |
| label | the given label (training) or the true one (test); several are joined by commas, none is empty |
| manually_verified | 1 where a person checked the label, else 0; 1 for test clips |
| usage | the data set's own division, e.g. ``Public``, ``Private`` or ``Ignored`` (not scored) test clips; or empty |
| group | clips of one group are never split between folds; empty where there are no groups |
| fold | the data set's own fold of a training clip; empty where it has none |
| path | the audio file, relative to the working directory or absolute |
| seconds | length of the audio; 0 for an empty file |
| md5 | of the audio file's bytes: the table changes whenever a recording does |
"""

from workflow_scripts.artefacts.tables import read_table, write_table

COLUMNS = {
    "fname": str,
    "split": str,
    "label": str,
    "manually_verified": int,
    "usage": str,
    "group": str,
    "fold": str,
    "path": str,
    "seconds": float,
    "md5": str,
}


def read_clips(path, split=None):
    """Return the clip table indexed by fname, in file order; only ``split`` if that is given."""
    table = read_table(path, COLUMNS).set_index("fname", drop=False)
    return table if split is None else table[table["split"] == split]


def write_clips(table, path):
    write_table(table[list(COLUMNS)], path)
