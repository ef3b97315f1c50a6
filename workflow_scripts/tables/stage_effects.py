"""The table of what each stage adds: one row per stage, system and split.

| column | what |
|---|---|
| stage | ``given labels``, ``self-verification``, ``relabelling``, then the ways of fusing |
| system, split | as in the score table |
| clips | how many are scored |
| map3, low, high | MAP@3 and its 95 % bootstrap interval |
"""

from workflow_scripts.tables.measures import read_measures, write_measures

NUMBERS = ["clips", "map3", "low", "high"]
COLUMNS = ["stage", "system", "split", *NUMBERS]


def read_stage_effects(path):
    """Return the table, numbers as floats."""
    return read_measures(path, COLUMNS, NUMBERS)


def write_stage_effects(rows, path):
    """Write ``rows``, an iterable of dicts by column."""
    write_measures(rows, path, COLUMNS, NUMBERS)
