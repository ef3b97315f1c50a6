"""Rule check_counts: whether the data set has as many clips as its file says."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run
from workflow_scripts.data.counts import compare, deviations
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.tables import write_table


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    counts: dict | None  # those of the dataset file


def main(*, listing: Path, counts: Path, settings: Settings):
    """Write the numbers of clips that the ``listing`` has beside those expected; refuse where they deviate.

    counts: the table to write: name, found, expected
    """
    clips = read_listing(listing)
    if wrong := deviations(clips, settings.counts):
        raise UserError(
            f"dataset {settings.dataset}: {'; '.join(wrong)}; fetch its archives anew, or correct its `counts`"
        )
    numbers = pd.DataFrame(compare(clips, settings.counts), columns=["name", "found", "expected"], dtype=object)
    write_table(numbers, counts)


if __name__ == "__main__":
    run(main)
