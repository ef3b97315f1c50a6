"""What a job asks a cluster for: minutes and megabytes, rather too much than too little.

What a training takes is known from the run's own probe as soon as the table of rule estimate_hours is there. Until then
it follows from the section ``cost`` of the recipe, which was measured on one CPU core at the published size.
"""

import csv
import math
from contextlib import suppress
from typing import NamedTuple

GPU_SPEEDUP = 50  # not measured on a GPU: a core of ours gives about 50 GFLOP/s, the assumption is 2.5 TFLOP/s
UNKNOWN_CLIPS = 10_000  # of each split, where the dataset file does not tell
PROBE_SECONDS = 300  # the slowest of the published networks takes half of it on one core
PREDICTION = 2  # predicting all windows of a clip takes at most as long as learning from it so many times
JUDGING = 1 / 3  # the same for one draw of windows: a forward pass is a third of an update
LOSSY = {".mp3", ".oga", ".ogg", ".opus"}
BYTES_PER_SECOND = {"lossy": 16_000, "lossless": 64_000}  # little, so that a file's seconds are overestimated
PREDICTIONS = {"predict_stage": "test prediction", "predict_frames": "frame prediction"}  # rows of training_hours.csv
# rule -> what it takes for a clip of 7 s and in all, on one core; the fusing and scoring rules with eleven systems
CLIP_COSTS = {
    "mix_soundscapes": {"seconds": 0.05, "mb": 0.01, "base_mb": 600},
    "list_embeddings": {"seconds": 0.003, "mb": 0.003, "base_mb": 400},
    "gather_embeddings": {"seconds": 0.003, "mb": 0.001, "base_mb": 400},
    "inspect_audio": {"seconds": 0.01, "mb": 0.002, "base_mb": 400},
    "extract_features": {"seconds": 0.05, "mb": 0.002, "base_mb": 1000},
    "embed_clips": {"seconds": 0.4, "mb": 0.002, "base_mb": 3500},  # by a network as large as PANNs' Cnn14
    "find_near_duplicates": {"seconds": 0.002, "mb": 0.06, "base_mb": 400},  # of embeddings with 2048 values
    "predict_baselines": {"seconds": 0.08, "mb": 0.2, "base_mb": 500},
    "stack_systems": {"seconds": 0.006, "mb": 0.1, "base_mb": 400},
    "stack_stage": {"seconds": 0.006, "mb": 0.1, "base_mb": 400},
    "score_systems": {"seconds": 0.03, "mb": 0.1, "base_mb": 400},
    "make_tags": {"seconds": 0.002, "mb": 0.02, "base_mb": 400},
    "make_frame_targets": {"seconds": 0.01, "mb": 0.02, "base_mb": 400},
    "score_events": {"seconds": 0.1, "mb": 0.1, "base_mb": 500},
    "tag_sounds": {"seconds": 0.2, "mb": 0.002, "base_mb": 4500},  # but for the networks
}


class Need(NamedTuple):
    """What one job takes; :func:`minutes` and :func:`megabytes` add a margin."""

    seconds: float
    memory_mb: float  # MB of 10^6 bytes, on the host


def minutes(need, attempt):
    """Return the minutes that attempt number ``attempt`` (1, 2, ...) at a job of this :class:`Need` asks for."""
    return max(_rounded_up(attempt * (1.5 * need.seconds / 60 + 5), 5), 10)


def megabytes(need, attempt):
    """Return the MB of memory that attempt number ``attempt`` (1, 2, ...) asks for."""
    return _rounded_up(attempt * (1.25 * need.memory_mb + 1000), 500)


def _rounded_up(number, step):
    return math.ceil(number / step) * step


def clip_counts(dataset):
    """Return (training clips, test clips) by the ``counts`` of a dataset file: of splits, or of tables' usages."""
    counts = dataset["counts"] or {}
    usages = counts.get("usage", {})
    numbers = []
    for split in ("train", "test"):
        of_tables = [usages.get(table["usage"]) for table in dataset["tables"].values() if table["split"] == split]
        numbers.append(counts.get(split) or (UNKNOWN_CLIPS if None in of_tables or not of_tables else sum(of_tables)))
    return tuple(numbers)


def of_clips(rule, clips):
    """Return the :class:`Need` of a rule in ``CLIP_COSTS``, of ``clips`` in both splits together."""
    cost = CLIP_COSTS[rule]
    return Need(2 * clips * cost["seconds"], clips * cost["mb"] + cost["base_mb"])  # twice: clips differ in length


def clips_in(paths):
    """Return how many clips of 7 s the audio files ``paths`` make, by their size; missing ones count nothing."""
    total = 0
    for path in paths:
        with suppress(OSError, ValueError):  # ValueError: a name that no file can have
            total += path.stat().st_size / BYTES_PER_SECOND["lossy" if path.suffix.lower() in LOSSY else "lossless"]
    return total / 7


def measured(table, system, recipe, stage, device):
    """Return the :class:`Need` of one job by the table of rule estimate_hours.

    None where the table is missing or damaged, has no such row, was made for another ``recipe`` (its digest), or tells
    of a GPU where ``device`` is cpu, or of a CPU where it is cuda.
    """
    try:
        with open(table, newline="", encoding="utf-8") as file:
            rows = {(row["system"], row["stage"]): row for row in csv.DictReader(file)}
        row = rows[system, stage]
        other_recipe = row["recipe"] != recipe
        need = Need(3600 * float(row["hours"]) / int(row["jobs"]), float(row["memory_mb"]))
        other_device = device == ("cuda" if row["device"] == "CPU" else "cpu")
    except (OSError, csv.Error, KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return None if other_recipe or other_device or not all(0 <= number < math.inf for number in need) else need


def expected_training(study, system, stage, train, test):
    """Return the :class:`Need` of one training of a stage by the ``cost`` of the recipe, on so many clips.

    A stage is taken to accept all labels, and all training clips to take part in all stages.
    """
    kept, folds = stage.settings["checkpoint_selection"]["count"], study.recipe(system).get("folds") or 1
    crops = max((s.settings["labels"]["crops"] for s in study.stages(system) if s.labels == "accepted"), default=0)
    learned = stage.networks * (train * (folds - 1) / folds if folds > 1 else train)
    passes = stage.epochs * learned + train / folds * kept * (PREDICTION + crops * JUDGING)
    return _expected(study, system, passes, train + test, stage.networks)


def expected_judging(study, system, stage, train, test):
    """Return the :class:`Need` of judging the clips that a model of ``stage`` may have learned from."""
    kept = stage.settings["checkpoint_selection"]["count"]
    return _expected(study, system, train * kept * PREDICTION, train + test)


def expected_prediction(study, system, train, test):
    """Return the same of predicting the test clips, or all clips where frames are predicted, by all models."""
    kept, folds = study.recipe(system)["training"]["checkpoint_selection"]["count"], len(study.folds_of(system))
    frames = study.recipe(system)["task"] == "detection"
    passes = (train + test) * folds * kept if frames else test * folds * kept * PREDICTION
    return _expected(study, system, passes, train + test)


def _expected(study, system, passes, clips, networks=1):
    """Of so many clips that are learned from, in all epochs together, and of so many networks at a time."""
    cost = study.recipe(system)["cost"]
    seconds = passes * cost["clip_seconds"] / (1 if study.device == "cpu" else GPU_SPEEDUP)
    return Need(seconds, networks * cost["memory_mb"] + clips * cost["clip_mb"])
