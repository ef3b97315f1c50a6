"""Rule compare_noise_robustness: how scores fall as labels are made wrong, under each label-noise policy."""

import logging
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.stage import run
from workflow_scripts.report.figures.noise_robustness import noise_robustness
from workflow_scripts.report.figures.style import save
from workflow_scripts.scoring.map_at_3 import reciprocal_rank
from workflow_scripts.scoring.policies import compared_policies
from workflow_scripts.scoring.splits import splits
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.noise_robustness import write_noise_robustness
from workflow_scripts.tables.predictions import read_predictions

log = logging.getLogger("compare_noise_robustness")


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    system: str  # its name
    policies: list[str]  # the others are compared with the first
    kinds: list[str]  # of label noise
    rates: list[float]  # shares of the unverified labels that are wrong
    seeds: list[int]  # of the noise and the trainings
    classes: list[str]


def main(*, clips: Path, test: list[Path], table: Path, plot: Path, settings: Settings):
    """Compare policies at each rate of each kind of noise, by the predictions of the test clips.

    ``test``: predictions by kind, rate, policy and seed, the last growing fastest. ``table``: see
    :mod:`workflow_scripts.tables.noise_robustness`.
    """
    policies, seeds = settings.policies, settings.seeds
    tested = read_clips(clips, "test")
    scored = splits(tested)["all"]
    labels = tested["label"][scored].map(settings.classes.index).to_numpy(int)
    paths, rows = iter(test), []
    for kind, rate in product(settings.kinds, settings.rates):
        scores = {
            policy: [_scores(read_predictions(next(paths), tested.index), scored, labels, settings) for _ in seeds]
            for policy in policies
        }
        for metric in ("map3", "accuracy"):
            values = {policy: np.stack([one[metric] for one in of_seeds]) for policy, of_seeds in scores.items()}
            compared = compared_policies(values)
            key = {"kind": kind, "rate": rate, "metric": metric}
            rows += [key | {"policy": policy} | compared[policy] for policy in policies]
    means = pd.DataFrame(rows).pivot_table("value", ["metric", "kind", "rate"], "policy", sort=False)
    log.info("means over seeds\n%s", means.to_string())
    write_noise_robustness(rows, table)
    save(noise_robustness(pd.DataFrame(rows), settings.dataset, settings.system), plot)


def _scores(predictions, scored, labels, settings):
    """Return metric -> score [clips]."""
    ranks = reciprocal_rank(predictions.loc[scored, settings.classes].to_numpy(), labels)
    return {"map3": ranks, "accuracy": (ranks == 1).astype(float)}


if __name__ == "__main__":
    run(main)
