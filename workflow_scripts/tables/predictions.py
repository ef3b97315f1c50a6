"""The prediction table: probabilities of one model (or fusion) on one set of clips.

Parquet with the column fname (text) and one float32 column per class, named by the class, in the dataset's order. A
row sums to one but for systems whose geometric mean over windows is not renormalised (Iqbal et al. 2018): then to less.
"""

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import DamagedError, parsing
from workflow_scripts.common.files import written_whole
from workflow_scripts.tables.tables import rows_of


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


def gather_folds(paths, fnames):
    """Return the tables at ``paths``, one per fold, as one of exactly the clips ``fnames`` in that order.

    Raises UserError for a clip that no fold or more than one has, or that is surplus.
    """
    return rows_of(pd.concat([read_predictions(path) for path in paths]), fnames, f"{paths[0]} and the other folds")


def write_predictions(table, path):
    with written_whole(path) as partial:
        table.reset_index().to_parquet(partial, index=False, write_page_checksum=True)
