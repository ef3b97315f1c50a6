"""What each system predicts of each split that it is scored on."""

import pandas as pd

from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.scoring.splits import splits
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.tables import rows_of


def predictions_by_split(clips, oof, test, systems, task, classes, partial=None):
    """Yield (system, split, probabilities, truth, fnames), system by system; probabilities and truth [clips, classes].

    ``clips``: path of the clip table. ``oof``, ``test``: per system the paths of its out-of-fold predictions of the
    training clips and its predictions of the test clips. ``systems``: names in the order of the files. ``task``: module
    in :mod:`workflow_scripts.tasks`, which makes truth of labels. ``partial``: whether each has predicted a part of the
    training clips only, and is scored on that (None: none has); a split of which it has no clip is left out.
    Raises UserError for a clip that stands twice in the clip table and for a label that is none of ``classes``;
    DamagedError for predictions that lack a clip (none just drops out), have one that is surplus or stands twice, or
    are of other classes or in another order.
    """
    table = read_clips(clips)
    table = rows_of(table, table.index, clips)
    truth = {
        split: (fnames, _truth(table["label"][fnames], task, classes, clips)) for split, fnames in splits(table).items()
    }
    train, tested = (table.index[table["split"] == split] for split in ("train", "test"))
    for system, of_oof, of_test, part in zip(systems, oof, test, partial or [False] * len(systems), strict=True):
        predictions = pd.concat([_read(of_oof, train, classes, part), _read(of_test, tested, classes)])
        for split, (fnames, targets) in truth.items():
            rows = predictions.index.get_indexer(fnames)  # -1: it has no such clip; isin takes far longer
            there = rows >= 0
            if there.all():
                yield system, split, predictions.iloc[rows].to_numpy(), targets, fnames
            elif there.any():
                yield system, split, predictions.iloc[rows[there]].to_numpy(), targets[there], fnames[there]


def _truth(labels, task, classes, clips):
    known = set(classes)
    for fname, label in labels.items():
        for name in task.names(label):
            if name not in known:
                raise UserError(
                    f"{clips}: clip {fname} has the label {name!r}, which is none of the classes; "
                    f"correct it in the data set's table, or add it to `classes` in the dataset file"
                )
    return task.targets(labels, classes)


def _read(path, fnames, classes, part=False):
    predictions = read_predictions(path)
    if list(predictions.columns) != classes:
        raise DamagedError(path, "the columns are not the dataset's classes in their order")
    try:
        return rows_of(predictions, fnames[fnames.isin(predictions.index)] if part else fnames, path)
    except UserError as error:
        raise DamagedError(path, str(error).removeprefix(f"{path}: ")) from None
