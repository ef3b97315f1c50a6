"""Rule score_systems: every system's scores on every split, with intervals and the published values beside them."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.listing import read_listing
from workflow_scripts.artefacts.scored_predictions import predictions_by_split
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.audio_tagging import audio_tagging_measures
from workflow_scripts.scoring.bootstrap import interval
from workflow_scripts.scoring.calibration import expected_calibration_error, reliability
from workflow_scripts.scoring.map_at_3 import reciprocal_rank, top_classes
from workflow_scripts.scoring.score_table import write_scores
from workflow_scripts.scoring.splits import splits

log = logging.getLogger("score_systems")


def main(*, listing: Path, clips: Path, oof: list[Path], test: list[Path], scores: Path, settings: dict):
    """Write the score table of all systems; a missing or surplus clip is an error, it never just drops out.

    ``listing``: all clips of the data set; those without audio may be missing in ``clips``, and the scores say so.

    ``oof``, ``test``: per system its out-of-fold predictions of the training clips and its predictions of the test
    clips. ``settings``: systems (names in the order of the files), classes, published (a list of system, split,
    metric, value), resamples and seed of the bootstrap.
    """
    listed = {split: len(fnames) for split, fnames in splits(read_listing(listing)).items()}
    published = {(row["system"], row["split"], row["metric"]): row["value"] for row in settings["published"]}
    rows = []
    tables = predictions_by_split(read_clips(clips), oof, test, settings["systems"], settings["classes"])
    for system, split, probabilities, labels in tables:
        measures = _score(probabilities, labels, settings)
        measures |= {"clips": {"value": len(labels)}, "listed_clips": {"value": listed[split]}}
        for metric, numbers in measures.items():
            if np.isnan(numbers["value"]):
                log.info("%s, %s: %s is undefined on these clips", system, split, metric)
            key = {"system": system, "split": split, "metric": metric}
            rows.append(key | numbers | {"published": published.get((system, split, metric))})
        log.info(
            "%s, %s: MAP@3 %.4f on %d of %d clips",
            *(system, split, measures["map3"]["value"], len(labels), listed[split]),
        )
    write_scores(rows, scores)


def _score(probabilities, labels, settings):
    """Return metric -> value, and low and high where it is a mean over clips."""
    per_clip = {
        "map3": reciprocal_rank(probabilities, labels),
        "accuracy": (top_classes(probabilities, k=1)[:, 0] == labels).astype(float),
    }
    measures = {}
    for metric, values in per_clip.items():
        low, high = interval(values, settings["seed"], settings["resamples"])
        measures[metric] = {"value": values.mean(), "low": low, "high": high}
    others = audio_tagging_measures(probabilities, labels)
    others["expected_calibration_error"] = expected_calibration_error(reliability(probabilities, labels))
    return measures | {metric: {"value": value} for metric, value in others.items()}


if __name__ == "__main__":
    run(main)
