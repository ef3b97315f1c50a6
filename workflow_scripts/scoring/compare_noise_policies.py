"""Rule compare_noise_policies: one system's scores under each label-noise policy, as a table and a picture."""

import logging
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.report.figures.noise_policies import noise_policies
from workflow_scripts.report.figures.style import save
from workflow_scripts.scoring.map_at_3 import reciprocal_rank, top_classes
from workflow_scripts.scoring.policies import compared_policies
from workflow_scripts.tables.noise_policies import write_noise_policies
from workflow_scripts.tables.scored_predictions import predictions_by_split

log = logging.getLogger("compare_noise_policies")


def main(*, clips: Path, oof: list[Path], test: list[Path], table: Path, plot: Path, settings: dict):
    """Compare policies by the predictions of the system under each of them with each seed.

    ``oof``, ``test``: predictions of the training and the test clips, policy by policy and seed by seed. ``table``: see
    :mod:`workflow_scripts.tables.noise_policies`. ``settings``: dataset and system (their names), policies, seeds,
    classes, resamples and seed of the bootstrap.
    """
    policies, seeds = settings["policies"], settings["seeds"]
    runs = [(policy, seed) for policy in policies for seed in seeds]
    of_runs = defaultdict(dict)  # (split, metric) -> run -> scores [clips]
    for run_, split, probabilities, labels in predictions_by_split(clips, oof, test, runs, settings["classes"]):
        of_runs[split, "map3"][run_] = reciprocal_rank(probabilities, labels)
        of_runs[split, "accuracy"][run_] = (top_classes(probabilities, k=1)[:, 0] == labels).astype(float)
    rows, by_seed = [], []
    for (split, metric), scores in of_runs.items():
        values = {policy: np.stack([scores[policy, seed] for seed in seeds]) for policy in policies}
        compared = compared_policies(values, settings["seed"], settings["resamples"])
        rows += [{"policy": policy, "split": split, "metric": metric} | compared[policy] for policy in policies]
        if metric == "map3":
            by_seed += [{"policy": p, "split": split, "value": v} for p in policies for v in values[p].mean(axis=1)]
            log.info("MAP@3, %s:\n%s", split, pd.DataFrame(compared).T.to_string())
    write_noise_policies(rows, table)
    figure = noise_policies(pd.DataFrame(rows), pd.DataFrame(by_seed), settings["dataset"], settings["system"])
    save(figure, plot)


if __name__ == "__main__":
    run(main)
