"""Rule start_stage: from which models a stage goes on, one for every fold."""

from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.tables.starts import write_starts


@dataclass(frozen=True)
class Settings:
    folds: int  # how many


def main(*, models: list[Path], start: Path, settings: Settings):
    """Write ``start``, see :mod:`workflow_scripts.tables.starts`.

    ``models``: one per fold, or one for all.
    """
    write_starts(models if len(models) > 1 else models * settings.folds, start)


if __name__ == "__main__":
    run(main)
