"""The splits that systems are scored on, and what each system predicts of them."""

import pandas as pd

from workflow_scripts.artefacts.predictions import read_predictions
from workflow_scripts.common.errors import UserError


def splits(table):
    """Return split -> the clips (fnames) of a clip table or listing, for each split that has any.

    ``oof_verified``: the verified training clips; ``public``, ``private`` and ``all``: the test clips but for padding
    (usage Ignored), which is not scored.
    """
    verified = (table["split"] == "train") & (table["manually_verified"] == 1)
    test = (table["split"] == "test") & (table["usage"] != "Ignored")
    members = {
        "oof_verified": verified,
        "public": test & (table["usage"] == "Public"),
        "private": test & (table["usage"] == "Private"),
        "all": test,
    }
    return {split: table.index[chosen] for split, chosen in members.items() if chosen.any()}


def predictions_by_split(table, oof, test, settings):
    """Yield (system, split, probabilities [clips, classes], true class indices [clips]), system by system.

    ``table``: the clip table. ``oof``, ``test``: per system the paths of its out-of-fold predictions of the training
    clips and its predictions of the test clips. ``settings``: systems (names in the order of the files), classes.
    Raises UserError for a missing or surplus clip, it never just drops out, and for other classes.
    """
    class_of = {label: number for number, label in enumerate(settings["classes"])}
    for system, *paths in zip(settings["systems"], oof, test, strict=True):
        halves = zip(paths, ["train", "test"], strict=True)
        predictions = pd.concat(
            [_read(path, table.index[table["split"] == split], settings["classes"]) for path, split in halves]
        )
        for split, fnames in splits(table).items():
            labels = table["label"][fnames].map(class_of).to_numpy(int)
            yield system, split, predictions.loc[fnames].to_numpy(), labels


def _read(path, fnames, classes):
    predictions = read_predictions(path, fnames)
    if list(predictions.columns) != classes:
        raise UserError(f"{path}: the columns are not the dataset's classes in their order; delete it and run again")
    return predictions
