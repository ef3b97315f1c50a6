"""Rule score_systems: what is computed from all predictions: every system's scores, those of classes and of stages."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.comparisons import compared
from workflow_scripts.scoring.scored_predictions import predictions_by_split
from workflow_scripts.scoring.splits import splits
from workflow_scripts.tables.class_scores import write_class_scores
from workflow_scripts.tables.comparisons import write_comparisons
from workflow_scripts.tables.confusion import write_confusion
from workflow_scripts.tables.listing import read_listing
from workflow_scripts.tables.reliability import write_reliability
from workflow_scripts.tables.scores import write_scores
from workflow_scripts.tables.stage_effects import write_stage_effects

log = logging.getLogger("score_systems")
GIVEN = "given labels"  # the stage of round 0


@dataclass(frozen=True)
class Settings:
    systems: list[str]  # names in the order of the files
    singles: list[str]  # those that are neither baselines nor fusions
    stages: list[tuple[str, str]]  # (stage, system) in the order of the table `effects`
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    published: list[dict]  # each has system, split, metric and value
    resamples: int  # of the bootstrap
    seed: int  # of the bootstrap
    pretrained: dict[str, str] | None = None  # system -> names of the weights that its embeddings are of
    partial: list[bool] | None = None  # of the tables `oof`, see `predictions_by_split`
    partial_singles: list[bool] | None = None  # the same of `given_oof`


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
    settings: Settings,
):
    """Write the scores of all systems; a missing or surplus clip is an error, it never just drops out.

    A system that holds out a part of the training clips only is scored on that part, and its `clips` say on how many.

    ``listing``: all clips of the data set; those without audio may be missing in ``clips``, and the scores say so.

    ``oof``, ``test``: per system its out-of-fold predictions of the training clips and its predictions of the test
    clips; ``given_oof``, ``given_test``: those of the single systems in round 0, from the given labels. ``scores``,
    ``comparisons``, ``by_class``, ``confusions``, ``reliability`` and ``effects``: the tables to write.
    """
    listed = {split: len(fnames) for split, fnames in splits(read_listing(listing)).items()}
    published = {(row["system"], row["split"], row["metric"]): row["value"] for row in settings.published}
    task, scored = load_part("tasks", settings.task), load_part("tasks.scores", settings.task)
    classes, bootstrap = settings.classes, {"seed": settings.seed, "resamples": settings.resamples}
    score_rows, class_rows, confusion_rows, bins, of_clips, at_the_end, names = [], [], [], [], {}, {}, {}
    predictions = predictions_by_split(clips, oof, test, settings.systems, task, classes, settings.partial)
    for system, split, probabilities, truth, fnames in predictions:
        names[system, split] = fnames
        of_clips[system, split] = scored.estimates(probabilities, truth)
        of_bins, of_classes = scored.reliability(probabilities, truth), scored.class_scores(probabilities, truth)
        measures = {metric: _row(estimate, bootstrap) for metric, estimate in of_clips[system, split].items()}
        others = scored.others(probabilities, truth, of_classes, of_bins)
        others |= {"clips": len(truth), "listed_clips": listed[split]}
        others |= {"classes": int((of_classes["clips"] > 0).sum()), "listed_classes": len(classes)}
        measures |= {metric: {"value": value} for metric, value in others.items()}
        for metric, numbers in measures.items():
            if np.isnan(numbers["value"]):
                log.info("%s, %s: %s is undefined on these clips", system, split, metric)
            key = {"system": system, "split": split, "metric": metric}
            made = {
                "published": published.get((system, split, metric)),
                "pretrained": (settings.pretrained or {}).get(system, ""),
            }
            score_rows.append(key | numbers | made)
        log.info(
            "%s, %s: %s %.4f on %d of %d clips",
            *(system, split, task.MAIN, measures[task.MAIN]["value"], len(truth), listed[split]),
        )
        key = {"system": system, "split": split}
        class_rows += [key | row for row in _class_rows(of_classes, classes)]
        confusion_rows += [key | row for row in _confusion_rows(scored.confusion(probabilities, truth), classes)]
        bins += [key | row for row in of_bins.to_dict("records")]
        at_the_end[system, split] = measures[task.MAIN] | {"clips": len(truth)}
    in_round_0 = {}
    predictions = predictions_by_split(
        clips, given_oof, given_test, settings.singles, task, classes, settings.partial_singles
    )
    for system, split, probabilities, truth, _ in predictions:
        estimate = scored.estimates(probabilities, truth)[task.MAIN]
        in_round_0[system, split] = _row(estimate, bootstrap) | {"clips": len(truth)}
    write_scores(score_rows, scores)
    write_comparisons(compared(of_clips, settings.singles, task.MAIN, **bootstrap, scored=names), comparisons)
    write_class_scores(class_rows, by_class, settings.task)
    write_confusion(confusion_rows, confusions)
    write_reliability(bins, reliability)
    write_stage_effects(_effect_rows(settings.stages, in_round_0, at_the_end, task.MAIN), effects, settings.task)


def _row(estimate, bootstrap):
    low, high = estimate.interval(**bootstrap)
    return {"value": estimate.value, "low": low, "high": high}


def _class_rows(of_classes, classes):
    columns = {name: values.tolist() for name, values in of_classes.items()}
    for label, *numbers in zip(classes, *columns.values(), strict=True):
        yield {"label": label} | dict(zip(columns, numbers, strict=True))


def _confusion_rows(counts, classes):
    for true, predicted in np.argwhere(counts):
        yield {"label": classes[true], "predicted": classes[predicted], "clips": counts[true, predicted]}


def _effect_rows(stages, in_round_0, at_the_end, main):
    """Yield the rows of all ``stages``; of the next two: (system, split) -> value, low, high and clips of ``main``."""
    for stage, name in stages:
        for (system, split), mean in (in_round_0 if stage == GIVEN else at_the_end).items():
            if system == name:
                numbers = {main: mean["value"], **{key: mean[key] for key in ("clips", "low", "high")}}
                yield {"stage": stage, "system": system, "split": split} | numbers


if __name__ == "__main__":
    run(main)
