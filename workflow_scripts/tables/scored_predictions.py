"""What each system predicts of each split that it is scored on."""

import pandas as pd

from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.scoring.splits import splits
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.predictions import read_predictions
from workflow_scripts.tables.tables import rows_of


def predictions_by_split(clips, oof, test, systems, classes):
    """Yield (system, split, probabilities [clips, classes], true class indices [clips]), system by system.

    ``clips``: path of the clip table. ``oof``, ``test``: per system the paths of its out-of-fold predictions of the
    training clips and its predictions of the test clips. ``systems``: names in the order of the files.
    Raises UserError for a clip that stands twice in the clip table and for a label that is none of ``classes``;
    DamagedError for predictions that lack a clip (none just drops out), have one that is surplus or stands twice, or
    are of other classes or in another order.
    """
    table = read_clips(clips)
    table = rows_of(table, table.index, clips)
    truth = {split: (fnames, _truth(table["label"][fnames], classes, clips)) for split, fnames in splits(table).items()}
    for system, *paths in zip(systems, oof, test, strict=True):
        halves = zip(paths, ["train", "test"], strict=True)
        predictions = pd.concat([_read(path, table.index[table["split"] == split], classes) for path, split in halves])
        for split, (fnames, labels) in truth.items():
            yield system, split, predictions.loc[fnames].to_numpy(), labels


def _truth(labels, classes, clips):
    numbers = pd.Index(classes).get_indexer(labels)
    if (numbers < 0).any():
        fname, label = next(labels[numbers < 0].items())
        raise UserError(
            f"{clips}: clip {fname} has the label {label!r}, which is none of the classes; "
            f"correct it in the data set's table, or add it to `classes` in the dataset file"
        )
    return numbers


def _read(path, fnames, classes):
    predictions = read_predictions(path)
    if list(predictions.columns) != classes:
        raise DamagedError(path, "the columns are not the dataset's classes in their order")
    try:
        return rows_of(predictions, fnames, path)
    except UserError as error:
        raise DamagedError(path, str(error).removeprefix(f"{path}: ")) from None
