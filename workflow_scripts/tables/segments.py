"""The non-silent parts of each clip, as an index (audio is never copied); an empty clip has no row."""

from workflow_scripts.tables.declaration import Table


class Segments(Table):
    file = "<dataset>/features/<store>/segments.csv"
    key = ("fname", "segment")

    fname: str  # name of the clip
    segment: int  # 0, 1, ... within the clip
    start: int  # [samples] at the file's own rate
    end: int  # [samples] exclusive


read_segments, write_segments = Segments.read, Segments.write_rows
