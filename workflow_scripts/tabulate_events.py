"""Rule tabulate_events: the reference events of a data set with strong labels."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.events import write_events
from workflow_scripts.common.stage import run
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.data.event_table import event_table
from workflow_scripts.data.label_generations import recognise
from workflow_scripts.table_formats.events import events as events_of

log = logging.getLogger("tabulate_events")


def main(*, settings: dict, events: Path):
    """Write the events of all tables whose format is ``events``, table by table, by name.

    settings: tables (only those) and classes of the dataset file; root, the folder that its paths start from
    events:   the event table to write
    """
    root, found = Path(settings["root"]), []
    for source in settings["tables"].values():
        file = root / source["file"]
        table = read_csv_table(file, source["delimiter"])
        found.append(event_table(events_of(table, source["columns"]), settings["classes"], file))
        log.info("%s: %d events in %d rows", file, len(found[-1]), len(table))
        if source["generations"]:
            log.info("%s", recognise(file, table, source["generations"]))
    write_events(pd.concat(found), events)


if __name__ == "__main__":
    run(main)
