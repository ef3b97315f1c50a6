"""Rule start_stage: from which models a stage goes on, one for every fold, or one for each part of the network."""

from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.stage import run
from workflow_scripts.tables.starts import write_joined_starts, write_starts


@dataclass(frozen=True)
class Settings:
    folds: int  # how many
    parts: list[str] = ()  # of the network, where several systems' models are joined


def main(*, models: list[Path], start: Path, settings: Settings):
    """Write ``start``, see :mod:`workflow_scripts.tables.starts`.

    ``models``: one per fold, or one for all; where they are joined, one per fold of the first part, then of the next.
    """
    if settings.parts:
        folds = settings.folds
        of_parts = {part: models[i * folds : (i + 1) * folds] for i, part in enumerate(settings.parts)}
        write_joined_starts(of_parts, start)
        return
    write_starts(models if len(models) > 1 else models * settings.folds, start)


if __name__ == "__main__":
    run(main)
