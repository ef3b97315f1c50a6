"""What a user's own folder holds, as a hash: it stands for the folder in the fingerprints of the rules that read it."""

import hashlib
import importlib
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workflow_scripts.common.files import files_below, md5_of

REMEMBERED = Path(".snakemake/contents.json")
LARGE = 2**30  # bytes; reading more than that is announced


def content_of(places):
    """Return a hash of the names and the content of all files in ``places`` (files, and folders searched through).

    So a file's age never reruns anything. Every file is read once and then remembered by its size and times in
    ``.snakemake/contents.json``; that file may be deleted. What cannot be read is a kind of content, too: the jobs
    that need it report it. A place that does not exist counts as empty.
    """
    remembered = _remembered()
    files = [(name, path, state) for place in places for name, path, state in _files(Path(place))]
    unread = {path: state for _, path, state in files if remembered.get(path, [None])[:3] != state}
    if unread:
        remembered |= _read(unread)
        _remember(remembered)
    digest = hashlib.sha256()
    for name, path, _ in files:
        digest.update(os.fsencode(f"{name} {remembered[path][3]}\n"))
    return digest.hexdigest()[:12]


def _files(place):
    """Yield (name within the place, path, [size, times]) of its files, sorted by path; links are followed."""
    for path in [place] if place.is_file() else sorted(files_below(place)):
        name = path.relative_to(place).as_posix()
        try:
            state = path.stat()
        except OSError:  # a link that leads nowhere
            yield name, str(path), [-1, 0, 0]
        else:
            yield name, str(path), [state.st_size, state.st_mtime_ns, state.st_ctime_ns]


def _read(files):
    """Return path -> [size, times, MD5 digest or what is in its place] of ``files`` (path -> [size, times])."""
    size = sum(state[0] for state in files.values())
    if size > LARGE:
        print(f"reading {len(files):,} files ({size / 2**30:.1f} GiB) once, to know when they change", file=sys.stderr)
    bar = {"desc": "reading the data set", "unit": "files", "disable": size <= LARGE or not sys.stderr.isatty()}
    tqdm = importlib.import_module("tqdm").tqdm  # seldom needed, so not imported above
    with ThreadPoolExecutor(min(8, os.cpu_count())) as pool:
        digests = list(tqdm(pool.map(_content, files), total=len(files), **bar))
    return {path: [*state, digest] for (path, state), digest in zip(files.items(), digests, strict=True)}


def _content(path):
    if not Path(path).is_file():
        return "no file"
    try:
        return md5_of(path)
    except OSError as error:
        return str(error.strerror)


def _remembered():
    try:
        return dict(json.loads(REMEMBERED.read_text()))
    except (OSError, ValueError, TypeError):  # not there, or cut short with the power
        return {}


def _remember(contents):
    REMEMBERED.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=REMEMBERED.parent, delete=False) as file:
        json.dump(contents, file)
    Path(file.name).replace(REMEMBERED)
