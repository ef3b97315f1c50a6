"""Rules train, train_and_judge, fine_tune, retrain and train_on_targets: one network on one fold in one round."""

import hashlib
import json
import logging
from pathlib import Path

import numpy as np

from workflow_scripts.common.device import choose_device
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.tables.clips import is_labelled, read_clips, taking_part
from workflow_scripts.tables.corrected_labels import with_corrected_labels
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.predictions import prediction_table, read_predictions, write_predictions
from workflow_scripts.tables.starts import read_start
from workflow_scripts.tables.tables import read_table, rows_of, write_table
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.frame_targets import FrameTargets
from workflow_scripts.training.inference import predict, predict_clips
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

log = logging.getLogger("train_model")


def main(
    *,
    clips: Path,
    folds: Path,
    frames: Path,
    index: Path,
    start: Path | None = None,
    accepted: Path | None = None,
    labels: Path | None = None,
    tags: list[Path] = (),
    target_frames: list[Path] = (),
    target_index: list[Path] = (),
    folder: Path,
    settings: dict,
    threads: int,
    device: str,
    deterministic: int,
    checkpoint_seconds: float,
):
    """Learn from all folds but one; keep the epochs that the recipe's rule names; predict the clips of that fold.

    ``start`` and ``accepted`` are given in a self-verification round: the tables of the models to go on from and of the
    accepted labels; unverified clips that are not accepted then take no part, accepted ones count as verified.
    ``labels`` is given in a round of relabelling: the table of corrected labels. ``tags``, or ``target_frames`` with
    their ``target_index``, are given in a round that learns from a teacher: what it says of whole clips (a prediction
    table), or of every frame (as a feature store); one file each. ``settings``: system, round, fold, seed, classes,
    labels (their kind), network, windows, training, combine, unverified_weight; crops for a system with
    self-verification; promoted_weight in a round of relabelling; pool (the usages of the unlabelled clips that take
    part) and learn_labelled (whether labelled clips are learned from, too; else all of them validate) for a system that
    has teachers.

    Written into ``folder``: model.safetensors; held_out.parquet, the predictions of all held-out clips; history.csv,
    one row per epoch; and, where ``crops`` is given, judged.parquet, the verdicts on the held-out unverified clips:
    means over so many draws of training windows.
    """
    device, fold = choose_device(device, threads, deterministic), settings["fold"]
    model_before = read_start(start, fold) if start else None
    kind, classes, combine = load_part("tasks", settings["labels"]), settings["classes"], settings["aggregation"]
    table = taking_part(read_clips(clips, "train"), settings.get("pool"))
    labelled, fold_of = is_labelled(table), read_folds(folds, table.index, subset=True)
    held = table[labelled & (fold_of == fold)] if settings.get("learn_labelled", True) else table[labelled]
    held_verified, held_doubtful = held[held["manually_verified"] == 1], held[held["manually_verified"] == 0]
    taught = bool(tags or target_frames)
    learnable = table[~table.index.isin(held.index) & (labelled | taught)]
    learned, weights, doubtful = _learned(learnable, accepted, labels, settings)

    store = read_features(frames, index)
    bank = FrameBank(store.frames, device)
    cut = WindowCutter(settings["windows"])

    def windows_of(clips):
        return cut.inference(segments_of(store.index, clips))

    learned_segments = segments_of(store.index, learned)
    training_set = TrainingSet(
        windows=lambda rng: cut.training(learned_segments, rng),
        targets=_targets(learned, tags, kind, classes),
        weights=weights,
        kind=kind,
        doubtful=doubtful,
        frame_targets=_frame_targets(learned, target_frames, target_index, device),
        standardised_by=windows_of(table) if settings["training"]["normalisation"] == "per_band" else None,
    )
    verified_windows, verified_targets = windows_of(held_verified), kind.targets(held_verified["label"], classes)
    if verified_windows.empty:
        raise UserError(f"{folds}: fold {fold} holds no verified clip to validate on; use fewer folds")

    def validate(network):
        clips = len(verified_targets)
        return predict_clips(network, bank, verified_windows, clips, combine, kind), verified_targets

    seed = derive_seed(settings["seed"], settings["system"], settings["round"], fold)
    inputs = [path for path in (clips, folds, index, model_before, accepted, labels, *tags, *target_index) if path]
    identity = _identity([settings, device.type, deterministic], inputs)
    checkpoint = Checkpoint(folder / "resume.safetensors", identity, checkpoint_seconds)
    log.info(
        f"{settings['system']}, round {settings['round']}, fold {fold}: learning from {len(learned)} clips, "
        f"{len(held)} held out, {settings['training']['epochs']} epochs on {device} with {threads} threads"
    )
    trained, curve = fit(
        settings["network"],
        settings["training"],
        training_set,
        bank,
        validate=validate,
        seed=seed,
        start=Model.read(model_before) if start else None,
        checkpoint=checkpoint,
    )

    def write(clips, probabilities, path):
        write_predictions(prediction_table(clips.index, probabilities, classes), path)

    write(held, predict(trained, bank, windows_of(held), len(held), combine, kind), folder / "held_out.parquet")
    if "crops" in settings:
        segments = segments_of(store.index, held_doubtful)
        rng = np.random.default_rng(derive_seed(seed, "judge"))
        draws = [cut.training(segments, rng) for _ in range(settings["crops"])]
        verdicts = [predict(trained, bank, windows, len(held_doubtful), combine, kind) for windows in draws]
        write(held_doubtful, arithmetic_mean(np.stack(verdicts)), folder / "judged.parquet")
    write_table(curve, folder / "history.csv")
    trained.write(folder / "model.safetensors")
    checkpoint.remove()
    return len(curve) * len(learned)


def _learned(clips, accepted, labels, settings):
    """Return the ``clips`` to learn from, their loss weights, and which labels are in doubt.

    Labels are corrected where ``labels`` are given. Clips that would weigh nothing are left out.
    """
    doubtful = (clips["manually_verified"] == 0).to_numpy(copy=True)
    weights = np.where(doubtful, settings["unverified_weight"], 1.0)
    if accepted is not None:
        verdicts = read_table(accepted, {"fname": str, "accepted": int}).set_index("fname")
        verdicts = rows_of(verdicts, clips.index[doubtful], accepted, subset=True)
        weights[doubtful] = verdicts["accepted"]
        doubtful[doubtful] = verdicts["accepted"] == 0
    if labels is not None:
        clips = with_corrected_labels(clips, labels)
        weights[clips["promoted"]] = settings["promoted_weight"]
        doubtful &= ~clips["promoted"].to_numpy()
    weigh = weights > 0
    return clips[weigh], weights[weigh], doubtful[weigh]


def _targets(learned, tags, kind, classes):
    """Return float32 [clips, classes]: by the labels, or by the ``tags`` of a teacher where there are no labels."""
    targets = kind.targets(learned["label"], classes)
    for path in tags:
        unlabelled = learned.index[~is_labelled(learned)]
        targets[~is_labelled(learned)] = rows_of(read_predictions(path), unlabelled, path, subset=True)[classes]
    return targets


def _frame_targets(learned, frames, index, device):
    if not frames:
        return None
    store = read_features(*frames, *index)
    rows = rows_of(store.index.set_index("fname"), learned.index[learned["seconds"] > 0], index[0], subset=True)
    return FrameTargets(FrameBank(store.frames, device), rows.reindex(learned.index, fill_value=0))


def _identity(settings, inputs):
    """Return a text that changes with anything that the trained weights depend on."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in inputs:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    run(main)
