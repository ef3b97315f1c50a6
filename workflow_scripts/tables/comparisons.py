"""The comparisons: how much better than the best single system every system is, one row per system, split and metric.

| column | what |
|---|---|
| system | name of the system |
| against | the best single system (see workflow_scripts/scoring/comparisons.py) |
| split | as in the score table |
| metric | ``map3`` or ``accuracy`` |
| difference | value of ``system`` minus value of ``against``, in -1..1 |
| low, high | its 95 % paired bootstrap interval: both systems on the same resamples of the clips |
| clips | how many these are |
"""

from workflow_scripts.tables.measures import read_measures, write_measures

NUMBERS = ["difference", "low", "high", "clips"]
COLUMNS = ["system", "against", "split", "metric", *NUMBERS]


def read_comparisons(path):
    """Return the comparisons, indexed by system, split and metric."""
    return read_measures(path, COLUMNS, NUMBERS).set_index(["system", "split", "metric"])


def write_comparisons(rows, path):
    """Write ``rows``, an iterable of dicts by column."""
    write_measures(rows, path, COLUMNS, NUMBERS)
