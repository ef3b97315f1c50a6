"""Rule choose_stage: a system's answer is its last stage, or the one with the lowest verified validation loss."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.tables.clips import read_clips, selected
from workflow_scripts.tables.predictions import read_oof
from workflow_scripts.tables.rounds import write_rounds

log = logging.getLogger("choose_stage")


@dataclass(frozen=True)
class Settings:
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    choose: str  # `lowest_loss` of the clips that validate, or `last`
    validate_on: str | dict  # which these are, see workflow_scripts.tables.clips.selected
    partial: list[bool] | None = None  # of the tables in `oof`, see workflow_scripts.tables.predictions.read_oof


def main(
    *,
    clips: Path,
    oof: list[Path],
    test: list[Path],
    chosen_oof: Path,
    chosen_test: Path,
    rounds: Path,
    settings: Settings,
):
    """Copy the tables of one round.

    ``oof``, ``test``: one table per round, beginning with round 0, of training and test clips. ``rounds``: the table to
    write, see :mod:`workflow_scripts.tables.rounds`. The round is that with the lowest loss of the clips that validate
    (Dorfer & Widmer; round 0, before self-verification, is a candidate, too: where self-verification does not help, it
    is not used), or the last (Iqbal et al.), which looks at no score.
    """
    table, task = read_clips(clips, "train"), load_part("tasks", settings.task)
    predictions = read_oof(oof, table.index, settings.partial)
    held = predictions[0].index
    validating = selected(table.loc[held], settings.validate_on)
    log.info("%d of %d training clips were held out, %d of them validate", len(held), len(table), len(validating))
    targets, rows = task.targets(validating["label"], settings.classes), []
    for number, of_stage in enumerate(predictions):
        probabilities = of_stage.loc[validating.index, settings.classes].to_numpy()
        rows.append({"round": number} | task.measures(probabilities, targets))
    report = pd.DataFrame(rows)
    chosen = {"lowest_loss": int(report["verified_loss"].argmin()), "last": len(report) - 1}[settings.choose]
    log.info("chose round %d of\n%s", chosen, report.to_string(index=False))
    for source, target in ((oof[chosen], chosen_oof), (test[chosen], chosen_test)):
        with written_whole(target) as partial:
            shutil.copyfile(source, partial)
    write_rounds(report.assign(chosen=(report["round"] == chosen).astype(int)), rounds, settings.task)


if __name__ == "__main__":
    run(main)
