"""What a round of relabelling makes of the training clips' labels: one row per unverified training clip.

| column | what |
|---|---|
| fname | name of the clip |
| given_label | the data set's own |
| predicted | the ensemble's most probable class, out of fold |
| probability | of the predicted class |
| label | what the next round learns: the given or the predicted label |
| relabelled | 1 where it is the predicted one instead of the given one |
| promoted | 1 where the given label counts as verified from now on |
"""

from workflow_scripts.tables.tables import read_table, rows_of

COLUMNS = {
    "fname": str,
    "given_label": str,
    "predicted": str,
    "probability": float,
    "label": str,
    "relabelled": int,
    "promoted": int,
}


def read_corrected(path):
    return read_table(path, COLUMNS).set_index("fname", drop=False)


def with_corrected_labels(clips, path):
    """Return ``clips`` (of the clip table) with the labels at ``path`` and the column ``promoted`` (bool).

    Raises UserError for an unverified clip that the table lacks.
    """
    doubtful = clips.index[clips["manually_verified"] == 0]
    corrected = rows_of(read_corrected(path), doubtful, path, subset=True)
    clips = clips.assign(promoted=False)
    clips.loc[doubtful, "label"] = corrected["label"]
    clips.loc[doubtful, "promoted"] = corrected["promoted"] == 1
    return clips
