"""Rule inspect_audio: decode every listed clip once, and write down what its audio is like."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import audio_facts
from workflow_scripts.tables.audio_facts import write_audio_facts
from workflow_scripts.tables.listing import read_listing

log = logging.getLogger("inspect_audio")


@dataclass(frozen=True)
class Settings:
    code: str  # hash of the code, by which facts are remembered
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint


def main(*, listing: Path, facts: Path, settings: Settings, threads: int):
    """Decode every listed clip and write the audio facts; a broken file is a row like the others.

    Facts are remembered beside the table by the file's MD5, so that an interrupted run goes on where it was, and a
    corrected label decodes nothing anew.

    listing: the listing, which names the audio files
    facts:   the table of audio facts to write
    threads: audio files decoded at a time
    """
    clips = read_listing(listing)
    memory = facts.with_name(f".{facts.name}.{settings.code}.jsonl")
    remembered = _read(memory)
    with open(memory, "a", buffering=1, encoding="utf-8") as file, ThreadPoolExecutor(threads) as pool:
        found = []
        jobs = pool.map(lambda path: audio_facts(path, remembered), clips["path"])
        for row in progress(jobs, "decoding", "clips", total=len(clips)):
            if row["state"] in ("ok", "empty") and row["md5"] not in remembered:
                remembered[row["md5"]] = row
                file.write(json.dumps(row) + "\n")
            found.append(row)
    table = pd.DataFrame(found).assign(fname=clips.index)
    for fname, message in table.loc[table["message"] != "", ["fname", "message"]].itertuples(index=False):
        log.warning("%s: %s", fname, message)
    log.info("clips by state\n%s", table["state"].value_counts().to_string())
    write_audio_facts(table, facts)
    return len(table)


def _read(memory):
    """Return MD5 -> facts; a last line that was cut short counts as not there."""
    remembered = {}
    for line in memory.read_text(encoding="utf-8").splitlines() if memory.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        remembered[row["md5"]] = row
    return remembered


if __name__ == "__main__":
    run(main)
