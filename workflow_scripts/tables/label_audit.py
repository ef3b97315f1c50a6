"""The label audit: one row per training clip, in the clip table's order.

Probabilities are out of fold, by models that did not train on the clip, and each row of them is made to sum to one.
Ranks are by the exact values; what is written has six decimals.

| column | what |
|---|---|
| fname | name of the clip |
| path, seconds | the audio file and its length |
| given_label | the data set's own label |
| manually_verified | 1 where a person checked it, else 0 |
| true_label | of an unverified clip, where the data set knows it; else empty |
| suspicion_rank | 1 is the most suspicious; verified clips come after all others |
| suspicion | p(suggested label) - p(given label), -1..1 |
| suggested_label | the ensemble's most probable class but the given label |
| suggested_probability | of the suggested label |
| predicted, probability | the ensemble's most probable class, and its probability |
| given_probability | of the given label |
| <system>_predicted, <system>_probability, <system>_given_probability | the same of each system |
| accepted_by | which systems accepted the given label in which rounds, e.g. ``dorfer-a: 1 2; dorfer-b: 2`` |
| relabelled_by | which ensembles replaced it in which rounds, e.g. ``iqbal-stack8: 1 -> Bark, 2 -> Bark`` |
| cleanlab_rank | rank by cleanlab_quality, the lowest first; verified clips come after all others |
| cleanlab_quality | cleanlab's label quality score, 0..1 |
| cleanlab_issue | 1 where cleanlab flags the given label, else 0 |
| cleanlab_suggested | the class that it confidently belongs to instead; empty where there is none |

The columns of cleanlab are empty where it cannot say: where all clips have the same label.
"""

import numpy as np

from workflow_scripts.common.errors import parsing
from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {
    "fname": str,
    "path": str,
    "seconds": float,
    "given_label": str,
    "manually_verified": int,
    "true_label": str,
    "suspicion_rank": int,
    "suspicion": float,
    "suggested_label": str,
    "suggested_probability": float,
    "predicted": str,
    "probability": float,
    "given_probability": float,
}
OF_SYSTEM = {"predicted": str, "probability": float, "given_probability": float}
HISTORY = {"accepted_by": str, "relabelled_by": str}
CLEANLAB = {"cleanlab_rank": str, "cleanlab_quality": str, "cleanlab_issue": str, "cleanlab_suggested": str}
CLEANLAB_NUMBERS = ["cleanlab_rank", "cleanlab_quality", "cleanlab_issue"]


def read_audit(path, systems=()):
    """Return the label audit indexed by fname, with the columns of ``systems`` checked, too.

    cleanlab's numbers are floats, NaN where they are empty.
    """
    of_systems = {f"{system}_{name}": dtype for system in systems for name, dtype in OF_SYSTEM.items()}
    table = read_table(path, COLUMNS | of_systems | HISTORY | CLEANLAB).set_index("fname", drop=False)
    with parsing(path, "a label audit"):
        return table.assign(**{name: table[name].replace("", np.nan).astype(float) for name in CLEANLAB_NUMBERS})


def write_audit(table, path, systems):
    of_systems = [f"{system}_{name}" for system in systems for name in OF_SYSTEM]
    table = table[[*COLUMNS, *of_systems, *HISTORY, *CLEANLAB]]
    write_table(table.round(dict.fromkeys(table.columns.drop("seconds"), 6)), path)
