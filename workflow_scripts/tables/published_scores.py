"""The published scores of all recipes and ensembles, with ours beside them.

| column | what |
|---|---|
| system | name in systems/ or ensembles/; of a system of Task 4 with its round |
| dataset | the data set that the authors report on |
| split, metric | as in the score table |
| published | what they report, in 0..1 |
| ours | what this run has found; ``not run`` unless it ran the system at its published size on that data set |
| low, high | 95 % bootstrap interval of ours; empty where not run |
| source | the paper |
"""

from workflow_scripts.tables.measures import read_measures, write_measures

COLUMNS = ["system", "dataset", "split", "metric", "published", "ours", "low", "high", "source"]
NUMBERS = ["published", "low", "high"]
NOT_RUN = "not run"


def read_published(path):
    """Return the table; ``ours`` as text."""
    return read_measures(path, COLUMNS, NUMBERS)


def write_published(rows, path):
    """Write ``rows``, an iterable of dicts by column, ``ours`` as text; low and high are None where not run."""
    write_measures(rows, path, COLUMNS, NUMBERS)
