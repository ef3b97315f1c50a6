"""Rule score_systems: what is computed from all predictions: every system's scores, those of classes and of stages."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.common.stage import run
from workflow_scripts.scoring import calibration
from workflow_scripts.scoring.audio_tagging import audio_tagging_measures
from workflow_scripts.scoring.bootstrap import interval
from workflow_scripts.scoring.class_scores import class_scores
from workflow_scripts.scoring.comparisons import compared
from workflow_scripts.scoring.confusion import confusion
from workflow_scripts.scoring.map_at_3 import reciprocal_rank, top_classes
from workflow_scripts.scoring.score_table import write_scores
from workflow_scripts.scoring.splits import splits
from workflow_scripts.tables.class_scores import write_class_scores
from workflow_scripts.tables.comparisons import write_comparisons
from workflow_scripts.tables.confusion import write_confusion
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.reliability import write_reliability
from workflow_scripts.tables.scored_predictions import predictions_by_split
from workflow_scripts.tables.stage_effects import write_stage_effects

log = logging.getLogger("score_systems")
GIVEN = "given labels"  # the stage of round 0


def main(
    *,
    listing: Path,
    clips: Path,
    oof: list[Path],
    test: list[Path],
    given_oof: list[Path],
    given_test: list[Path],
    scores: Path,
    comparisons: Path,
    by_class: Path,
    confusions: Path,
    reliability: Path,
    effects: Path,
    settings: dict,
):
    """Write the scores of all systems; a missing or surplus clip is an error, it never just drops out.

    ``listing``: all clips of the data set; those without audio may be missing in ``clips``, and the scores say so.

    ``oof``, ``test``: per system its out-of-fold predictions of the training clips and its predictions of the test
    clips; ``given_oof``, ``given_test``: those of the single systems in round 0, from the given labels. ``scores``,
    ``comparisons``, ``by_class``, ``confusions``, ``reliability`` and ``effects``: the tables to write. ``settings``:
    systems (names in the order of the files), singles (those that are neither baselines nor fusions), stages ([stage,
    system] in the order of ``effects``), classes, published (a list of system, split, metric, value), resamples and
    seed of the bootstrap.
    """
    listed = {split: len(fnames) for split, fnames in splits(read_listing(listing)).items()}
    published = {(row["system"], row["split"], row["metric"]): row["value"] for row in settings["published"]}
    classes, bootstrap = settings["classes"], {key: settings[key] for key in ("seed", "resamples")}
    score_rows, class_rows, confusion_rows, bins, of_clips, at_the_end = [], [], [], [], {}, {}
    for system, split, probabilities, labels in predictions_by_split(clips, oof, test, settings["systems"], classes):
        of_clips[system, split] = _scores_of_clips(probabilities, labels)
        of_bins = calibration.reliability(probabilities, labels)
        measures = _means(of_clips[system, split], bootstrap) | _other_measures(probabilities, labels, of_bins)
        measures |= {"clips": {"value": len(labels)}, "listed_clips": {"value": listed[split]}}
        measures |= {"classes": {"value": len(np.unique(labels))}, "listed_classes": {"value": len(classes)}}
        for metric, numbers in measures.items():
            if np.isnan(numbers["value"]):
                log.info("%s, %s: %s is undefined on these clips", system, split, metric)
            key = {"system": system, "split": split, "metric": metric}
            score_rows.append(key | numbers | {"published": published.get((system, split, metric))})
        log.info(
            "%s, %s: MAP@3 %.4f on %d of %d clips",
            *(system, split, measures["map3"]["value"], len(labels), listed[split]),
        )
        key = {"system": system, "split": split}
        class_rows += [key | row for row in _class_rows(probabilities, labels, classes)]
        confusion_rows += [key | row for row in _confusion_rows(probabilities, labels, classes)]
        bins += [key | row for row in of_bins.to_dict("records")]
        at_the_end[system, split] = measures["map3"] | {"clips": len(labels)}
    in_round_0 = {}
    predictions = predictions_by_split(clips, given_oof, given_test, settings["singles"], classes)
    for system, split, probabilities, labels in predictions:
        ranks = {"map3": reciprocal_rank(probabilities, labels)}
        in_round_0[system, split] = _means(ranks, bootstrap)["map3"] | {"clips": len(labels)}
    write_scores(score_rows, scores)
    write_comparisons(compared(of_clips, settings["singles"], **bootstrap), comparisons)
    write_class_scores(class_rows, by_class)
    write_confusion(confusion_rows, confusions)
    write_reliability(bins, reliability)
    write_stage_effects(_effect_rows(settings["stages"], in_round_0, at_the_end), effects)


def _scores_of_clips(probabilities, labels):
    return {
        "map3": reciprocal_rank(probabilities, labels),
        "accuracy": (top_classes(probabilities, k=1)[:, 0] == labels).astype(float),
    }


def _means(of_clips, bootstrap):
    """Return metric -> value, low and high."""
    means = {}
    for metric, values in of_clips.items():
        low, high = interval(values, **bootstrap)
        means[metric] = {"value": values.mean(), "low": low, "high": high}
    return means


def _other_measures(probabilities, labels, of_bins):
    """Return metric -> value, of those that are no means over clips."""
    measures = audio_tagging_measures(probabilities, labels)
    measures["expected_calibration_error"] = calibration.expected_calibration_error(of_bins)
    return {metric: {"value": value} for metric, value in measures.items()}


def _class_rows(probabilities, labels, classes):
    columns = {name: values.tolist() for name, values in class_scores(probabilities, labels).items()}
    for label, *numbers in zip(classes, *columns.values(), strict=True):
        yield {"label": label} | dict(zip(columns, numbers, strict=True))


def _confusion_rows(probabilities, labels, classes):
    counts = confusion(probabilities, labels)
    for true, predicted in np.argwhere(counts):
        yield {"label": classes[true], "predicted": classes[predicted], "clips": counts[true, predicted]}


def _effect_rows(stages, in_round_0, at_the_end):
    """Yield the rows of all ``stages``; of the others: (system, split) -> value, low, high and clips of MAP@3."""
    for stage, name in stages:
        for (system, split), mean in (in_round_0 if stage == GIVEN else at_the_end).items():
            if system == name:
                numbers = {"map3": mean["value"], **{key: mean[key] for key in ("clips", "low", "high")}}
                yield {"stage": stage, "system": system, "split": split} | numbers


if __name__ == "__main__":
    run(main)
