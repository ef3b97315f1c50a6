"""Rule predict_test: the test clips' probabilities, the mean over the fold models of one system in one round."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.features import read_features
from workflow_scripts.artefacts.predictions import prediction_table, write_predictions
from workflow_scripts.common.device import choose_device
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

log = logging.getLogger("predict_test")


def main(
    *,
    clips: Path,
    frames: Path,
    index: Path,
    models: list[Path],
    predictions: Path,
    settings: dict,
    threads: int,
    device: str,
):
    """Predict all test clips with each of ``models`` and average. ``settings``: classes, windows, combine."""
    device = choose_device(device, threads)
    test = read_clips(clips, "test")
    store = read_features(frames, index)
    bank = FrameBank(store.frames, device)
    windows = WindowCutter(settings["windows"]).inference(segments_of(store.index, test))
    log.info("%d models on %d test clips in %d windows, on %s", len(models), len(test), len(windows), device)
    of_folds = [
        predict(Model.read(path), bank, windows, len(test), settings["combine"])
        for path in progress(models, "predicting", "model")
    ]
    probabilities = arithmetic_mean(np.stack(of_folds))
    write_predictions(prediction_table(test.index, probabilities, settings["classes"]), predictions)


if __name__ == "__main__":
    run(main)
