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

from workflow_scripts.tables.tables import read_table, write_table

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


def is_labelled(clips):
    """Tell of each training clip whether it has labels; a clip without any event in it has some, too: none."""
    return (clips["label"] != "") | (clips["manually_verified"] == 1)


def taking_part(clips, pool):
    """Return the training clips that a system learns from: the labelled ones, and the unlabelled ones in its ``pool``.

    ``pool``: usages; None for a system that has no use for unlabelled clips.
    """
    return clips[is_labelled(clips) | clips["usage"].isin(pool or [])]


def validates(clips, fold_of, trained_folds, learn_labelled):
    """Tell of each training clip whether it judges a system that detects events: a labelled one not learned from.

    ``fold_of``: [clips] its fold; the system holds out the first ``trained_folds``. Where it does not
    ``learn_labelled`` clips at all, all of them judge it.
    """
    labelled = is_labelled(clips).to_numpy()
    return labelled & (fold_of < trained_folds) if learn_labelled else labelled
