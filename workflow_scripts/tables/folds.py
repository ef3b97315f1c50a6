"""The folds, made once and read by all later stages."""

from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.tables import rows_of


class Folds(Table):
    """Which clips are held out together: one row per training clip."""

    file = "<dataset>/folds/<number>.csv, <dataset>/folds/held-out-<part>.csv"
    key = ("fname",)

    fname: str  # name of the clip
    fold: int  # the fold that holds it out, from 0; where one part is held out, 0, and 1 of all other clips


write_folds = Folds.write


def read_folds(path, fnames, subset=False):
    """Return the fold of each clip of ``fnames``, all in the table unless a ``subset`` is meant, as an int array."""
    return rows_of(Folds.read(path), fnames, path, subset)["fold"].to_numpy()
