"""The comparison of label-noise policies: one row per policy, split and metric.

| column | what |
|---|---|
| policy | name in ``policies/`` |
| split | as in the score table |
| metric | ``map3`` or ``accuracy`` |
| value | the mean over seeds and clips, in 0..1 |
| low, high | its 95 % bootstrap interval, of seeds and clips drawn anew |
| lowest, highest | those of the seeds |
| difference | value minus that of the first policy; empty for the first |
| difference_low, difference_high | its 95 % interval, in the same way, on the same clips |
| seeds, clips | how many these are |
"""

from workflow_scripts.tables.measures import read_measures, write_measures

NUMBERS = [
    *("value", "low", "high", "lowest", "highest"),
    *("difference", "difference_low", "difference_high", "seeds", "clips"),
]
COLUMNS = ["policy", "split", "metric", *NUMBERS]


def read_noise_policies(path):
    return read_measures(path, COLUMNS, NUMBERS)


def write_noise_policies(rows, path):
    """Write ``rows``, an iterable of dicts by column."""
    write_measures(rows, path, COLUMNS, NUMBERS)
