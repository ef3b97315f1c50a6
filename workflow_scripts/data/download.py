"""Fetching a file, of an archive or of weights: it gets its name only when it is complete and the right one."""

import logging
import shutil
import sys
import time
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import digest_of
from workflow_scripts.data.transfer import MIB, SourceError, beside, receive, size_of

log = logging.getLogger("download")
ALGORITHMS = {32: "md5", 64: "sha256"}  # by the number of hex digits


def fetch(sources, checksum, destination, wait=time.sleep):
    """Make ``destination`` the file of this ``checksum``, from the first of ``sources`` that delivers it.

    ``checksum``: an MD5 (32 hex digits) or a SHA-256 (64). ``sources``: local paths and http(s) addresses in order of
    preference. A local file is linked if its path is absolute and the file system allows it, and copied otherwise; it
    stays as it is. What an address has sent when the network fails, or the disk is full, is kept beside
    ``destination``, and the next attempt, address or run goes on from there. ``wait`` is called with the seconds to
    pause before an attempt.

    Raises UserError, with ``destination`` as it was, where no source delivers the file or the disk is full.
    """
    destination, kind = Path(destination), ALGORITHMS[len(checksum)]
    kept = destination.with_name(f".{destination.name}.part")

    def check(path):
        digest = digest_of(path, kind)
        if digest != checksum.lower():
            raise SourceError(f"its {kind} is {digest}, expected {checksum}")

    link = destination.with_name(f".{destination.name}.link")  # not .part: downloads would write into the source
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        _remove(link, beside(kept))  # what a killed run has left
        if _is_right(destination, check):  # by an orphan of a killed run, while this one waited for it
            return
        reasons = []
        for source in map(str, sources):
            log.info("%s: fetching it from %s", destination.name, source)
            try:
                if source.startswith(("http://", "https://")):
                    receive(source, kept, check, wait).replace(destination)
                else:
                    _take(Path(source), check, link).replace(destination)
            except SourceError as reason:
                reasons.append(f"{source}: {reason}")
                log.warning("%s", reasons[-1])
                print(f"{destination.name}: {reasons[-1]}", file=sys.stderr, flush=True)
            else:
                _remove(kept)
                log.info("%s: %s %s as expected", destination.name, kind, checksum)
                return
    except OSError as error:  # of the disk: those of the sources are SourceErrors
        _remove(link, beside(kept))
        raise UserError(
            f"{destination}: cannot be written ({error.strerror}); {_kept(kept)}make room there and run again"
        ) from None
    raise UserError(
        f"{destination.name}: no source delivers it ({'; '.join(reasons) or 'none is given'}); {_kept(kept)}"
        f"check the connection and run again, or put the file into the folder local_archives of config.yaml; an {kind} "
        "is corrected in the file that names it if this is the right one"
    )


def _remove(*paths):
    for path in paths:
        path.unlink(missing_ok=True)


def _is_right(path, check):
    try:
        check(path)
    except (SourceError, OSError):
        return False
    return True


def _take(path, check, link):
    """Return ``link``, made a link to the right file ``path`` or a copy of it."""
    try:
        if not path.is_file():
            raise SourceError("no such file")
        check(path)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})") from None
    try:
        _link_or_copy(path, check, link)
    except SourceError:
        _remove(link)
        raise
    return link


def _link_or_copy(path, check, target):
    """Link what has an absolute path, and copy what belongs to the project, so that a clone's age says nothing."""
    try:
        if not path.is_absolute():
            raise OSError
        target.symlink_to(path.resolve())  # not a hard link: Snakemake sets the time of what a job has made
    except OSError:
        shutil.copyfile(path, target)
        check(target)


def _kept(partial):
    """Say what the network has left of a file; nothing is left of nothing."""
    if size_of(partial):
        return f"{size_of(partial) / MIB:.1f} MiB are kept, the same command goes on from there; "
    _remove(partial)
    return ""
