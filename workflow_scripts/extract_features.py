"""Rule extract_features: compute the spectrogram of every segment."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.features import read_features, write_features
from workflow_scripts.artefacts.segments import read_segments
from workflow_scripts.artefacts.tables import rows_of
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import read_audio
from workflow_scripts.data.front_end import SpectrogramRule

log = logging.getLogger("extract_features")
CLIPS_PER_THREAD = 8  # whose spectrograms may wait for the disk


def main(*, clips: Path, segments: Path, frames: Path, index: Path, settings: dict, threads: int):
    """Compute the spectrogram of every segment and write them as one feature store.

    clips:    the clip table, which names the audio files
    segments: the segment table
    frames:   the feature store's array to write
    index:    the feature store's index to write
    settings: {"spectrogram": {"name": a module in workflow_scripts/spectrograms, its parameters ...}}
    threads:  clips computed at a time
    """
    rule = SpectrogramRule(settings["spectrogram"])
    table = read_segments(segments)
    audio = rows_of(read_clips(clips), table["fname"].unique(), clips, subset=True)
    bounds = [list(zip(part["start"], part["end"], strict=True)) for _, part in table.groupby("fname", sort=False)]

    def spectrograms(path, bounds):
        return rule.spectrograms(*read_audio(path), bounds)

    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        by_clip = _map_in_blocks(pool, spectrograms, list(audio["path"]), bounds, size=CLIPS_PER_THREAD * threads)
        by_clip = progress(by_clip, "extracting features", "clips", total=len(audio))
        write_features(table, chain.from_iterable(by_clip), frames, index)

    count, seconds = len(read_features(frames, index).frames), audio["seconds"].sum()
    log.info("%d clips, %d segments, %d frames from %.1f s of audio", len(audio), len(table), count, seconds)
    log.info("%.1f s of audio per second", seconds / (time.monotonic() - started))
    return len(audio)


def _map_in_blocks(pool, function, *arguments, size):
    """Like ``pool.map``, but never with more than ``size`` results in memory."""
    for first in range(0, len(arguments[0]), size):
        yield from pool.map(function, *(values[first : first + size] for values in arguments))


if __name__ == "__main__":
    run(main)
