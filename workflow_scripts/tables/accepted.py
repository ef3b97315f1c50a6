"""What a round of self-verification makes of the given labels: one row per unverified training clip."""

from typing import Literal

from workflow_scripts.tables.declaration import Table


class Accepted(Table):
    file = "<dataset>/systems/<system>/stage<s>/accepted.csv"
    key = ("fname",)

    fname: str  # name of the clip
    label: str  # the given label
    predicted: str  # the most probable class in the last round
    probability: float  # [0..1] of the given label, in the last round
    accepted: Literal[0, 1]  # 1 where the clip joins the verified ones in the next round
    without_threshold: Literal[0, 1]  # 1 where it would, were there no threshold


read_accepted, write_accepted = Accepted.read, Accepted.write
