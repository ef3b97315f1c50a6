"""What a stack has learned: one row per class and system."""

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.declaration import Table


class StackWeights(Table):
    file = "<dataset>/ensemble/<ensemble>/weights.csv"
    key = ("label", "system")

    label: str  # the class
    system: str  # name of the system
    own_coefficient: float  # [1] how the system's probability of this very class changes the log-odds of the class
    share: float | None  # [0..1] of the influence on this class that is the system's: the sum of abs(coefficient) *
    # standard deviation of the feature over its probabilities of all classes, divided by that of all systems; empty
    # where nothing has any
    against: str | None  # the other class whose probability by this system speaks most against the class
    against_coefficient: float  # [1] its coefficient, at most 0


write_stack_weights = StackWeights.write


def read_shares(path):
    """Return the systems' shares of the influence, indexed by class, a column per system; NaN where undefined.

    Raises DamagedError where there is not one row per class and system.
    """
    table = StackWeights.read(path)
    shares = table.pivot(index="label", columns="system", values="share")
    if len(table) != shares.size:
        raise DamagedError(path, "not one row per class and system")
    return shares.loc[table["label"].unique(), table["system"].unique()]
