"""The rounds of a system, in order; round 0 is before self-verification or relabelling."""

from typing import Literal

from workflow_scripts.tables import validation
from workflow_scripts.tables.declaration import Table


class Rounds(Table):
    file = "<dataset>/systems/<system>/rounds.csv"
    key = ("round",)
    of_task = validation.OF_TASK
    before = "chosen"

    round: int  # its number, from 0
    verified_loss: float  # [nat] cross-entropy on the verified training clips, out of fold
    chosen: Literal[0, 1]  # 1 of the round that is the system's answer


read_rounds = Rounds.read


def write_rounds(rows, path, task="multiclass"):
    Rounds.write(rows, path, task)
