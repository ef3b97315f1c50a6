"""The class scores: one row per system, split and class of the data set.

| column | what |
|---|---|
| system, split | as in the score table |
| label | the class |
| clips | how many have this true class |
| f1, precision, recall | of the most probable classes, in 0..1 |
| ap3 | mean over these clips of 1/rank of the true class, 0 beyond rank 3: the AP@3 of a class in DCASE 2018 Task 2 |

A measure without anything to divide by is empty: ``precision`` of a class that is never predicted, ``recall`` and
``ap3`` of one without clips, ``f1`` of one with neither. A class without clips is left out of all means of classes in
the score table and the figures; which clips are taken for it, the confusion table tells.
"""

from workflow_scripts.tables.measures import read_measures, write_measures

NUMBERS = ["clips", "f1", "precision", "recall", "ap3"]
COLUMNS = ["system", "split", "label", *NUMBERS]


def read_class_scores(path):
    """Return the class scores, NaN where undefined."""
    return read_measures(path, COLUMNS, NUMBERS)


def write_class_scores(rows, path):
    """Write ``rows``, an iterable of dicts by column, NaN where undefined."""
    write_measures(rows, path, COLUMNS, NUMBERS)
