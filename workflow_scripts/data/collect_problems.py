"""Rule collect_problems: one table of everything that was wrong with the audio and did not stop the run."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.tables.problems import read_problems, write_problems


@dataclass(frozen=True)
class Settings:
    """There are none: only the code matters."""


def main(*, tables: list[Path], problems: Path, settings: Settings):
    """Concatenate the stages' problem ``tables``; the same problem found by two front ends stands once."""
    rows = pd.concat([read_problems(path) for path in tables]).drop_duplicates()
    write_problems(rows.itertuples(index=False), problems)


if __name__ == "__main__":
    run(main)
