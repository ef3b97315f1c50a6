"""How much better than the best single system every system is: one row per system, split and metric."""

from workflow_scripts.tables.measures import Measures


class Comparisons(Measures):
    file = "<dataset>/comparisons.csv"
    key = ("system", "split", "metric")

    system: str  # name of the system
    against: str  # the best single system (see workflow_scripts/scoring/comparisons.py)
    split: str  # as in the score table
    metric: str  # map3 or accuracy; where the task is multilabel lwlrap or micro_f1
    difference: float | None  # [-1..1] value of system minus value of against, on the clips that both have; empty where
    # there are none
    low: float | None  # [-1..1] lower end of its 95 % paired bootstrap interval: both systems on the same resamples of
    # clips; of these very trainings, whose seeds may be lucky ones
    high: float | None  # [-1..1] its upper end
    clips: int  # how many these are


write_comparisons = Comparisons.write


def read_comparisons(path):
    """Return the comparisons, indexed by system, split and metric."""
    return Comparisons.read(path).set_index(list(Comparisons.key))
