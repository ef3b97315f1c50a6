"""Rule gather_embeddings: the feature store of a data set whose recordings are embeddings already."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data.audioset_embeddings import as_floats, read_examples
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.problems import write_problems
from workflow_scripts.tables.segments import write_segments
from workflow_scripts.tables.tables import read_texts

log = logging.getLogger("gather_embeddings")


@dataclass(frozen=True)
class Settings:
    """There are none: only the code matters."""


def main(*, clips: Path, segments: Path, problems: Path, frames: Path, index: Path, settings: Settings):
    """Write the vectors of all clips, from -1 to 1, as one feature store; every clip is one segment.

    clips:    the clip table, which names the TFRecord files; DamagedError where these have other clips
    segments: the segment table to write, in vectors
    problems: the table of data problems to write, without rows
    frames:   the feature store's array to write, of the clips as they lie in the files
    index:    the feature store's index to write
    """
    table = read_texts(clips, ("fname", "path"))
    known, rows = set(table["fname"]), []

    def parts():
        for path in progress(list(dict.fromkeys(table["path"])), "reading embeddings", "files"):
            for example in read_examples(path):
                rows.append((example.video, 0, 0, len(example.embeddings)))
                yield example.video, 0, as_floats(example.embeddings)

    count = write_features(parts(), frames, index)
    if known != {row[0] for row in rows}:
        raise DamagedError(clips, "the files of embeddings have other clips than it lists")
    write_segments(rows, segments)
    write_problems([], problems)
    log.info("%d vectors of %d clips", count, len(rows))
    return len(rows)


if __name__ == "__main__":
    run(main)
