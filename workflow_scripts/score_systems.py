"""Rule score_systems: every system's scores on every split, with intervals and the published values beside them."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.listing import read_listing
from workflow_scripts.artefacts.predictions import read_predictions
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.audio_tagging import audio_tagging_measures
from workflow_scripts.scoring.bootstrap import interval
from workflow_scripts.scoring.map_at_3 import reciprocal_rank, top_classes
from workflow_scripts.scoring.score_table import write_scores

log = logging.getLogger("score_systems")


def main(*, listing: Path, clips: Path, oof: list[Path], test: list[Path], scores: Path, settings: dict):
    """Write the score table of all systems; a missing or surplus clip is an error, it never just drops out.

    ``listing``: all clips of the data set; those without audio may be missing in ``clips``, and the scores say so.

    ``oof``, ``test``: per system its out-of-fold predictions of the training clips and its predictions of the test
    clips. ``settings``: systems (names in the order of the files), classes, published (a list of system, split,
    metric, value), resamples and seed of the bootstrap.
    """
    table = read_clips(clips)
    scored = _splits(table)
    listed = {split: len(fnames) for split, fnames in _splits(read_listing(listing)).items()}
    class_of = {label: number for number, label in enumerate(settings["classes"])}
    published = {(row["system"], row["split"], row["metric"]): row["value"] for row in settings["published"]}
    rows = []
    for system, *paths in zip(settings["systems"], oof, test, strict=True):
        halves = zip(paths, ["train", "test"], strict=True)
        predictions = pd.concat(
            [_read(path, table.index[table["split"] == split], settings["classes"]) for path, split in halves]
        )
        for split, fnames in scored.items():
            labels = table["label"][fnames].map(class_of).to_numpy(int)
            measures = _score(predictions.loc[fnames].to_numpy(), labels, settings)
            measures |= {"clips": {"value": len(fnames)}, "listed_clips": {"value": listed[split]}}
            for metric, numbers in measures.items():
                if np.isnan(numbers["value"]):
                    log.info("%s, %s: %s is undefined on these clips", system, split, metric)
                key = {"system": system, "split": split, "metric": metric}
                rows.append(key | numbers | {"published": published.get((system, split, metric))})
            log.info(
                "%s, %s: MAP@3 %.4f on %d of %d clips",
                *(system, split, measures["map3"]["value"], len(fnames), listed[split]),
            )
    write_scores(rows, scores)


def _splits(table):
    """Return the clips of each split that has any; padding (usage Ignored) is not scored."""
    verified = (table["split"] == "train") & (table["manually_verified"] == 1)
    test = (table["split"] == "test") & (table["usage"] != "Ignored")
    splits = {
        "oof_verified": verified,
        "public": test & (table["usage"] == "Public"),
        "private": test & (table["usage"] == "Private"),
        "all": test,
    }
    return {split: table.index[members] for split, members in splits.items() if members.any()}


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
    for metric, value in audio_tagging_measures(probabilities, labels).items():
        measures[metric] = {"value": value}
    return measures


def _read(path, fnames, classes):
    predictions = read_predictions(path, fnames)
    if list(predictions.columns) != classes:
        raise UserError(f"{path}: the columns are not the dataset's classes in their order; delete it and run again")
    return predictions


if __name__ == "__main__":
    run(main)
