"""Rule compare_noise_policies: one system's scores under each label-noise policy, as a table and a picture."""

import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.report.figures.noise_policies import noise_policies
from workflow_scripts.report.figures.style import save
from workflow_scripts.report.pruning import report_pruning
from workflow_scripts.scoring.map_at_3 import reciprocal_rank
from workflow_scripts.scoring.policies import compared_policies
from workflow_scripts.scoring.scored_predictions import predictions_by_split
from workflow_scripts.tables.noise_policies import write_noise_policies
from workflow_scripts.tasks import multiclass

log = logging.getLogger("compare_noise_policies")


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    system: str  # its name
    policies: list[str]  # the others are compared with the first
    seeds: list[int]  # of the trainings
    classes: list[str]
    pruned: list[tuple[str, int, int]] = ()  # (training, round, fold) in the order of these files
    true_labels: str | None = None  # path of a CSV (fname, true_label)
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint
    partial: list[bool] | None = None  # of the tables, see `predictions_by_split`


def main(
    *,
    clips: Path,
    oof: list[Path],
    test: list[Path],
    pruned: list[Path],
    table: Path,
    plot: Path,
    pruning: Path,
    settings: Settings,
):
    """Compare policies by the predictions of the system under each of them with each seed.

    ``oof``, ``test``: predictions of the training and the test clips, policy by policy and seed by seed. ``table``: see
    :mod:`workflow_scripts.tables.noise_policies`. ``pruned``: what became of the clips that folds of these trainings
    could be pruned of; where there are any, ``pruning`` receives how much of that was right.
    """
    policies, seeds = settings.policies, settings.seeds
    runs = [(policy, seed) for policy in policies for seed in seeds]
    of_runs = defaultdict(dict)  # (split, metric) -> run -> scores [clips]
    predictions = predictions_by_split(clips, oof, test, runs, multiclass, settings.classes, settings.partial)
    for run_, split, probabilities, truth, _ in predictions:  # all runs hold out the same clips
        ranks = reciprocal_rank(probabilities, truth.argmax(axis=1))
        of_runs[split, "map3"][run_] = ranks
        of_runs[split, "accuracy"][run_] = (ranks == 1).astype(float)
    rows, by_seed = [], []
    for (split, metric), scores in of_runs.items():
        values = {policy: np.stack([scores[policy, seed] for seed in seeds]) for policy in policies}
        compared = compared_policies(values)
        rows += [{"policy": policy, "split": split, "metric": metric} | compared[policy] for policy in policies]
        if metric == "map3":
            by_seed += [{"policy": p, "split": split, "value": v} for p in policies for v in values[p].mean(axis=1)]
            log.info("MAP@3, %s:\n%s", split, pd.DataFrame(compared).T.to_string())
    write_noise_policies(rows, table)
    figure = noise_policies(pd.DataFrame(rows), pd.DataFrame(by_seed), settings.dataset, settings.system)
    save(figure, plot)
    if settings.pruned:
        report_pruning(pruned, settings.pruned, pruning, settings.true_labels)


if __name__ == "__main__":
    run(main)
