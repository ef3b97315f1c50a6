"""Rule make_frame_targets: what teachers say of every frame, smoothed over time, for the next round to learn from."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.detection.best_per_class import read_best, read_best_frames
from workflow_scripts.labels.smoothing import smoothed
from workflow_scripts.labels.teaching import without_absent
from workflow_scripts.tables.clips import is_labelled, read_clips, taking_part
from workflow_scripts.tables.frame_probabilities import write_frame_probabilities
from workflow_scripts.tasks.detection import targets

log = logging.getLogger("make_frame_targets")


@dataclass(frozen=True)
class Settings:
    teachers: list[str]  # their names
    classes: list[str]
    pool: list[str]  # usages of the unlabelled clips that take part
    median_frames: int  # length of a median filter over time
    gaussian_frames: float | None  # sigma of a Gaussian filter after it


def main(
    *,
    clips: Path,
    post_processing: list[Path],
    probabilities: list[Path],
    probabilities_index: list[Path],
    target_frames: Path,
    target_index: Path,
    settings: Settings,
):
    """Write the targets of all frames of the training clips, in the form of probabilities of frames.

    ``post_processing`` (none of a single one), ``probabilities``, ``probabilities_index``: of each teacher. A labelled
    clip's classes are known: of the others it gets 0.
    """
    classes = settings.classes
    training = taking_part(read_clips(clips, "train"), settings.pool).query("seconds > 0")
    tags = targets(training["label"], classes) > 0
    tags[~is_labelled(training)] = True  # each of them may be there
    best = read_best(post_processing, classes)
    log.info("teachers:\n%s", best.assign(number=best["number"].map(settings.teachers.__getitem__)).to_string())
    taught = read_best_frames(best, probabilities, probabilities_index, training.index)
    taught = progress(taught, "smoothing", "clips", total=len(training))
    smooth = (
        without_absent(smoothed(frames, settings.median_frames, settings.gaussian_frames), own)
        for frames, own in zip(taught, tags, strict=True)
    )
    write_frame_probabilities(training.index, smooth, target_frames, target_index)
    return len(training)


if __name__ == "__main__":
    run(main)
