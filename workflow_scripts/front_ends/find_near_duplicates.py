"""Rule find_near_duplicates: which clips sound nearly the same to a pretrained network, also in train and test."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.stage import run
from workflow_scripts.front_ends.near_duplicates import alike
from workflow_scripts.tables.audio_facts import read_audio_facts
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.near_duplicates import write_near_duplicates
from workflow_scripts.tables.tables import rows_of

log = logging.getLogger("find_near_duplicates")
# By YAMNet (mean and maximum), 16 pairs of two collections' 340 and 432 clips are as near: all of one class and, where
# the sources are known, of one file or tune. So are 85 % of 47 clips with their Vorbis copies, 60 % with copies of half
# the amplitude, and 43 % with copies that begin 0.1 s later. By 0.95 it would be 91 to 98 %, and 178 pairs.
LEAST_COSINE = 0.98


@dataclass(frozen=True)
class Settings:
    """There are none: only the code matters."""


def main(*, clips: Path, facts: Path, frames: Path, index: Path, pairs: Path, settings: Settings):
    """Write the pairs of clips whose mean embeddings have at least the cosine LEAST_COSINE.

    clips:         the clip table
    facts:         what the audio says, among it which clips have equal samples
    frames, index: the feature store of a front end that computes embeddings
    pairs:         the table to write, maybe without rows
    """
    table = read_clips(clips)
    content = rows_of(read_audio_facts(facts), table.index, facts, subset=True)["content"]
    fnames, vectors = clip_vectors(read_features(frames, index))
    position = table.index.get_indexer(fnames)
    order = np.argsort(position)
    heard = table.loc[fnames].iloc[order].assign(content=content)
    rows = []
    for first, second, cosine in alike(vectors[order], LEAST_COSINE):
        one, other = heard.iloc[first], heard.iloc[second]
        same = int(one["content"] == other["content"] != "")
        of_both = (one["split"], other["split"], one["label"], other["label"])
        rows.append((one.name, other.name, *of_both, round(cosine, 6), same))
    rows.sort(key=lambda row: (row[2] == row[3], -row[6]))
    write_near_duplicates(rows, pairs)
    apart = sum(row[2] != row[3] for row in rows)
    log.info("%d pairs of %d clips sound nearly the same, %d of them in train and test", len(rows), len(heard), apart)
    return len(heard)


def clip_vectors(store):
    """Return (names of the clips, float64 [clips, values]): the mean of all frames of each."""
    fnames, vectors = [], []
    for fname, rows in store.index.groupby("fname", sort=False):
        spans = [
            store.frames[first : first + count] for first, count in zip(rows["first"], rows["frames"], strict=True)
        ]
        fnames.append(fname)
        vectors.append(np.concatenate(spans).mean(axis=0, dtype=float))
    return fnames, np.array(vectors).reshape(len(fnames), -1)


if __name__ == "__main__":
    run(main)
