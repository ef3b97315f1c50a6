"""The event table of a data set with strong labels (see artefacts/events.py)."""

import pandas as pd

from workflow_scripts.common.errors import UserError


def event_table(events, classes, file):
    """Return the ``events`` of one table (text, indexed by line), checked, their times as numbers; rows in file order.

    ``classes``: the labels there are (None: any); ``file``: their table, for messages. Exact repetitions stay: the
    labels of 2018 have some. Raises UserError naming the first line whose times are no numbers, negative or in the
    wrong order, or whose label is unknown.
    """
    times = events[["onset", "offset"]].apply(pd.to_numeric, errors="coerce")
    wrong = ~((times["onset"] >= 0) & (times["offset"] > times["onset"]) & (times["offset"] < float("inf")))
    _refuse(events, wrong, file, "an event needs 0 <= onset < offset, in seconds; it has {onset!r} and {offset!r}")
    unknown = events["event_label"] == "" if classes is None else ~events["event_label"].isin(classes)
    _refuse(events, unknown, file, "event label {event_label!r} is not a class; correct it or add it to the classes")
    return events.assign(**times)


def _refuse(events, wrong, file, message):
    if wrong.any():
        line = wrong.idxmax()
        more = f" ({wrong.sum()} such rows in all)" if wrong.sum() > 1 else ""
        raise UserError(f"{file}, line {line}: {message.format(**events.loc[line])}{more}")
