"""Rule predict_frames: what a system's models say of every frame in one round."""

import logging
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.common.device import choose_device
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.tables.clips import read_clips, taking_part, validates
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.frame_probabilities import write_frame_probabilities
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.inference import predict_frames
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

log = logging.getLogger("predict_frames")
CLIPS_AT_A_TIME = 500


@dataclass(frozen=True)
class Settings:
    classes: list[str]
    task: str  # module in workflow_scripts/tasks
    windows: dict  # name, a module in workflow_scripts/parts/windows, and its parameters
    pool: list[str]  # usages of the unlabelled clips that take part
    learn_labelled: bool  # whether this round learned from labelled clips
    teaches: bool  # whether others learn from this round, and all clips are needed


def main(
    *,
    clips: Path,
    folds: Path,
    frames: Path,
    index: Path,
    models: list[Path],
    probabilities: Path,
    probabilities_index: Path,
    settings: Settings,
    threads: int,
    device: str,
    deterministic: int,
):
    """Write the probabilities of all frames of the test clips and of the clips that validate, or of all clips.

    ``models``: one per fold that was held out, from fold 0 on. A labelled clip is predicted by the model that has held
    it out, if there is one, every other clip by the mean of all models. ``probabilities``, ``probabilities_index``: see
    :mod:`workflow_scripts.tables.frame_probabilities`.
    """
    device = choose_device(device, threads, deterministic)
    kind, cut = load_part("tasks", settings.task), WindowCutter(settings.windows)
    table = read_clips(clips)
    training = taking_part(table[table["split"] == "train"], settings.pool)
    fold_of = read_folds(folds, training.index, subset=True)
    validating = validates(training, fold_of, len(models), settings.learn_labelled)
    wanted = training.index if settings.teaches else training.index[validating]
    heard = table.loc[[*wanted, *table.index[table["split"] == "test"]]].query("seconds > 0")
    # the model that has held a clip out; -1: all of them
    held_out_by = pd.Series(np.where(validating & settings.learn_labelled, fold_of, -1), training.index)

    store = read_features(frames, index)
    bank, trained = FrameBank(store.frames, device), [Model.read(path) for path in models]
    log.info("%d models on %d clips, on %s", len(models), len(heard), device)

    def of_clips(part):
        """Yield [frames, classes] of each clip."""
        windows = cut.inference(segments_of(store.index, part))
        placed, clip = bank.windows(windows), windows["clip"].to_numpy()
        by_model = [
            _mean([np.stack(list(predict_frames(network, placed, kind))) for network in model.networks(device)])
            for model in trained
        ]
        means, own = _mean(by_model), held_out_by.reindex(part.index, fill_value=-1).to_numpy()[clip]
        for number, of_model in enumerate(by_model):
            means[own == number] = of_model[own == number]
        for number in range(len(part)):
            yield np.concatenate(means[clip == number])

    parts = [heard.iloc[first : first + CLIPS_AT_A_TIME] for first in range(0, len(heard), CLIPS_AT_A_TIME)]
    predicted = chain.from_iterable(
        map(of_clips, progress(parts, f"predicting {CLIPS_AT_A_TIME} clips at a time", "times"))
    )
    write_frame_probabilities(heard.index, predicted, probabilities, probabilities_index)
    return len(models) * len(heard)


def _mean(arrays):
    return np.mean(arrays, axis=0, dtype=np.float32)


if __name__ == "__main__":
    run(main)
