"""The score table: one row per system, split and metric.

| column | what |
|---|---|
| system | name of the system |
| split | ``oof_verified`` (out-of-fold predictions of the verified training clips), or of the test clips: ``public``, ``private``, ``all`` |
| metric | ``map3``, ``accuracy``, a measure of sed_eval (``sed_eval_...``), or ``clips``: how many the scores stand on |
| value | in 0..1, but for ``clips``; empty where the metric is undefined |
| low, high | 95 % bootstrap interval over clips; empty where the metric has none |
| published | the value that the system's authors report; empty where there is none |
"""  # noqa: E501

import pandas as pd

from workflow_scripts.artefacts.tables import read_table, write_table

TEXTS = ["system", "split", "metric"]
NUMBERS = ["value", "low", "high", "published"]


def read_scores(path):
    """Return the score table, its numbers as floats, NaN where empty, indexed by system, split and metric."""
    table = read_table(path, dict.fromkeys(TEXTS + NUMBERS, str))
    return table.assign(**table[NUMBERS].apply(pd.to_numeric)).set_index(TEXTS)


def write_scores(rows, path):
    """Write ``rows``, an iterable of dicts by column, a missing number as an empty cell."""
    table = pd.DataFrame(rows, columns=TEXTS + NUMBERS, dtype=object)
    write_table(table.assign(**table[NUMBERS].map(_text)), path)


def _text(number):
    if pd.isna(number):
        return ""
    return f"{number}" if isinstance(number, int) else f"{number:.6f}"
