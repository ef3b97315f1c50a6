"""What each stage adds: one row per stage, system and split, by the measure that the task compares systems by."""

from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.measures import Measures

FILE = "<dataset>/stage_effects.csv"


class OfMulticlass(Table):
    """What it says where the task is multiclass."""

    file = FILE

    map3: float  # [0..1] MAP@3


class OfMultilabel(Table):
    """What it says where the task is multilabel."""

    file = FILE

    lwlrap: float | None  # [0..1] label-weighted label-ranking average precision; empty where no clip has a label


class StageEffects(Measures):
    file = FILE
    key = ("stage", "system", "split")
    of_task = {"multiclass": OfMulticlass, "multilabel": OfMultilabel}  # noqa: RUF012
    before = "low"

    stage: str  # "given labels", "self-verification", "relabelling", then the ways of fusing
    system: str  # name of the system
    split: str  # as in the score table
    clips: int  # how many are scored
    low: float | None  # [0..1] lower end of its 95 % bootstrap interval; empty where there is none
    high: float | None  # [0..1] its upper end


read_stage_effects = StageEffects.read


def write_stage_effects(rows, path, task="multiclass"):
    StageEffects.write(rows, path, task)
