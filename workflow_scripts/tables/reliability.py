"""The table behind the reliability diagrams: one row per system, split and bin of confidence.

| column | what |
|---|---|
| system, split | as in the score table |
| low, high | the bin's bounds: low < confidence <= high |
| clips | how many have such a confidence, the largest probability |
| confidence, accuracy | means over these clips, in 0..1; empty where there are none |
"""

import pandas as pd

from workflow_scripts.tables.measures import read_measures
from workflow_scripts.tables.tables import write_table

NUMBERS = ["low", "high", "clips", "confidence", "accuracy"]
COLUMNS = ["system", "split", *NUMBERS]


def read_reliability(path):
    """Return the table, numbers as floats, NaN where empty."""
    return read_measures(path, COLUMNS, NUMBERS)


def write_reliability(rows, path):
    """Write ``rows``, an iterable of dicts by column, with at most six decimals."""
    write_table(pd.DataFrame(rows, columns=COLUMNS).round(6), path)
