"""Rule find_segments: find the non-silent parts of every clip."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.problems import write_problems
from workflow_scripts.artefacts.segments import COLUMNS, write_segments
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import read_audio
from workflow_scripts.data.front_end import SilenceRule

log = logging.getLogger("find_segments")
PROBLEM, CONSEQUENCE = "nothing above the silence threshold", "kept untrimmed"


def main(*, clips: Path, segments: Path, problems: Path, settings: dict, threads: int):
    """Find the non-silent parts of every clip; a clip in which there are none is kept whole and listed as a problem.

    clips:    the clip table
    segments: the segment table to write; an empty clip has no row in it
    problems: the table of data problems to write, maybe without rows
    settings: {"silence": {"name": a module in workflow_scripts/silence, its parameters ...}}
    threads:  clips searched at a time
    """
    rule = SilenceRule(settings["silence"])
    table = read_clips(clips)

    def search(path):
        return rule.segments(*read_audio(path))

    rows, silent = [], []
    with ThreadPoolExecutor(threads) as pool:
        results = progress(pool.map(search, table["path"]), "finding segments", "clips", total=len(table))
        for fname, (kept, found) in zip(table["fname"], results, strict=True):
            if kept and not found:
                log.warning("%s: %s; %s", fname, PROBLEM, CONSEQUENCE)
                silent.append((fname, PROBLEM, CONSEQUENCE))
            rows += [(fname, segment, start, end) for segment, (start, end) in enumerate(kept)]

    write_segments(pd.DataFrame(rows, columns=list(COLUMNS)), segments)
    write_problems(silent, problems)
    log.info("%d clips, %d segments; %d clips without sound", len(table), len(rows), len(silent))
    return len(table)


if __name__ == "__main__":
    run(main)
