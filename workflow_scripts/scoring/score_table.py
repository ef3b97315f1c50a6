"""The score table: one row per system, split and metric.

| column | what |
|---|---|
| system | name of the system |
| split | ``oof_verified`` (out-of-fold predictions of the verified training clips), or of the test clips: ``public``, ``private``, ``all`` |
| metric | ``map3``, ``accuracy``, a measure of sed_eval (``sed_eval_...``), ``expected_calibration_error`` (0 is best), ``clips`` and ``classes``: how many the scores and the means of classes stand on, or ``listed_clips`` and ``listed_classes``: how many the data set has |
| value | in 0..1, but for numbers of clips; empty where the metric is undefined |
| low, high | 95 % bootstrap interval over clips; empty where the metric has none |
| published | the value that the system's authors report; empty where there is none, or the run is not of the published size |

A class that no scored clip has is left out of every mean of classes alike; false alarms of it count in measures over all
clips or events (micro averages). The tables of class scores name it: it has no clips, no events.
"""  # noqa: E501

from workflow_scripts.tables.measures import read_measures, write_measures

KEY = ["system", "split", "metric"]
NUMBERS = ["value", "low", "high", "published"]
COLUMNS = KEY + NUMBERS


def read_scores(path):
    """Return the score table, its numbers as floats, NaN where empty, indexed by system, split and metric."""
    return read_measures(path, COLUMNS, NUMBERS).set_index(KEY)


def write_scores(rows, path):
    """Write ``rows``, an iterable of dicts by column, a missing number as an empty cell."""
    write_measures(rows, path, COLUMNS, NUMBERS)


def clips_of(scores, split):
    """Return on how many clips the scores of ``split`` stand, as text; ``11 of 12`` where some had no usable audio."""
    system = scores.index[0][0]
    clips, listed = (int(scores.loc[(system, split, metric), "value"]) for metric in ("clips", "listed_clips"))
    return f"{clips:,}" if clips == listed else f"{clips:,} of {listed:,}"
