"""What a stack has learned: one row per class and system.

| column | what |
|---|---|
| label | class |
| system | name of the system |
| own_coefficient | how the system's probability of this very class changes the log-odds of the class |
| share | of the influence on this class that is the system's, 0..1: the sum of abs(coefficient) * standard deviation of the feature over its probabilities of all classes, divided by that of all systems; empty where nothing has any |
| against | the other class whose probability by this system speaks most against the class; empty where none does |
| against_coefficient | its coefficient, at most 0 |
"""  # noqa: E501

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.measures import read_measures
from workflow_scripts.tables.tables import write_table

COLUMNS = ["label", "system", "own_coefficient", "share", "against", "against_coefficient"]


def read_shares(path):
    """Return the systems' shares of the influence, indexed by class, a column per system; NaN where undefined.

    Raises DamagedError where there is not one row per class and system.
    """
    table = read_measures(path, COLUMNS, ["share"])
    shares = table.drop_duplicates(["label", "system"]).pivot(index="label", columns="system", values="share")
    if len(table) != shares.size:
        raise DamagedError(path, "not one row per class and system")
    return shares.loc[table["label"].unique(), table["system"].unique()]


def write_stack_weights(table, path):
    write_table(table[COLUMNS], path)
