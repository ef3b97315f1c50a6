"""Which of the clips that a fold learned from it goes on without: one row per clip that could be pruned."""

from typing import Literal

from workflow_scripts.tables.declaration import Table


class Pruned(Table):
    file = "<dataset>/systems/<system>/stage<s>/fold<k>/pruned.csv"
    key = ("fname",)

    fname: str  # name of the clip
    label: str  # the given label
    loss: float  # [1] mean over the clip's windows, by the model of the stage before; of cross-entropy, in nat
    clean_probability: float | None  # [0..1] that the label is right; empty where the selection tells none
    pruned: Literal[0, 1]  # 1 where the clip takes no part in this stage


read_pruned, write_pruned = Pruned.read, Pruned.write
