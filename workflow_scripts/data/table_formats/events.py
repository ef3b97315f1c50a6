"""One row per event (DCASE 2018 Task 4's test.csv and eval.csv): fname, onset and offset in seconds, label.

A clip without events is one row in which the other fields are empty.
"""

import pandas as pd

COLUMNS = ["fname", "label", "onset", "offset"]
LABELLED = False


def clips(table, columns):
    """The labels of a clip are those of its events, in the order of the events."""
    lines, labels = {}, {}
    for line, fname, label in zip(table.index, table[columns["fname"]], table[columns["label"]], strict=True):
        lines.setdefault(fname, line)
        found = labels.setdefault(fname, [])
        if label and label not in found:
            found.append(label)
    found = {"fname": list(lines), "labels": list(map(tuple, labels.values()))}
    return pd.DataFrame(found, index=list(lines.values())).astype({"fname": str})


def events(table, columns):
    """Return one row per event, indexed by line: fname, onset, offset, event_label, all as text."""
    found = table[[columns[key] for key in COLUMNS]].set_axis(["fname", "event_label", "onset", "offset"], axis=1)
    return found[(found[["onset", "offset", "event_label"]] != "").any(axis=1)]
