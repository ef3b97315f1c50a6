"""Rule prune_clips: which of the clips that a fold has learned from it goes on without."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.parts import load_part, part_function
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.stage import run
from workflow_scripts.labels.pruning import losses_of_clips
from workflow_scripts.tables.clips import is_labelled, read_clips, selected
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.folds import read_folds
from workflow_scripts.tables.pruned import write_pruned

log = logging.getLogger("prune_clips")


@dataclass(frozen=True)
class Settings:
    system: str
    stage: str  # the number of the one that learns from what is kept
    fold: int  # the one that is held out
    seed: int
    task: str  # module in tasks/
    classes: list[str]
    learner: dict  # of the stage before: name, a module in learners/, and the recipe's sections that it reads
    learn_from: str | dict  # which clips the stage learns from, see workflow_scripts.tables.clips.selected
    among: str  # which of these can be pruned: `unverified` or `all`
    loss: dict  # name, a module in parts/losses, and its parameters
    by: dict  # name, a module in parts/selections, and its parameters


def main(
    *,
    clips: Path,
    folds: Path,
    frames: Path,
    index: Path,
    model: Path,
    pruned: Path,
    settings: Settings,
    threads: int,
    device: str,
    deterministic: int,
):
    """Let the ``model`` of the stage before judge the clips that it has learned from, and select by its losses.

    What validates is no part of it. ``pruned``: the table to write, see :mod:`workflow_scripts.tables.pruned`. A clip
    without audio is judged as if all classes were as probable.
    """
    kind, task = load_part("learners", settings.learner["name"]), load_part("tasks", settings.task)
    device = kind.prepare(device, threads, deterministic)
    training = read_clips(clips, "train")
    labelled = training[is_labelled(training)]
    learned = labelled[read_folds(folds, labelled.index, subset=True) != settings.fold]
    judged = selected(selected(learned, settings.learn_from), settings.among)
    if judged.empty:
        write_pruned([], pruned)
        log.info("no clip can be pruned")
        return 0
    learner = kind.Learner(settings.learner, task, read_features(frames, index), device)
    probabilities, clip = learner.predict_windows(kind.read_model(model), judged)
    targets, doubtful = task.targets(judged["label"], settings.classes), (judged["manually_verified"] == 0).to_numpy()
    losses = losses_of_clips(probabilities, clip, targets, doubtful, settings.loss)
    seed = derive_seed(settings.seed, settings.system, settings.stage, settings.fold, "select")
    kept, clean = part_function("parts.selections", settings.by, "select")(losses, seed)
    log.info("pruned %d of %d clips", (~kept).sum(), len(kept))
    columns = {"fname": judged.index, "label": judged["label"], "loss": losses, "clean_probability": clean}
    write_pruned(judged.assign(**columns, pruned=(~kept).astype(int)), pruned)
    return len(judged)


if __name__ == "__main__":
    run(main)
