"""Rule check_counts: whether the data set has as many clips as its file says."""

from pathlib import Path

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run
from workflow_scripts.data.counts import compare, deviations
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.tables import write_table


def main(*, listing: Path, counts: Path, settings: dict):
    """Write the numbers of clips that the ``listing`` has beside those expected; refuse where they deviate.

    counts:   the table to write: name, found, expected
    settings: counts of the dataset file, or null; dataset, its name
    """
    clips = read_listing(listing)
    if wrong := deviations(clips, settings["counts"]):
        raise UserError(
            f"dataset {settings['dataset']}: {'; '.join(wrong)}; fetch its archives anew, or correct its `counts`"
        )
    numbers = pd.DataFrame(compare(clips, settings["counts"]), columns=["name", "found", "expected"], dtype=object)
    write_table(numbers, counts)


if __name__ == "__main__":
    run(main)
