"""The prediction table: probabilities of one model (or fusion) on one set of clips.

Parquet with the column fname (text) and one float32 column per class, named by the class, in the dataset's order.
oof.parquet has the training clips, each by a model that held it out: all of them, or, of a system that holds out one
part (and of an ensemble with such a system), the clips in that part. A row sums to one but for systems whose geometric
mean over windows is not renormalised (Iqbal et al. 2018), then to less, and where the task is multilabel.
"""

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import DamagedError, UserError, parsing
from workflow_scripts.common.files import written_whole
from workflow_scripts.tables.tables import rows_of

FILE = "<dataset>/systems/<system>/stage<s>/oof.parquet, test.parquet"


def prediction_table(fnames, probabilities, classes):
    """Return [clips, classes] ``probabilities`` as a table indexed by fname."""
    return pd.DataFrame(np.asarray(probabilities, np.float32), pd.Index(fnames, name="fname"), list(classes))


def read_predictions(path, fnames=None):
    """Return the table at ``path`` indexed by fname; with ``fnames``, exactly those rows in that order.

    Raises UserError where there is no file, for a clip that is missing, surplus or stands twice; DamagedError where the
    file is not as written or has a value that is no probability.
    """
    with parsing(path, "a readable table"):
        table = pd.read_parquet(path, page_checksum_verification=True).set_index("fname")
    values = table.to_numpy()
    wrong = ~((values >= 0) & (values <= 1)).all(axis=1)
    if wrong.any():
        raise DamagedError(path, f"clip {table.index[wrong][0]} has a value outside 0..1")
    return table if fnames is None else rows_of(table, fnames, path)


def read_oof(paths, fnames, partial=None):
    """Return the out-of-fold predictions at ``paths``, one table per system, all of the same clips, indexed by fname.

    ``partial``: [paths] bool, which of the systems hold out a part of the training clips ``fnames`` only, and so may
    lack the others; None: none does. The clips are those that all systems have, in the order of ``fnames``.

    Raises what :func:`read_predictions` does, and UserError where no clip is left.
    """
    partial = partial or [False] * len(paths)
    pairs = zip(paths, partial, strict=True)
    tables = [read_part(path, fnames) if part else read_predictions(path, fnames) for path, part in pairs]
    common = fnames
    for table in tables:
        common = common[common.isin(table.index)]
    if not len(common):
        raise UserError(
            f"{', '.join(map(str, paths))}: no clip was held out by all of these systems; say the same `held_out` in "
            "their recipes, or leave some out"
        )
    return [table if len(table) == len(common) else table.loc[common] for table in tables]


def read_part(path, fnames):
    """Return the table at ``path``, of some of the clips ``fnames``, in their order.

    Raises what :func:`read_predictions` does, but for a clip that is missing.
    """
    table = read_predictions(path)
    return rows_of(table, fnames[fnames.isin(table.index)], path)


def gather_folds(paths, fnames):
    """Return the tables at ``paths``, one per fold, as one of exactly the clips ``fnames`` in that order.

    Raises UserError for a clip that no fold or more than one has, or that is surplus.
    """
    return rows_of(pd.concat([read_predictions(path) for path in paths]), fnames, f"{paths[0]} and the other folds")


def write_predictions(table, path):
    with written_whole(path) as partial:
        table.reset_index().to_parquet(partial, index=False, write_page_checksum=True)
