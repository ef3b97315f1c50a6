"""Rule plot_ensemble: what each stage adds, whom the stack trusts, and how far probabilities can be believed.

The table of the stages' effects has one row per stage, system and split: stage, system, split, clips, map3 with its
95 % bootstrap interval (low, high).
"""

from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.measures import write_measures
from workflow_scripts.artefacts.reliability import read_reliability
from workflow_scripts.artefacts.scored_predictions import predictions_by_split
from workflow_scripts.artefacts.stack_weights import read_shares
from workflow_scripts.common.stage import run
from workflow_scripts.figures.reliability import reliability_diagrams
from workflow_scripts.figures.splits import shown_split
from workflow_scripts.figures.stack_weights import stack_weights
from workflow_scripts.figures.stage_effects import stage_effects
from workflow_scripts.figures.style import save
from workflow_scripts.scoring.bootstrap import interval
from workflow_scripts.scoring.map_at_3 import reciprocal_rank

EFFECTS = ["stage", "system", "split", "clips", "map3", "low", "high"]


def main(
    *,
    clips: Path,
    oof: list[Path],
    test: list[Path],
    weights: Path,
    reliability: Path,
    effects: Path,
    effects_plot: Path,
    weights_plot: Path,
    reliability_plot: Path,
    settings: dict,
):
    """Write the table ``effects`` and draw it; draw ``weights``, of a stack, and ``reliability``.

    ``oof``, ``test``: predictions of the training clips, out of fold, and of the test clips. ``settings``: dataset (its
    name), stages ([stage, system] in the order of the files), stack (whose weights these are), classes, and resamples
    and seed of the bootstrap.
    """
    rows = []
    stages = [tuple(stage) for stage in settings["stages"]]
    for (stage, system), split, *scored in predictions_by_split(clips, oof, test, stages, settings["classes"]):
        ranks = reciprocal_rank(*scored)
        low, high = interval(ranks, settings["seed"], settings["resamples"])
        row = {"stage": stage, "system": system, "split": split, "clips": len(ranks)}
        rows.append(row | {"map3": float(ranks.mean()), "low": low, "high": high})
    write_measures(rows, effects, EFFECTS, EFFECTS[3:])

    table = pd.DataFrame(rows, columns=EFFECTS)
    split, dataset = shown_split(table["split"], clips), settings["dataset"]
    table = table[table["split"] == split]
    save(stage_effects(table, dataset, split, table["clips"].iloc[0]), effects_plot)
    save(stack_weights(read_shares(weights), dataset, settings["stack"]), weights_plot)
    bins = read_reliability(reliability)
    save(
        reliability_diagrams(bins[bins["split"] == shown_split(bins["split"], reliability)], dataset, split),
        reliability_plot,
    )


if __name__ == "__main__":
    run(main)
