"""Which clips sound nearly the same to a pretrained network."""

from typing import Literal

from workflow_scripts.tables.declaration import Table


class NearDuplicates(Table):
    """Pairs of clips that sound nearly the same: those on both sides of the split first, then the most alike.

    They are candidates, to be listened to: different takes of one instrument can be as alike as copies of one.
    """

    file = "<dataset>/near_duplicates.csv"
    key = ("fname", "other")

    fname: str  # name of a clip
    other: str  # name of one behind it in the clip table
    split: Literal["train", "test"]  # of the first one
    other_split: Literal["train", "test"]  # of the other one
    label: str | None  # of the first one, as given; several are joined by commas
    other_label: str | None  # of the other one
    cosine: float  # [-1..1] between the means of their embeddings
    same_content: Literal[0, 1]  # 1 where all samples are equal (`content` in audio.csv)


read_near_duplicates, write_near_duplicates = NearDuplicates.read, NearDuplicates.write
