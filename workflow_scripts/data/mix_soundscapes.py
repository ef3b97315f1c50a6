"""Rule mix_soundscapes: the clips and label files of a data set that is mixed from the recordings of another."""

import csv
import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import files_below, md5_of, written_whole
from workflow_scripts.common.progress import progress
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.common.stage import run
from workflow_scripts.data.audio import read_audio
from workflow_scripts.data.soundscapes.mixing import soundscape
from workflow_scripts.data.soundscapes.recordings import sounding_pieces
from workflow_scripts.tables.clips import read_clips
from workflow_scripts.tables.manifests import write_manifest

log = logging.getLogger("mix_soundscapes")
RECORDINGS = {  # what a part is mixed from; the labels of unverified clips may be wrong, so these part has none
    "verified": "split == 'train' and manually_verified == 1",
    "unverified": "split == 'train' and manually_verified == 0",
    "test": "split == 'test'",
}


@dataclass(frozen=True)
class Settings:
    soundscapes: dict  # of the dataset file: seed, seconds, rate, lengths, parts
    tables: dict[str, dict]  # part -> where its label file and audio go (file, audio), format and columns
    classes: list[str]


def main(*, clips: Path, folder: Path, manifest: Path, settings: Settings, threads: int):
    """Mix soundscapes and write their label files in the format of DCASE 2018 Task 4.

    ``clips``: the clip table of the data set whose recordings are used. ``folder``: the folder to write, as a whole;
    ``manifest``: the table to write of it. ``threads``: soundscapes mixed at a time.
    """
    table, mixed = read_clips(clips), settings.soundscapes
    with written_whole(folder) as partial:
        for part, asked in mixed["parts"].items():
            source = settings.tables[part]
            audio, labels = (partial / Path(*Path(source[key]).parts[1:]) for key in ("audio", "file"))
            audio.mkdir(parents=True, exist_ok=True)
            labels.parent.mkdir(parents=True, exist_ok=True)
            used = table.query(RECORDINGS[asked["recordings"]])
            recordings = _recordings(used[used["label"].isin(settings.classes)], mixed["rate"], clips)
            log.info("%s: %d soundscapes from %d recordings", part, asked["clips"], sum(map(len, recordings.values())))
            groups = _dealt(recordings, asked.get("groups", 1))
            names = [f"{part}_{number:04d}.flac" for number in range(asked["clips"])]

            def mix(name, group, audio=audio):
                rng = np.random.default_rng(derive_seed(mixed["seed"], name))
                samples, events = soundscape(group, mixed["lengths"], mixed["seconds"], mixed["rate"], rng)
                soundfile.write(audio / name, samples, mixed["rate"], subtype="PCM_16")
                return events

            own = [number % len(groups) for number in range(len(names))]
            with ThreadPoolExecutor(threads) as pool:
                mixes = pool.map(mix, names, [groups[number] for number in own])
                events = list(progress(mixes, f"mixing {part}", "clips", total=len(names)))
            _write_labels(labels, source["format"], source["columns"], names, own, events)
        rows = [(str(p.relative_to(partial)), p.stat().st_size, md5_of(p)) for p in sorted(files_below(partial))]
    write_manifest(rows, manifest)
    return sum(part["clips"] for part in mixed["parts"].values())


def _recordings(clips, rate, source):
    """Return label -> the sounding pieces of each of its recordings that has any."""
    found = defaultdict(list)
    for label, path in zip(clips["label"], clips["path"], strict=True):
        samples, own_rate = read_audio(path)
        samples = resample(samples, own_rate, rate)
        if pieces := sounding_pieces(samples, rate):
            found[label].append(pieces)
    if not found:
        raise UserError(f"{source}: no recording for soundscapes in it; correct `soundscapes` in the dataset file")
    return dict(found)


def _dealt(recordings, groups):
    """Return ``groups`` mappings like ``recordings``; each recording is in one of them."""
    return [{label: own[number::groups] for label, own in recordings.items()} for number in range(groups)]


def _write_labels(path, form, columns, names, groups, events):
    """Write the label file of a part: what ``form``, its format, tells of the ``events`` of each clip."""
    header, rows = [columns["fname"]], [[name] for name in names]
    if form == "several_labels":
        header.append(columns["label"])
        tags = [",".join(sorted({label for *_, label in own})) for own in events]
        rows = [[name, own] for name, own in zip(names, tags, strict=True)]
    if form == "events":
        header += [columns["onset"], columns["offset"], columns["label"]]
        timed = zip(names, events, strict=True)
        rows = [[name, f"{on:.3f}", f"{off:.3f}", label] for name, own in timed for on, off, label in own]
    if columns["group"] is not None:
        header.append(columns["group"])
        rows = [[*row, number] for row, number in zip(rows, groups, strict=True)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    run(main)
