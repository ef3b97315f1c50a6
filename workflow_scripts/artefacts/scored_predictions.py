"""What each system predicts of each split that it is scored on."""

import pandas as pd

from workflow_scripts.artefacts.predictions import read_predictions
from workflow_scripts.common.errors import UserError
from workflow_scripts.scoring.splits import splits


def predictions_by_split(table, oof, test, systems, classes):
    """Yield (system, split, probabilities [clips, classes], true class indices [clips]), system by system.

    ``table``: the clip table. ``oof``, ``test``: per system the paths of its out-of-fold predictions of the training
    clips and its predictions of the test clips. ``systems``: names in the order of the files.
    Raises UserError for a missing or surplus clip, it never just drops out, and for other classes.
    """
    class_of = {label: number for number, label in enumerate(classes)}
    for system, *paths in zip(systems, oof, test, strict=True):
        halves = zip(paths, ["train", "test"], strict=True)
        predictions = pd.concat([_read(path, table.index[table["split"] == split], classes) for path, split in halves])
        for split, fnames in splits(table).items():
            labels = table["label"][fnames].map(class_of).to_numpy(int)
            yield system, split, predictions.loc[fnames].to_numpy(), labels


def _read(path, fnames, classes):
    predictions = read_predictions(path, fnames)
    if list(predictions.columns) != classes:
        raise UserError(f"{path}: the columns are not the dataset's classes in their order; delete it and run again")
    return predictions
