"""Rule tag_sounds: what the trained ensemble hears in somebody's own sounds."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.common.device import choose_device, device_name
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.progress import progress
from workflow_scripts.common.stage import run
from workflow_scripts.data import suffixes
from workflow_scripts.tagging.sounds import as_text, is_file, sounds_in
from workflow_scripts.tagging.tables import FILE_COLUMNS, WINDOW_COLUMNS, write_tags
from workflow_scripts.tagging.tagger import Tagger, windows_of

log = logging.getLogger("tag_sounds")
NAMED = 20  # files that are left out


@dataclass(frozen=True)
class Settings:
    sounds: str  # a folder (its files with a suffix of audio are taken) or a list (all its lines are), see `sounds_in`
    window_seconds: float
    hop_seconds: float  # from the beginning of a window to that of the next, at most window_seconds
    content: str | None = None  # hash of the sounds, which stands for them in the fingerprint
    missing: str | None = None  # hash of the names in a list that are not there, for the fingerprint alone


def main(
    *, manifest: Path, files: Path, windows: Path, settings: Settings, threads: int, device: str, deterministic: int
):
    """Tag the files of a folder or a list; one that cannot be tagged is a row that says why.

    ``manifest``: of the tagger. ``files``, ``windows``: the tables to write, see
    :mod:`workflow_scripts.tagging.tables`.
    """
    device = choose_device(device, threads, deterministic)
    tagger = Tagger.read(manifest, device, threads)
    sounds, left_out = _sounds(Path(settings.sounds))
    if left_out:
        log.info("left out: %s", ", ".join(left_out))
        named = ", ".join(left_out[:NAMED]) + (f" and {len(left_out) - NAMED} more" if len(left_out) > NAMED else "")
        _say(f"{len(left_out)} files in {settings.sounds} are left out, their suffix is not one of audio: {named}")
    by_whom = f"{tagger.manifest.ensemble} of {', '.join(system.system for system in tagger.manifest.systems)}"
    _say(f"Tagging {len(sounds)} files in {settings.sounds} by the {by_whom}, on {device_name(device)}")

    started = time.monotonic()
    rows, of_windows = [], {}
    for (number, *bounds), probabilities in tagger.tag_windows(_windows(sounds, rows, settings)):
        of_windows.setdefault(number, []).append((bounds, probabilities))
    _write(rows, of_windows, tagger.classes, files, windows)
    _report(rows, files, time.monotonic() - started)


def _sounds(place):
    """Return what is to be tagged, and the names of a folder's files that are not, by their suffix."""
    found = sounds_in(place)
    if not place.is_dir():
        return found, []
    audio = [(name, path) for name, path in found if path.suffix.lower() in suffixes.READ | suffixes.CONVERTED]
    return audio, sorted({name for name, _ in found} - {name for name, _ in audio})


def _windows(sounds, rows, settings):
    """Yield the windows of all files, by (number of the file, start, end), and append a row for each file."""
    for number, (name, path) in enumerate(progress(sounds, "tagging", "files")):
        row = {"path": name, "state": "ok", "message": "", "seconds": 0.0, "windows": 0}
        rows.append(row)
        remarks = []
        try:
            lengths = {"window_seconds": settings.window_seconds, "hop_seconds": settings.hop_seconds}
            for (start, end), samples, rate in windows_of(path, **lengths, remarks=remarks):
                row |= {"seconds": end, "windows": row["windows"] + 1}
                yield (number, start, end), samples, rate
            if not row["windows"]:
                row |= {"state": "empty", "message": "no samples"}
            row["message"] = as_text("; ".join(filter(None, [row["message"], *remarks])))
        except (UserError, OSError) as error:
            message = str(error) if isinstance(error, UserError) else f"cannot be read ({error.strerror})"
            state = "unreadable" if is_file(path) else "missing"
            row |= {"state": state, "message": as_text(message), "seconds": None, "windows": 0}


def _write(rows, of_windows, classes, files, windows):
    nothing = np.full(len(classes), np.nan)
    means, window_rows, of_rows = [], [], []
    for number, row in enumerate(rows):
        found = of_windows.get(number, []) if row["state"] == "ok" else []
        heard = [probabilities for _, probabilities in found if not np.isnan(probabilities).any()]
        if found and not heard:
            row |= {"state": "silent", "message": "; ".join(filter(None, ["digital silence only", row["message"]]))}
        means.append(np.mean(heard, axis=0, dtype=float) if heard else nothing)
        for window, ((start, end), probabilities) in enumerate(found):
            window_rows.append({"path": row["path"], "window": window, "start": start, "end": end})
            of_rows.append(probabilities)
        if row["message"]:
            log.warning("%s: %s: %s", row["path"], row["state"], row["message"])
    write_tags(window_rows, WINDOW_COLUMNS, of_rows, classes, windows)
    write_tags(rows, FILE_COLUMNS, means, classes, files)


def _report(rows, path, seconds):
    states = [row["state"] for row in rows]
    others = [f"{states.count(state)} {state}" for state in dict.fromkeys(states) if state != "ok"]
    minutes = sum(row["seconds"] for row in rows if row["state"] == "ok") / 60
    log.info("%.2f s per minute of sound", seconds / minutes if minutes else np.nan)
    found = f"{states.count('ok')} files" if "ok" in states else "No file could be"
    _say(f"{found} tagged, {minutes:.1f} minutes" + "".join(f"; {other}" for other in others) + f": {path}")


def _say(line):
    log.info("%s", line)
    print(line, flush=True)


if __name__ == "__main__":
    run(main)
