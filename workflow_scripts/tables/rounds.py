"""The rounds of a system: one row per round, in order; round 0 is before self-verification or relabelling.

| column | what |
|---|---|
| round | its number, from 0 |
| verified_loss | cross-entropy on the verified training clips, out of fold |
| verified_map3, verified_accuracy | MAP@3 and accuracy on them, in 0..1 |
| chosen | 1 of the round that is the system's answer, else 0 |
"""

from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {"round": int, "verified_loss": float, "verified_map3": float, "verified_accuracy": float, "chosen": int}


def read_rounds(path):
    return read_table(path, COLUMNS)[list(COLUMNS)]


def write_rounds(table, path):
    write_table(table[list(COLUMNS)], path)
