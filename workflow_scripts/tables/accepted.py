"""What a round of self-verification makes of the given labels: one row per unverified training clip.

| column | what |
|---|---|
| fname | name of the clip |
| label | the given label |
| predicted | the most probable class in the last round |
| probability | of the given label, in the last round |
| accepted | 1 where the clip joins the verified ones in the next round, else 0 |
| without_threshold | 1 where it would, were there no threshold, else 0 |
"""

from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {
    "fname": str,
    "label": str,
    "predicted": str,
    "probability": float,
    "accepted": int,
    "without_threshold": int,
}


def read_accepted(path):
    """Return the table indexed by fname."""
    return read_table(path, COLUMNS).set_index("fname", drop=False)


def write_accepted(table, path):
    write_table(table[list(COLUMNS)], path)
