"""Rule list_embeddings: the listing and the facts of a data set whose recordings are embeddings, without any audio."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data.audioset_embeddings import files_of, read_examples
from workflow_scripts.data.csv_table import read_csv_table
from workflow_scripts.tables.audio_facts import write_audio_facts
from workflow_scripts.tables.listing import write_listing

log = logging.getLogger("list_embeddings")
FACTS_OF_SOUND = {"rate": 0, "channels": 0, "peak": 0.0, "clipped": 0, "channel": 0, "streams": 0, "behind": 0.0}


@dataclass(frozen=True)
class Settings:
    root: str  # the folder that the paths in `tables` start from
    tables: dict[str, dict]  # of the dataset file
    content: str  # hash of what the user's own folder holds, which stands for it in the fingerprint


def main(*, settings: Settings, listing: Path, facts: Path):
    """Read every record once.

    listing: the listing to write, training clips first, each split sorted by fname: a clip is called as its video
    facts:   the table of audio facts to write; seconds are the number of a clip's vectors, what only sound has is 0
    """
    root, tables = Path(settings.root), settings.tables.values()
    names = {table: _label_names(root / table) for table in {source["label_names"] for source in tables}}
    files = [(source, path) for source in tables for path in files_of(root / source["file"])]
    rows = []
    for source, path in progress(files, "reading embeddings", "files", total=len(files)):
        rows += _rows(source, path, names[source["label_names"]])
    clips = pd.DataFrame(rows).sort_values(["split", "fname"], ascending=[False, True], ignore_index=True)
    if (twice := clips["fname"].duplicated()).any():
        again = clips[twice].iloc[0]
        first = clips["row"][clips["fname"] == again["fname"]].iloc[0]
        raise UserError(f"{again['row']}: the video {again['fname']} already stands in {first}; take out one")
    log.info("clips\n%s", clips.groupby(["split", "usage"]).size().to_string())
    write_listing(clips, listing)
    write_audio_facts(clips.assign(state="ok", message="", content=clips["md5"], **FACTS_OF_SOUND), facts)
    return len(clips)


def _rows(source, path, names):
    """Yield of each record what listing and facts say of it; ``names``: number of a label -> its name."""
    for number, example in enumerate(read_examples(path), 1):
        row = f"{path}, record {number}"
        unknown = [label for label in example.labels if label not in names]
        if unknown:
            raise UserError(f"{row}: {source['label_names']} has no label {unknown[0]}; take the table of all labels")
        yield {
            "fname": example.video,
            "split": source["split"],
            "usage": source["usage"],
            "label": ",".join(names[label] for label in example.labels),
            "manually_verified": int(source["manually_verified"]),
            **{"subsets": "", "group": "", "fold": ""},
            "path": str(path),
            "row": row,
            "seconds": float(len(example.embeddings)),
            "md5": hashlib.md5(example.embeddings.tobytes(), usedforsecurity=False).hexdigest(),
        }


def _label_names(path):
    """Return number -> name by a table with the columns index and mid, AudioSet's class_labels_indices.csv."""
    table = read_csv_table(path)
    for column in ("index", "mid"):
        if column not in table:
            raise UserError(f"{path}: column {column!r} is missing, it has {list(table)}; take AudioSet's own table")
    return {int(number): name for number, name in zip(table["index"], table["mid"], strict=True) if number.isdigit()}


if __name__ == "__main__":
    run(main)
