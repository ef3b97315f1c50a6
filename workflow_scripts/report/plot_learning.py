"""Rule plot_learning: the learning curves of all trainings."""

from pathlib import Path

import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.report.figures.learning import learning_curves
from workflow_scripts.report.figures.style import in_words, save
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.history import read_history
from workflow_scripts.tables.rounds import read_rounds


def main(*, clips: Path, histories: list[Path], rounds: list[Path], plot: Path, settings: dict):
    """Draw the losses of all systems against epochs.

    ``histories``: one table per training; ``settings``: dataset (its name), histories ([system, round, fold] in their
    order), systems (in the order of ``rounds``, which say which round of each is its answer; where there are no
    ``rounds``, it is the last one).
    """
    tables = [
        read_history(path).assign(system=system, round=number, fold=fold)
        for (system, number, fold), path in zip(settings["histories"], histories, strict=True)
    ]
    table, verified = pd.concat(tables), int((read_clips(clips, "train")["manually_verified"] == 1).sum())
    if rounds:
        judges = f"{in_words(verified)}, each by a model that held it out"
        chosen = [_chosen(read_rounds(path), name) for name, path in zip(settings["systems"], rounds, strict=True)]
    else:
        judges = f"the labelled clips (of {in_words(verified)}) that were not learned from"
        chosen = [_last(table[table["system"] == name], name) for name in settings["systems"]]
    save(learning_curves(table, pd.concat(chosen), settings["dataset"], judges), plot)


def _chosen(rounds, system):
    return rounds.assign(system=system, score=rounds["verified_map3"].map("verified MAP@3 {:.3f}".format))


def _last(histories, system):
    """Return the rounds of a system of Task 4 with the best score of each."""
    best = histories.groupby("round")["verified_tag_f1"].max().map("verified tag F1 {:.3f}".format)
    table = best.rename("score").reset_index().assign(system=system)
    return table.assign(chosen=(table["round"] == table["round"].max()).astype(int))


if __name__ == "__main__":
    run(main)
