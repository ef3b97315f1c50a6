"""Rule train: one network on one fold in one stage."""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.device import choose_device
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.lesson import Lesson
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.tables.clips import in_words, is_labelled, read_clips, selected, taking_part
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tables.starts import read_start
from workflow_scripts.tables.tables import write_table
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.frame_targets import FrameTargets
from workflow_scripts.training.inference import predict, predict_clips
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

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
    network: dict  # name and parameters
    windows: dict  # name and parameters
    aggregation: dict  # how the predictions of a clip's windows become the clip's: mean, renormalise
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
    device, stage, fold = choose_device(device, threads, deterministic), settings.training, settings.fold
    model_before = read_start(*start, fold) if start else None
    task, classes, aggregation = load_part("tasks", settings.task), settings.classes, settings.aggregation
    table = taking_part(read_clips(clips, "train"), settings.pool)
    labelled, fold_of = is_labelled(table), read_folds(folds, table.index, subset=True)
    held = table[labelled & (fold_of == fold)] if stage["learn_from"] != "unlabelled" else table[labelled]
    validating, judged = selected(held, stage["validate_on"]), held[held["manually_verified"] == 0]
    lesson = _lesson(table[~table.index.isin(held.index)], labels, task, classes, stage)
    if lesson.clips.empty:
        raise UserError(f"{folds}: fold {fold} leaves no {in_words(stage['learn_from'])} to learn from (`learn_from`)")

    store = read_features(frames, index)
    bank = FrameBank(store.frames, device)
    cut = WindowCutter(settings.windows)

    def windows_of(clips):
        return cut.inference(segments_of(store.index, clips))

    learned_segments = segments_of(store.index, lesson.clips)
    training_set = TrainingSet(
        windows=lambda rng: cut.training(learned_segments, rng),
        targets=lesson.targets,
        weights=lesson.weights,
        kind=task,
        doubtful=lesson.doubtful,
        frame_targets=_on_device(lesson.frame_targets, device),
        standardised_by=windows_of(table) if stage["normalisation"] == "per_band" else None,
    )
    validation_windows, validation_targets = windows_of(validating), task.targets(validating["label"], classes)
    if validation_windows.empty:
        raise UserError(
            f"{folds}: fold {fold} holds no {in_words(stage['validate_on'])} to validate on; use fewer folds, hold out "
            "a larger share, or validate on other clips (`validate_on`)"
        )

    def validate(network):
        count = len(validation_targets)
        return predict_clips(network, bank, validation_windows, count, aggregation, task), validation_targets

    seed = derive_seed(settings.seed, settings.system, settings.stage, fold)
    inputs = [clips, folds, index, *([model_before] if start else []), *labels]
    identity = _identity([vars(settings), device.type, deterministic], inputs)
    checkpoint = Checkpoint(folder / "resume.safetensors", identity, checkpoint_seconds)
    log.info(
        f"{settings.system}, stage {int(settings.stage)}, fold {fold}: learning from {len(lesson.clips)} clips, "
        f"{len(held)} held out, {stage['epochs']} epochs on {device} with {threads} threads"
    )
    trained, curve = fit(
        settings.network,
        stage,
        training_set,
        bank,
        validate=validate,
        seed=seed,
        start=Model.read(model_before) if start else None,
        checkpoint=checkpoint,
    )

    def write(clips, probabilities, path):
        write_predictions(prediction_table(clips.index, probabilities, classes), path)

    write(held, predict(trained, bank, windows_of(held), len(held), aggregation, task), folder / "held_out.parquet")
    if settings.crops:
        segments = segments_of(store.index, judged)
        rng = np.random.default_rng(derive_seed(seed, "judge"))
        draws = [cut.training(segments, rng) for _ in range(settings.crops)]
        verdicts = [predict(trained, bank, windows, len(judged), aggregation, task) for windows in draws]
        write(judged, arithmetic_mean(np.stack(verdicts)), folder / "judged.parquet")
    else:
        write(judged.iloc[:0], np.empty((0, len(classes))), folder / "judged.parquet")
    write_table(curve, folder / "history.csv")
    trained.write(folder / "model.safetensors")
    checkpoint.remove()
    return len(curve) * len(lesson.clips)


def _lesson(clips, files, task, classes, stage):
    """Return what is learned of ``clips``: of those that the stage learns from, and which have labels of its kind."""
    kind = dict(stage["labels"])
    part = load_part("parts.labels", kind.pop("name"))
    learnable = clips if stage["learn_from"] in ("all", "unlabelled") else selected(clips, stage["learn_from"])
    if not getattr(part, "OF_UNLABELLED", False):
        learnable = learnable[is_labelled(learnable)]
    given = Lesson.given(learnable, task, classes, stage["unverified_weight"])
    return part.apply(given, files, **kind).of_weight()


def _on_device(frame_targets, device):
    return frame_targets and FrameTargets(FrameBank(frame_targets[0], device), frame_targets[1])


def _identity(settings, inputs):
    """Return a text that changes with anything that the trained weights depend on."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in inputs:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    run(main)
