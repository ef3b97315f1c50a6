"""What a data set's own tables say of its clips, before any audio is looked at: one row per clip."""

from typing import Literal

from workflow_scripts.tables.declaration import Table


class Listing(Table):
    file = "<dataset>/listing.csv"
    key = ("fname",)

    fname: str  # name of the clip
    split: Literal["train", "test", "further"]  # the part of the data set; further: a training clip of a further class
    usage: str | None  # the data set's own division, e.g. Public, Private or Ignored (not scored) test clips
    label: str | None  # the label; several are joined by commas
    manually_verified: Literal[0, 1]  # 1 where a person checked the label; 1 for test clips
    subsets: str | None  # names of the dataset file's `subsets` that a training clip is in, joined by ;
    group: str | None  # clips of one group (uploader, location ...) are never split between folds; empty where there
    # are no groups
    fold: str | None  # the data set's own fold of a training clip
    path: str  # the audio file, relative to the working directory or absolute
    row: str  # the table's file and line that the clip comes from


read_listing, write_listing = Listing.read, Listing.write
