"""Rule train: one network, or classifier, on one fold in one stage."""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.lesson import Lesson
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.stage import run
from workflow_scripts.tables.clips import in_words, is_labelled, read_clips, selected, taking_part
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tables.starts import read_joined_start, read_start
from workflow_scripts.tables.tables import write_table
from workflow_scripts.training.segments import segments_of

log = logging.getLogger("train_model")


@dataclass(frozen=True)
class Settings:
    system: str
    stage: str  # its number, such as 00
    fold: int  # the one that is held out
    seed: int
    task: str  # module in tasks/
    classes: list[str]
    training: dict  # the stage's settings, see schemas/stage.schema.yaml
    learner: dict  # name, a module in learners/, and the recipe's sections that it reads
    pool: list[str]  # usages of the unlabelled clips that take part
    crops: int | None  # draws of training windows that judge the unverified held-out clips; None: nobody asks


def main(
    *,
    clips: Path,
    folds: Path,
    frames: Path,
    index: Path,
    start: list[Path] = (),
    labels: list[Path] = (),
    folder: Path,
    settings: Settings,
    threads: int,
    device: str,
    deterministic: int,
    checkpoint_seconds: float,
):
    """Learn from the clips that are not held out; keep the epochs that the recipe's rule names; predict the others.

    ``start``: nothing where the network starts from scratch, else the table of the models to go on from. ``labels``:
    what the rules in labels.smk have made for this stage, see :mod:`workflow_scripts.parts.labels`.

    Written into ``folder``: model.safetensors; held_out.parquet, the predictions of all held-out clips; history.csv,
    one row per epoch; and judged.parquet, the verdicts on the held-out unverified clips: means over ``crops`` draws of
    training windows, without rows where nobody asks for them.
    """
    kind, stage, fold = load_part("learners", settings.learner["name"]), settings.training, settings.fold
    device = kind.prepare(device, threads, deterministic)
    begin = read_joined_start if "joined" in stage["start"] else read_start
    before = begin(*start, fold) if start else None
    models_before = list(before.values()) if isinstance(before, dict) else [before] if start else []
    task, classes = load_part("tasks", settings.task), settings.classes
    table = taking_part(read_clips(clips, "train"), settings.pool)
    labelled, fold_of = is_labelled(table), read_folds(folds, table.index, subset=True)
    held = table[labelled & (fold_of == fold)] if stage["learn_from"] != "unlabelled" else table[labelled]
    validating, judged = selected(held, stage["validate_on"]), held[held["manually_verified"] == 0]
    lesson = _lesson(table[~table.index.isin(held.index)], labels, task, classes, stage)
    if lesson.clips.empty:
        raise UserError(f"{folds}: fold {fold} leaves no {in_words(stage['learn_from'])} to learn from (`learn_from`)")

    store = read_features(frames, index)
    learner = kind.Learner(settings.learner, task, store, device)
    if segments_of(store.index, validating).empty:
        raise UserError(
            f"{folds}: fold {fold} holds no {in_words(stage['validate_on'])} to validate on; use fewer folds, hold out "
            "a larger share, or validate on other clips (`validate_on`)"
        )

    seed = derive_seed(settings.seed, settings.system, settings.stage, fold)
    inputs = [clips, folds, index, *models_before, *labels]
    identity = _identity([vars(settings), str(device).partition(":")[0], deterministic], inputs)
    resume = folder / "resume.safetensors"
    log.info(
        f"{settings.system}, stage {int(settings.stage)}, fold {fold}: learning from {len(lesson.clips)} clips, "
        f"{len(held)} held out, on {device} with {threads} threads"
    )
    checkpoints = (resume, identity, checkpoint_seconds)
    trained, curve = learner.learn(lesson, validating, table, stage, seed, before, checkpoints)

    def write(clips, probabilities, path):
        write_predictions(prediction_table(clips.index, probabilities, classes), path)

    write(held, learner.predict(trained, held), folder / "held_out.parquet")
    if settings.crops:
        write(judged, learner.judge(trained, judged, settings.crops, seed), folder / "judged.parquet")
    else:
        write(judged.iloc[:0], np.empty((0, len(classes))), folder / "judged.parquet")
    write_table(curve, folder / "history.csv")
    trained.write(folder / "model.safetensors")
    resume.unlink(missing_ok=True)
    return (len(curve) - stage.get("begins_after", 0)) * len(lesson.clips)


def _lesson(clips, files, task, classes, stage):
    """Return what is learned of ``clips``: of those that the stage learns from, and which have labels of its kind."""
    kind = dict(stage["labels"])
    part = load_part("parts.labels", kind.pop("name"))
    learnable = clips if stage["learn_from"] in ("all", "unlabelled") else selected(clips, stage["learn_from"])
    if not getattr(part, "OF_UNLABELLED", False):
        learnable = learnable[is_labelled(learnable)]
    given = Lesson.given(learnable, task, classes, stage["unverified_weight"])
    lesson = part.apply(given, files, **kind).of_weight()
    lesson = lesson.balanced() if stage.get("class_weights") else lesson
    return lesson.smoothed(**smoothing) if (smoothing := stage.get("label_smoothing")) else lesson


def _identity(settings, inputs):
    """Return a text that changes with anything that the trained weights depend on."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in inputs:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    run(main)
