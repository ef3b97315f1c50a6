"""The event-based scores of each class: one row per detection, split and class of the data set.

A class that sounds in no scored clip (``reference`` is 0) has no F1 and no recall; it is left out of all means of
the classes in the score table, and what is ``estimated`` of it are false alarms, which count in micro measures.
"""

from workflow_scripts.tables.measures import Measures


class EventClassScores(Measures):
    file = "<dataset>/event_class_scores.csv"
    key = ("system", "split", "label")

    system: str  # name of the detection, as in the score table of events
    split: str  # usage of the test clips
    label: str  # the class
    reference: int  # events that there are
    estimated: int  # events that were estimated
    found: int  # of these, those that are right
    f1: float | None  # [0..1] of these events; empty where there is nothing to divide by
    precision: float | None  # [0..1] of these events; empty where there is nothing to divide by
    recall: float | None  # [0..1] of these events; empty where there is nothing to divide by
    published: float | None  # [0..1] the F1 that the authors report; empty where there is none, or the run is not of
    # the published size


read_event_class_scores, write_event_class_scores = EventClassScores.read, EventClassScores.write
