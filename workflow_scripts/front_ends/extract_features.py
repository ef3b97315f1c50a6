"""Rule extract_features: find the non-silent parts of every clip and compute their spectrograms or embeddings."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.memory import keep_freed_memory
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import read_audio
from workflow_scripts.data.front_end import SilenceRule, frames_rule
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.problems import write_problems
from workflow_scripts.tables.segments import write_segments
from workflow_scripts.tables.tables import read_texts

log = logging.getLogger("extract_features")
PROBLEM, CONSEQUENCE = "nothing above the silence threshold", "kept untrimmed"
CLIPS_PER_THREAD = 8  # whose spectrograms may wait for the disk


@dataclass(frozen=True)
class Settings:
    silence: dict  # name, a module in workflow_scripts/parts/silence, and its parameters
    spectrogram: dict | None = None  # name, a module in workflow_scripts/parts/spectrograms, and its parameters
    embedding: dict | None = None  # or the weights' name, runtime, input, values and checksum, and `pool`


def main(
    *,
    clips: Path,
    weights: list[Path] = (),
    segments: Path,
    problems: Path,
    frames: Path,
    index: Path,
    settings: Settings,
    threads: int,
    device: str = "cpu",
):
    """Find the non-silent parts of every clip and write their spectrograms, or embeddings, as one feature store.

    A clip in which there is no sound is kept whole and listed as a problem.

    clips:    the clip table, which names the audio files
    weights:  the pretrained network's file, where embeddings are computed
    segments: the segment table to write; an empty clip has no row in it
    problems: the table of data problems to write, maybe without rows
    frames:   the feature store's array to write
    index:    the feature store's index to write
    threads:  clips computed at a time
    device:   of a network in torch: cpu, cuda or cuda-or-cpu
    """
    sections = {key: value for key in ("spectrogram", "embedding") if (value := getattr(settings, key)) is not None}
    silence, rule = SilenceRule(settings.silence), frames_rule(sections, *weights, device=device)
    table = read_texts(clips, ("fname", "path"))
    rows, silent, seconds = [], [], 0.0
    keep_freed_memory()

    def computed(path):
        samples, rate = read_audio(path)
        kept, found = silence.segments(samples, rate)
        return len(samples) / rate, kept, found, rule.spectrograms(samples, rate, kept)

    def parts(by_clip):
        """Yield (fname, segment, spectrogram) of every segment, and note down what else was found."""
        nonlocal seconds
        for fname, (length, kept, found, spectrograms) in zip(table["fname"], by_clip, strict=True):
            seconds += length
            if kept and not found:
                log.warning("%s: %s; %s", fname, PROBLEM, CONSEQUENCE)
                silent.append((fname, PROBLEM, CONSEQUENCE))
            for segment, ((start, end), values) in enumerate(zip(kept, spectrograms, strict=True)):
                rows.append((fname, segment, start, end))
                yield fname, segment, values

    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        by_clip = _map_in_blocks(pool, computed, table["path"], size=CLIPS_PER_THREAD * threads)
        by_clip = progress(by_clip, "extracting features", "clips", total=len(table["path"]))
        count = write_features(parts(by_clip), frames, index)
    write_segments(rows, segments)
    write_problems(silent, problems)

    clip_count = len(table["fname"])
    log.info("%d clips, %d segments; %d clips without sound", clip_count, len(rows), len(silent))
    log.info("%d frames from %.1f s of audio", count, seconds)
    log.info("%.1f s of audio per second", seconds / (time.monotonic() - started))
    return clip_count


def _map_in_blocks(pool, function, arguments, size):
    """Like ``pool.map``, but never with more than ``size`` results in memory."""
    for first in range(0, len(arguments), size):
        yield from pool.map(function, arguments[first : first + size])


if __name__ == "__main__":
    run(main)
