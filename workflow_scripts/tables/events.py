"""The sound events of clips, known or detected: one row per event; clips without events have no row."""

from workflow_scripts.tables.declaration import Table


class Events(Table):
    file = "<dataset>/events.csv, <dataset>/systems/<system>/stage<s>/events.csv"

    fname: str  # name of the clip
    onset: float  # [s] from the clip's start
    offset: float  # [s] from the clip's start
    event_label: str  # the class


read_events, write_events = Events.read, Events.write
