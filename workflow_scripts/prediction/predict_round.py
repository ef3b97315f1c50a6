"""Rule predict_round: what a system's models say in one round, each of the clips it held out, all of the test clips."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.common.device import choose_device
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.predictions import gather_folds, prediction_table, write_predictions
from workflow_scripts.tasks import one_label
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

log = logging.getLogger("predict_round")


def main(
    *,
    clips: Path,
    frames: Path,
    index: Path,
    models: list[Path],
    held_out: list[Path],
    oof: Path,
    test: Path,
    settings: dict,
    threads: int,
    device: str,
    deterministic: int,
):
    """Gather the out-of-fold predictions of the training clips; predict the test clips.

    ``models``, ``held_out``: one per fold, the model and the predictions of the clips that it held out. ``oof``
    receives the latter in one table, ``test`` the mean over the models. ``settings``: classes, windows, combine.
    """
    device = choose_device(device, threads, deterministic)
    training, tested = read_clips(clips, "train"), read_clips(clips, "test")
    write_predictions(gather_folds(held_out, training.index)[settings["classes"]], oof)
    store = read_features(frames, index)
    bank = FrameBank(store.frames, device)
    windows = WindowCutter(settings["windows"]).inference(segments_of(store.index, tested))
    log.info("%d models on %d test clips in %d windows, on %s", len(models), len(tested), len(windows), device)
    of_folds = [
        predict(Model.read(path), bank, windows, len(tested), settings["aggregation"], one_label)
        for path in progress(models, "predicting", "model")
    ]
    probabilities = arithmetic_mean(np.stack(of_folds))
    write_predictions(prediction_table(tested.index, probabilities, settings["classes"]), test)
    return len(models) * len(tested)


if __name__ == "__main__":
    run(main)
