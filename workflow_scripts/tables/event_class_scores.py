"""The event-based scores of each class: one row per detection, split and class of the data set.

| column | what |
|---|---|
| system | name of the detection, as in the score table of events |
| split | usage of the test clips |
| label | the class |
| reference, estimated, found | how many events there are, were estimated, and of these are right |
| f1, precision, recall | of these events, in 0..1; empty where there is nothing to divide by |
| published | the F1 that the authors report; empty where there is none, or the run is not of the published size |

A class that sounds in no scored clip (``reference`` is 0) has no F1 and no recall; it is left out of all means of the
classes in the score table, and what is ``estimated`` of it are false alarms, which count in micro measures.
"""

from workflow_scripts.tables.measures import read_measures, write_measures

NUMBERS = ["reference", "estimated", "found", "f1", "precision", "recall", "published"]
COLUMNS = ["system", "split", "label", *NUMBERS]


def read_event_class_scores(path):
    """Return the table, numbers as floats, NaN where undefined."""
    return read_measures(path, COLUMNS, NUMBERS)


def write_event_class_scores(rows, path):
    """Write ``rows``, an iterable of dicts by column, NaN or None where undefined."""
    write_measures(rows, path, COLUMNS, NUMBERS)
